import type { Estimator } from './estimator.js';
import { limitedDr } from './limited-dr.js';
import type { EstimatorOptions } from './row-estimator.js';

/**
 * Doubly robust with a given reward model: the direct method, corrected by the weighted residuals of the logged arms.
 *
 *   V̂ = (1/n) Σ_i [ Σ_a π(a | x_i)·q̂(x_i, a) + w_i·(r_i − q̂(x_i, a_i)) ]
 *   interval V̂ ± z·s/√n over the rows' scores
 *
 * Unbiased if the propensities are true, whatever q̂ is, as long as q̂ has not seen the row; the better q̂, the less the weights matter (a perfect one removes
 * their variance). Fitted on the same rows it leans to what it has seen: `dr` cross-fits and is the default. Rows need `targetProbabilities`, `chosen`
 * and `estimatedRewards`. Intervals: empirical Bernstein, bootstrap, and with `weightBound` anytime-valid (q̂ from earlier rows or other data).
 *
 * @throws AppError `bandit/bad-setting`
 * @see Dudík, Langford & Li, ICML 2011, arXiv:1103.4601
 * @example
 * const v = drGiven();
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25, chosen: 0, targetProbabilities: [0.25, 0.75], estimatedRewards: [0.5, 0.1] });
 * v.estimate().value // => 0.45
 */
export function drGiven(options: EstimatorOptions = {}): Estimator {
  return limitedDr('dr', (weight) => weight, { pseudoOutcomes: 'dr' }, options);
}
