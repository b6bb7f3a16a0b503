import type { Estimator } from './estimator.js';
import {
  checkPositive,
  importanceWeight,
  rowEstimator,
  solveMean,
  type EstimatorOptions,
} from './row-estimator.js';

export interface IpwOptions extends EstimatorOptions {
  /** M, finite, > 0: weights above it count as M. Default: none is clipped */
  readonly clip?: number;
}

/**
 * Inverse propensity weighting (inverse propensity score, IPS): every logged reward counts as often as the target would have earned it.
 *
 *   V̂ = (1/n) Σ min(w_i, M)·r_i,   w_i = π(a_i | x_i) / π_b(a_i | x_i),   M = ∞ by default
 *   interval V̂ ± z·s/√n,   s² = Σ (min(w_i, M)·r_i − V̂)² / (n − 1)
 *
 * Unbiased (M = ∞) where π_b > 0 wherever π > 0 and the logged propensities are true. The variance grows with the squared weights: where it is
 * large, SNIPW is steadier, and a clip trades it for bias towards 0: V̂ never falls as M grows, for rewards ≥ 0. Rows with a cluster id enter s² by
 * cluster (CR1), at most 4,096 groups of clusters. ESS and weights are those before the
 * clip; with more than a tenth of the weight clipped the verdict is at best `weak`. Intervals: all; unclipped only, anytime-valid.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Horvitz & Thompson, JASA 1952; Strehl, Langford, Li & Kakade, NeurIPS 2010, arXiv:1003.0120; clipping: Ionides 2008; Bottou et al., JMLR 2013
 * @example
 * const v = ipw();
 * v.add({ reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25 });
 * v.add({ reward: 0, loggingPropensity: 0.5, targetPropensity: 0.75 });
 * v.estimate().value // => 0.25
 */
export function ipw(options: IpwOptions = {}): Estimator {
  const { clip } = options;
  if (clip !== undefined) checkPositive('clip', clip);
  const most = clip ?? Infinity;
  return rowEstimator(
    {
      name: 'ipw',
      columns: 1,
      weigh: importanceWeight,
      write(outcome, weight, columns) {
        columns[0] = Math.min(weight, most) * outcome.reward;
      },
      solve: solveMean,
      believe: (weight) => Math.min(weight, most),
      methods: {
        range: (largestWeight) => [0, Math.min(largestWeight, most)],
        ...(clip === undefined
          ? { counts: 'rows' as const, pseudoOutcomes: 'ipw' as const }
          : { ownBound: clip }),
      },
    },
    options,
  );
}
