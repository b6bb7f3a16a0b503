import type { Verdict } from './estimator.js';
import type { WeightedMoments } from './weighted-moments.js';

/** Where a log stops being able to answer for a target. Every limit has a stated default; all are settings, not theorems. */
export interface OverlapLimits {
  /** effective sample size below which nothing is said; default 30 */
  readonly leastEffectiveSampleSize?: number;
  /** mean weight below which the target lives mostly where the log never was; in [0, 1], default 0.5 */
  readonly leastMeanWeight?: number;
  /** effective sample size below which the estimate is weak; default 100 */
  readonly usableEffectiveSampleSize?: number;
  /** effective number of rewarded rows, (Σwr)²/Σ(wr)², below which a Gaussian interval is not to be trusted; default 30 */
  readonly usableRewards?: number;
  /** largest share of the total weight that one row may carry; in (0, 1], default 0.1 */
  readonly usableWeightShare?: number;
  /** standard errors that the mean weight may lie from 1; default 3 */
  readonly usableMeanWeightErrors?: number;
}

export const OVERLAP_DEFAULTS: Required<OverlapLimits> = {
  leastEffectiveSampleSize: 30,
  leastMeanWeight: 0.5,
  usableEffectiveSampleSize: 100,
  usableRewards: 30,
  usableWeightShare: 0.1,
  usableMeanWeightErrors: 3,
};

/** Judges overlap from the weights; the first complaint is the reason, the worst ones come first. */
export function judgeOverlap(
  moments: WeightedMoments,
  limits: OverlapLimits,
): { readonly verdict: Verdict; readonly reason: string } {
  const most: Required<OverlapLimits> = { ...OVERLAP_DEFAULTS, ...limits };
  const failure = overlapFailure(moments, most);
  if (failure !== undefined) return { verdict: 'no-overlap', reason: failure };
  const weakness = overlapWeakness(moments, most);
  if (weakness !== undefined) return { verdict: 'weak', reason: weakness };
  return { verdict: 'usable', reason: `effective sample size ${places(moments.effectiveSampleSize)}` };
}

function overlapFailure(moments: WeightedMoments, limits: Required<OverlapLimits>): string | undefined {
  const { n, effectiveSampleSize } = moments;
  const meanWeight = moments.sumOfWeights / n;
  if (meanWeight < limits.leastMeanWeight) {
    return `mean weight ${places(meanWeight)}; expected about 1, at least ${limits.leastMeanWeight}: the target chooses arms that were hardly logged`;
  }
  // A log that is short but flat overlaps well: it is weak, not blind.
  if (effectiveSampleSize < limits.leastEffectiveSampleSize && effectiveSampleSize < n / 2) {
    return `effective sample size ${places(effectiveSampleSize)} of ${n} rows; expected ≥ ${limits.leastEffectiveSampleSize}`;
  }
  return undefined;
}

function overlapWeakness(moments: WeightedMoments, limits: Required<OverlapLimits>): string | undefined {
  const { n, effectiveSampleSize, effectiveRewards, sumOfWeights } = moments;
  if (effectiveSampleSize < limits.usableEffectiveSampleSize) {
    return `effective sample size ${places(effectiveSampleSize)} of ${n} rows; expected ≥ ${limits.usableEffectiveSampleSize}`;
  }
  const share = moments.maxWeight / sumOfWeights;
  if (share > limits.usableWeightShare) {
    return `one row carries ${places(share * 100)} % of the weight; expected ≤ ${limits.usableWeightShare * 100} %`;
  }
  const meanWeight = sumOfWeights / n;
  const errors = Math.abs(meanWeight - 1) / moments.meanWeightError;
  if (errors > limits.usableMeanWeightErrors) {
    return `mean weight ${places(meanWeight)} is ${places(errors)} standard errors from 1; expected ≤ ${limits.usableMeanWeightErrors}: propensities are wrong or arms were never logged`;
  }
  if (effectiveRewards < limits.usableRewards) {
    return `rests on ${places(effectiveRewards)} effective rewarded rows; expected ≥ ${limits.usableRewards}`;
  }
  return undefined;
}

function places(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
