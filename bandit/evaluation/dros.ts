import type { Estimator } from './estimator.js';
import { limitedDr } from './limited-dr.js';
import { checkPositive, type EstimatorOptions } from './row-estimator.js';

export interface DrosOptions extends EstimatorOptions {
  /** λ, finite, > 0, in squared weights: weights near √λ are halved; default 100 */
  readonly lambda?: number;
}

/**
 * DRos: doubly robust with optimistic shrinkage of the weights.
 *
 *   V̂ = (1/n) Σ_i [ Σ_a π(a | x_i)·q̂(x_i, a) + ŵ_i·(r_i − q̂(x_i, a_i)) ],   ŵ = λ·w / (w² + λ) ≤ √λ/2
 *
 * λ → ∞ is DR, λ → 0 the direct method. ŵ minimises a bound on the squared error of DR over all q̂ of a class. Rows as for `drGiven`. Intervals: empirical
 * Bernstein (of the shrunk scores: the bias is not in it), bootstrap.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Su, Dimakopoulou, Krishnamurthy & Dudík, ICML 2020, arXiv:1907.09623, section 4
 * @example
 * const v = dros({ lambda: 0.25 });
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25, chosen: 0, targetProbabilities: [0.25, 0.75], estimatedRewards: [0.5, 0.1] });
 * v.estimate().value // => 0.325
 */
export function dros(options: DrosOptions = {}): Estimator {
  const lambda = checkPositive('lambda', options.lambda ?? 100);
  return limitedDr(
    'dros',
    (weight) => (lambda * weight) / (weight * weight + lambda),
    { ownBound: Math.sqrt(lambda) / 2 },
    options,
  );
}
