import type { Estimator } from './estimator.js';
import { modelledRewards } from './logged-outcome.js';
import { importanceWeight, rowEstimator, solveMean, type EstimatorOptions } from './row-estimator.js';

/**
 * Direct method: what a reward model expects of the target's choices. Logged rewards enter only through the model.
 *
 *   V̂ = (1/n) Σ_i Σ_a π(a | x_i)·q̂(x_i, a)
 *   interval V̂ ± z·s/√n over the rows' scores: for q̂ as given; the model's own error is not in it
 *
 * No weights, so little variance; as biased as the model, so the verdict is at best `weak`. Worth reading beside DR: where they differ, the model is wrong for the target's
 * arms. Rows need `targetProbabilities`, `chosen` and `estimatedRewards`. Intervals: empirical Bernstein, bootstrap, for q̂ as given.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Beygelzimer & Langford, KDD 2009, arXiv:0812.4044; Saito et al., arXiv:2008.07146
 * @example
 * const v = dm();
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25, chosen: 0, targetProbabilities: [0.25, 0.75], estimatedRewards: [0.5, 0.1] });
 * v.estimate().value // => 0.2
 */
export function dm(options: EstimatorOptions = {}): Estimator {
  return rowEstimator(
    {
      name: 'dm',
      columns: 1,
      weigh: importanceWeight,
      write(outcome, _weight, columns) {
        columns[0] = modelledRewards(outcome).underTarget;
      },
      solve: solveMean,
      believe: () => 0,
      methods: { range: () => [0, 1], ownBound: 1 },
    },
    options,
  );
}
