import type { Estimator } from './estimator.js';
import { limitedDr } from './limited-dr.js';
import { checkPositive, type EstimatorOptions } from './row-estimator.js';

export interface SwitchDrOptions extends EstimatorOptions {
  /** τ, > 0 (Infinity is DR): a weight above it is not used at all; default 10 */
  readonly tau?: number;
}

/**
 * Switch-DR: doubly robust where the weight is small, the direct method where it is large.
 *
 *   V̂ = (1/n) Σ_i [ Σ_a π(a | x_i)·q̂(x_i, a) + w_i·1{w_i ≤ τ}·(r_i − q̂(x_i, a_i)) ]
 *
 * τ = ∞ is DR, τ → 0 the direct method. What large weights would have said is replaced by the model: less variance, its bias. Rows as for
 * `drGiven`. Intervals: empirical Bernstein (of the limited scores: the bias is not in it), bootstrap.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Wang, Agarwal & Dudík, ICML 2017, arXiv:1612.01205; this form: Saito et al., arXiv:2008.07146
 * @example
 * const v = switchDr({ tau: 0.4 });
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25, chosen: 0, targetProbabilities: [0.25, 0.75], estimatedRewards: [0.5, 0.1] });
 * v.estimate().value // => 0.2
 */
export function switchDr(options: SwitchDrOptions = {}): Estimator {
  const { tau = 10 } = options;
  if (tau !== Infinity) checkPositive('tau', tau);
  return limitedDr(
    'switch-dr',
    (weight) => (weight <= tau ? weight : 0),
    tau === Infinity ? {} : { ownBound: tau },
    options,
  );
}
