import type { Estimator, EstimatorName } from './estimator.js';
import { modelledRewards } from './logged-outcome.js';
import {
  importanceWeight,
  rowEstimator,
  solveMean,
  type EstimatorOptions,
  type RowMethods,
} from './row-estimator.js';

/**
 * The family of doubly robust estimators that differ in how much of a weight they believe:
 *
 *   V̂ = (1/n) Σ_i [ Σ_a π(a | x_i)·q̂(x_i, a) + g(w_i)·(r_i − q̂(x_i, a_i)) ]
 *
 * with g(w) = w for DR, w·1{w ≤ τ} for Switch-DR, λ·w/(w² + λ) for DRos. For rewards and q̂ in [0, 1] and g ≤ W a row's score lies in [−W, 1 + W].
 *
 * The more weight g leaves out, the more the value is the model's: beyond a tenth the verdict is at best `weak`.
 *
 * @param limit g
 */
export function limitedDr(
  name: EstimatorName,
  limit: (weight: number) => number,
  methods: Omit<RowMethods, 'range'>,
  options: EstimatorOptions,
): Estimator {
  return rowEstimator(
    {
      name,
      columns: 1,
      weigh: importanceWeight,
      write(outcome, weight, columns) {
        const { underTarget, ofChosen } = modelledRewards(outcome);
        columns[0] = underTarget + limit(weight) * (outcome.reward - ofChosen);
      },
      solve: solveMean,
      believe: limit,
      methods: { ...methods, range: (largestWeight) => [-largestWeight, 1 + largestWeight] },
    },
    options,
  );
}
