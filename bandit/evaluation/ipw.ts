import { checkOutcome, type Estimator } from './estimator.js';
import { gaussianQuantile, refuseEmpty, summarise, type EstimatorOptions } from './interval.js';
import { WeightedMoments } from './weighted-moments.js';

/**
 * Inverse propensity weighting (inverse propensity score, IPS): every logged reward counts as often as the target would have earned it.
 *
 *   V̂ = (1/n) Σ w_i·r_i,   w_i = π(a_i | x_i) / π_b(a_i | x_i)
 *   interval V̂ ± z·s/√n,   s² = Σ (w_i·r_i − V̂)² / (n − 1)
 *
 * Unbiased where π_b > 0 wherever π > 0 and the logged propensities are true. The variance grows with the squared weights: where it is
 * large, SNIPW is steadier. Rows with a cluster id enter s² by cluster (CR1), at most 4,096 groups of clusters.
 *
 * @throws AppError `bandit/bad-setting` when confidence is not in (0, 1)
 * @see Horvitz & Thompson, JASA 1952; Strehl, Langford, Li & Kakade, NeurIPS 2010, arXiv:1003.0120
 * @example
 * const v = ipw();
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25 });
 * v.add({ reward: 0, loggingPropensity: 0.5, targetPropensity: 0.75 });
 * v.estimate().value // => 0.25
 */
export function ipw(options: EstimatorOptions = {}): Estimator {
  const z = gaussianQuantile(options.confidence ?? 0.95);
  const moments = new WeightedMoments();
  return {
    name: 'ipw',
    add(outcome) {
      checkOutcome(outcome);
      moments.add(outcome.targetPropensity / outcome.loggingPropensity, outcome.reward, outcome.clusterId);
    },
    estimate() {
      refuseEmpty(moments);
      const value = moments.sumOfProducts / moments.n;
      const standardError = Math.sqrt(moments.residualVariance(value, 0)) / moments.n;
      return summarise(moments, { value, standardError }, z, options.limits ?? {});
    },
  };
}
