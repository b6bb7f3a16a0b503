import type { Estimator } from './estimator.js';
import { modelledRewards } from './logged-outcome.js';
import { importanceWeight, rowEstimator, type EstimatorOptions } from './row-estimator.js';

/**
 * Self-normalised doubly robust: DR whose weighted residuals are divided by the mean weight.
 *
 *   V̂ = (1/n) Σ_i Σ_a π(a | x_i)·q̂(x_i, a) + Σ_i w_i·(r_i − q̂(x_i, a_i)) / Σ_i w_i
 *   interval by the delta method
 *
 * Steadier than DR where weights are heavy; biased by O(1/n). With every weight 0 there is no value: NaN. Rows as for `drGiven`. Intervals: bootstrap.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Thomas & Brunskill, ICML 2016, arXiv:1604.00923 (weighted doubly robust); Saito et al., arXiv:2008.07146
 * @example
 * const v = sndr();
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25, chosen: 0, targetProbabilities: [0.25, 0.75], estimatedRewards: [0.5, 0.1] });
 * v.estimate().value // => 0.7
 */
export function sndr(options: EstimatorOptions = {}): Estimator {
  return rowEstimator(
    {
      name: 'sndr',
      columns: 3,
      weigh: importanceWeight,
      write(outcome, weight, columns) {
        const { underTarget, ofChosen } = modelledRewards(outcome);
        columns[0] = underTarget;
        columns[1] = weight;
        columns[2] = weight * (outcome.reward - ofChosen);
      },
      solve(means) {
        const weight = means[1]!;
        const correction = means[2]! / weight;
        return { value: means[0]! + correction, coefficients: [1, -correction / weight, 1 / weight] };
      },
      methods: {},
    },
    options,
  );
}
