import normal from '@stdlib/stats-base-dists-normal';
import { AppError, shown } from '../../core/errors.js';
import type { Estimate } from './estimator.js';
import { judgeOverlap, type OverlapLimits } from './overlap.js';
import type { WeightedMoments } from './weighted-moments.js';

export interface EstimatorOptions {
  /** two-sided coverage of the interval, in (0, 1); default 0.95 */
  readonly confidence?: number;
  readonly limits?: OverlapLimits;
}

/** z with P(|Z| ≤ z) = confidence. @throws AppError `bandit/bad-setting` */
export function gaussianQuantile(confidence: number): number {
  if (!(confidence > 0 && confidence < 1)) {
    throw new AppError('bandit/bad-setting', `confidence ${shown(confidence)}; expected a number in (0, 1)`);
  }
  return normal.quantile(0.5 + confidence / 2, 0, 1);
}

/** Puts value ± z·standardError and the state of the weights into one answer. */
export function summarise(
  moments: WeightedMoments,
  point: { readonly value: number; readonly standardError: number },
  z: number,
  limits: OverlapLimits,
): Estimate {
  const margin = z * point.standardError;
  return {
    value: point.value,
    low: point.value - margin,
    high: point.value + margin,
    effectiveSampleSize: moments.effectiveSampleSize,
    maxWeight: moments.maxWeight,
    meanWeight: moments.sumOfWeights / moments.n,
    n: moments.n,
    ...judgeOverlap(moments, limits),
  };
}

/** @throws AppError `evaluation/empty` */
export function refuseEmpty(moments: WeightedMoments): void {
  if (moments.n === 0) throw new AppError('evaluation/empty', '0 rows were added; expected at least 1');
}
