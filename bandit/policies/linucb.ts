import { AppError } from '../../core/errors.js';
import { mixFloor } from '../exploration-floor.js';
import { writeGreedy } from '../greedy.js';
import type { Policy, SlateScores } from '../policy.js';
import { POSTERIORS_AND_TRIALS, type LinearModel } from './linear-model.js';
import { linearPolicy } from './linear-policy.js';
import { scorePosteriors, trialsOfSlate } from './linear-scores.js';
import { EXPONENT, NOT_NEGATIVE, POSITIVE, readSettings, SHARE } from './settings.js';

export const LINUCB_SETTINGS = {
  lambda: { default: 1, ...POSITIVE },
  noise: { default: 0.3, ...POSITIVE },
  alpha: { default: 1, ...NOT_NEGATIVE },
  growth: { default: 0, ...EXPONENT },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface LinUcbOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0: how strongly each artwork is held to the prior mean, in trials; default 1 */
  readonly lambda?: number;
  /** σ > 0: deviation of one reward around its mean, in plays per impression; default 0.3 (a take fraction of 0.1) */
  readonly noise?: number;
  /** α ≥ 0: how many deviations an artwork is given the benefit of; default 1 */
  readonly alpha?: number;
  /** ρ in [−2, 2]: how α moves with n; default 0, constant, as in the paper; ½ is the rate of the regret bound, below 0 it fades */
  readonly growth?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

/**
 * LinUCB with disjoint models, mixed with a floor: the artwork that would do best if each were as good as it may well be.
 *
 *   mean(a) = x·θ_a,   deviation(a) = σ·√(xᵀ(λI + S_a)⁻¹x),   θ_a = (λI + S_a)⁻¹(b_a + λμ)
 *   α_n    = α·(1 + ln(1 + n))^ρ            n: trials of the slate's artworks, see trialsOfSlate
 *   ucb(a) = mean(a) + α_n·deviation(a)
 *   p(a)   = (1 − ε)·1{ucb(a) is highest} + ε/K
 *
 * The paper's is λ = 1, μ = 0, σ = 1, ρ = 0, ε = 0. Explores where it is ignorant and nowhere else: shines on short runs with few artworks. Without the floor it is deterministic, and its
 * logs answer no question about another policy; with rewards that arrive late it repeats itself until they do, where Thompson sampling spreads: prefer that in the service. With
 * ρ = ½ it is also the optimistic variant of RegCB (see regcb.ts): over ridge regressions the two coincide. O(K·d²) per slate. Ties share evenly.
 *
 * @returns a policy whose statistics and prior have the same dimension d
 * @throws AppError `bandit/bad-setting`; scoring: `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score`
 * @see Li, Chu, Langford & Schapire, A Contextual-Bandit Approach to Personalized News Article Recommendation, WWW 2010, arXiv:1003.0146, alg. 1
 * @example linUcb({ dimension: 32, floor: 0.1 }).floor // => 0.1
 */
export function linUcb(options: LinUcbOptions): Policy<LinearModel> {
  const { dimension, ...given } = options;
  const { lambda, noise, alpha, growth, floor } = readSettings('linucb', LINUCB_SETTINGS, given);
  return linearPolicy({
    name: 'linucb',
    dimension,
    lambda,
    floor,
    keeps: POSTERIORS_AND_TRIALS,
    score(model, slate, scores) {
      scorePosteriors(model, slate, scores, noise, noise / Math.sqrt(lambda));
      const deviations = alpha * (1 + Math.log1p(trialsOfSlate(model, slate))) ** growth;
      writeUpperBounds(scores, slate.size, deviations, scores.propensities);
      writeGreedy(scores.propensities, slate.size, scores.propensities);
      mixFloor(scores.propensities, slate.size, floor);
    },
  });
}

/**
 * mean(a) + width·deviation(a).
 *
 * @param bounds shape (≥ size), written
 * @throws AppError `bandit/bad-score` when one is not finite
 */
export function writeUpperBounds(
  scores: Pick<SlateScores, 'means' | 'deviations'>,
  size: number,
  width: number,
  bounds: Float64Array,
): void {
  for (let a = 0; a < size; a++) {
    const bound = scores.means[a]! + width * scores.deviations[a]!;
    if (!(Math.abs(bound) < Infinity))
      throw new AppError(
        'bandit/bad-score',
        `arm ${a} has mean ${scores.means[a]}, deviation ${scores.deviations[a]}; expected finite numbers`,
      );
    bounds[a] = bound;
  }
}
