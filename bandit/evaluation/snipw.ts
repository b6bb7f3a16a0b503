import { checkOutcome, type Estimator } from './estimator.js';
import { gaussianQuantile, refuseEmpty, summarise, type EstimatorOptions } from './interval.js';
import { WeightedMoments } from './weighted-moments.js';

/**
 * Self-normalised inverse propensity weighting: IPW divided by the mean weight.
 *
 *   V̂ = Σ w_i·r_i / Σ w_i,   w_i = π(a_i | x_i) / π_b(a_i | x_i)
 *   interval by the delta method: V̂ ± z·√( n/(n − 1) · Σ w_i²·(r_i − V̂)² ) / Σ w_i
 *
 * Stays within the range of the rewards, unmoved by adding a constant to all of them, and usually of smaller variance than IPW; biased by
 * O(1/n). With every weight 0 there is no value: NaN. Rows with a cluster id enter the variance by cluster.
 *
 * @throws AppError `bandit/bad-setting` when confidence is not in (0, 1)
 * @see Swaminathan & Joachims, NeurIPS 2015, equation 9; delta method: Owen, Monte Carlo theory, methods and examples, 2013, equation 9.9
 * @example
 * const v = snipw();
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25 });
 * v.add({ reward: 0, loggingPropensity: 0.5, targetPropensity: 0.75 });
 * v.estimate().value // => 0.25
 */
export function snipw(options: EstimatorOptions = {}): Estimator {
  const z = gaussianQuantile(options.confidence ?? 0.95);
  const moments = new WeightedMoments();
  return {
    name: 'snipw',
    add(outcome) {
      checkOutcome(outcome);
      moments.add(outcome.targetPropensity / outcome.loggingPropensity, outcome.reward, outcome.clusterId);
    },
    estimate() {
      refuseEmpty(moments);
      return summarise(moments, selfNormalised(moments), z, options.limits ?? {});
    },
  };
}

/** Σy/Σw and its delta-method standard error; NaN when Σw = 0. */
export function selfNormalised(moments: WeightedMoments): { value: number; standardError: number } {
  const value = moments.sumOfProducts / moments.sumOfWeights;
  return { value, standardError: Math.sqrt(moments.residualVariance(0, value)) / moments.sumOfWeights };
}
