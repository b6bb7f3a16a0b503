import type { Estimator } from './estimator.js';
import { importanceWeight, rowEstimator, solveRatio, type EstimatorOptions } from './row-estimator.js';

/**
 * Self-normalised inverse propensity weighting (SNIPS): IPW divided by the mean weight.
 *
 *   V̂ = Σ w_i·r_i / Σ w_i,   w_i = π(a_i | x_i) / π_b(a_i | x_i)
 *   interval by the delta method: V̂ ± z·√( n/(n − 1) · Σ w_i²·(r_i − V̂)² ) / Σ w_i
 *
 * Stays within the range of the rewards, unmoved by adding a constant to all of them, and usually of smaller variance than IPW; biased by
 * O(1/n). With every weight 0 there is no value: NaN. Rows with a cluster id enter the variance by cluster. Intervals: bootstrap.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Swaminathan & Joachims, NeurIPS 2015, equation 9; delta method: Owen, Monte Carlo theory, methods and examples, 2013, equation 9.9
 * @example
 * const v = snipw();
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25 });
 * v.add({ reward: 0, loggingPropensity: 0.5, targetPropensity: 0.75 });
 * v.estimate().value // => 0.25
 */
export function snipw(options: EstimatorOptions = {}): Estimator {
  return rowEstimator(
    {
      name: 'snipw',
      columns: 2,
      weigh: importanceWeight,
      write(outcome, weight, columns) {
        columns[0] = weight;
        columns[1] = weight * outcome.reward;
      },
      solve: solveRatio,
      methods: {},
    },
    options,
  );
}
