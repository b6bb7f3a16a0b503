import type { Verdict } from './estimator.js';
import type { WeightLedger } from './weight-ledger.js';

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
  /** target mass on arms that no row logged, above which the log is blind to the target, if the mean weight misses it too; in [0, 1], default 0.1 */
  readonly mostNeverLoggedMass?: number;
  /** target mass on arms that no row logged, above which the estimate is weak; in [0, 1], default 0.01 */
  readonly usableNeverLoggedMass?: number;
  /** share of the weight that a clip, a switch or the direct method leaves out, and so a bias outside the interval; in [0, 1], default 0.1 */
  readonly usableDisbelievedShare?: number;
  /** standard errors that the mean weight may lie from 1; default 3 */
  readonly usableMeanWeightErrors?: number;
}

export const OVERLAP_DEFAULTS: Required<OverlapLimits> = {
  leastEffectiveSampleSize: 30,
  leastMeanWeight: 0.5,
  usableEffectiveSampleSize: 100,
  usableRewards: 30,
  usableWeightShare: 0.1,
  mostNeverLoggedMass: 0.1,
  usableNeverLoggedMass: 0.01,
  usableDisbelievedShare: 0.1,
  usableMeanWeightErrors: 3,
};

/**
 * Judges overlap from the weights; the first complaint is the reason, the worst ones come first.
 *
 * @param neverLoggedMass where it is not the ledger's own: an arm may be logged at one position and never at another
 */
export function judgeOverlap(
  weights: WeightLedger,
  limits: OverlapLimits,
  neverLoggedMass = weights.neverLoggedMass,
): { readonly verdict: Verdict; readonly reason: string } {
  const most: Required<OverlapLimits> = { ...OVERLAP_DEFAULTS, ...limits };
  const failure = overlapFailure(weights, most, neverLoggedMass);
  if (failure !== undefined) return { verdict: 'no-overlap', reason: failure };
  const weakness = overlapWeakness(weights, most, neverLoggedMass);
  if (weakness !== undefined) return { verdict: 'weak', reason: weakness };
  return { verdict: 'usable', reason: `effective sample size ${places(weights.effectiveSampleSize)}` };
}

function overlapFailure(
  weights: WeightLedger,
  limits: Required<OverlapLimits>,
  neverLoggedMass: number,
): string | undefined {
  const { n, effectiveSampleSize, meanWeight } = weights;
  if (meanWeight < limits.leastMeanWeight) {
    return `mean weight ${places(meanWeight)}; expected about 1, at least ${limits.leastMeanWeight}: the target chooses arms that were hardly logged`;
  }
  // A short log misses arms by chance, and its weights then still average 1; where the log cannot reach them, the weights miss their mass too.
  if (neverLoggedMass > limits.mostNeverLoggedMass && meanWeight < 1 - neverLoggedMass / 2) {
    return `${places(neverLoggedMass * 100)} % of the target's choices are arms that were never logged; expected ≤ ${places(limits.mostNeverLoggedMass * 100)} %`;
  }
  // A log that is short but flat overlaps well: it is weak, not blind.
  if (effectiveSampleSize < limits.leastEffectiveSampleSize && effectiveSampleSize < n / 2) {
    return `effective sample size ${places(effectiveSampleSize)} of ${n} rows; expected ≥ ${limits.leastEffectiveSampleSize}`;
  }
  return undefined;
}

function overlapWeakness(
  weights: WeightLedger,
  limits: Required<OverlapLimits>,
  neverLoggedMass: number,
): string | undefined {
  const { n, effectiveSampleSize, effectiveRewards, sumOfWeights, meanWeight } = weights;
  if (effectiveSampleSize < limits.usableEffectiveSampleSize) {
    return `effective sample size ${places(effectiveSampleSize)} of ${n} rows; expected ≥ ${limits.usableEffectiveSampleSize}`;
  }
  const share = weights.maxWeight / sumOfWeights;
  if (share > limits.usableWeightShare) {
    return `one row carries ${places(share * 100)} % of the weight; expected ≤ ${limits.usableWeightShare * 100} %`;
  }
  if (neverLoggedMass > limits.usableNeverLoggedMass) {
    return `${places(neverLoggedMass * 100)} % of the target's choices are arms that were never logged; expected ≤ ${places(limits.usableNeverLoggedMass * 100)} %`;
  }
  const errors = Math.abs(meanWeight - 1) / weights.meanWeightError;
  if (errors > limits.usableMeanWeightErrors) {
    return `mean weight ${places(meanWeight)} is ${places(errors)} standard errors from 1; expected ≤ ${limits.usableMeanWeightErrors}: propensities are wrong or arms were never logged`;
  }
  const { disbelievedShare } = weights;
  if (disbelievedShare > limits.usableDisbelievedShare) {
    return `${places(disbelievedShare * 100)} % of the weight is left out, and the bias of that is not in the interval; expected ≤ ${places(limits.usableDisbelievedShare * 100)} %`;
  }
  if (effectiveRewards < limits.usableRewards) {
    return `rests on ${places(effectiveRewards)} effective rewarded rows; expected ≥ ${limits.usableRewards}`;
  }
  return undefined;
}

function places(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
