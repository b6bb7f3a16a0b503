import type { Policy } from '../policy.js';
import { thompsonPropensities, thompsonPropensitiesOfSlates } from '../thompson-propensity.js';
import type { LinearModel } from './linear-model.js';
import { linearPolicy } from './linear-policy.js';
import { armsOf, scorePosteriors } from './linear-scores.js';
import { POSITIVE, readSettings, SHARE } from './settings.js';

export const LINEAR_THOMPSON_SETTINGS = {
  lambda: { default: 1, ...POSITIVE },
  noise: { default: 0.3, ...POSITIVE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface LinearThompsonOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0: how strongly each artwork is held to the prior mean, in trials; default 1 */
  readonly lambda?: number;
  /** σ > 0: deviation of one reward around its mean, in plays per impression; default 0.3 (a take fraction of 0.1) */
  readonly noise?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

/**
 * Linear Thompson sampling with independent posteriors and exact propensities: each artwork has its own Bayesian ridge regression around a mean
 * that all share.
 *
 *   θ_a = (λI + S_a)⁻¹ (b_a + λμ),   Var(θ_a) = σ²(λI + S_a)⁻¹
 *   mean(a) = x·θ_a,   deviation(a) = σ·‖L_a⁻¹x‖ with L_a·L_aᵀ = λI + S_a
 *   p(a) = (1 − ε)·P(a's draw is the highest) + ε/K      by quadrature, see thompson-propensity.ts
 *
 * Shines where different members like different pictures and each picture is seen often enough to learn for whom; with a few hundred impressions per artwork
 * or no member features best-unpersonalised is as good and far cheaper. O(K·d²) per slate. λ acts from the first decision: an artwork
 * never shown has mean x·μ and deviation σ‖x‖/√λ. Served in float32: means and deviations are within 1e-6 of the float64 posterior, relative to ‖x‖.
 *
 * @returns a policy whose statistics and prior have the same dimension d
 * @throws AppError `bandit/bad-setting`
 * @see Agrawal & Goyal, Thompson Sampling for Contextual Bandits with Linear Payoffs, ICML 2013, arXiv:1209.3352
 * @example linearThompson({ dimension: 32 }).floor // => 0.05
 */
export function linearThompson(options: LinearThompsonOptions): Policy<LinearModel> {
  const { dimension, ...given } = options;
  const { lambda, noise, floor } = readSettings('linear-thompson', LINEAR_THOMPSON_SETTINGS, given);
  return linearPolicy({
    name: 'linear-thompson',
    dimension,
    lambda,
    floor,
    keeps: { covariance: true, trials: false },
    score(model, slate, scores) {
      scorePosteriors(model, slate, scores, noise, noise / Math.sqrt(lambda));
      thompsonPropensities(scores.means, scores.deviations, slate.size, floor, scores.propensities);
    },
    scoreSlates(model, slates, scores) {
      scorePosteriors(model, armsOf(slates), scores, noise, noise / Math.sqrt(lambda));
      const { means, deviations, propensities } = scores;
      thompsonPropensitiesOfSlates(slates, means, deviations, floor, propensities);
    },
  });
}
