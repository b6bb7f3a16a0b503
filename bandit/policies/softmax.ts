import { mixFloor } from '../exploration-floor.js';
import type { Policy } from '../policy.js';
import { MEANS_AND_TRIALS, type LinearModel } from './linear-model.js';
import { linearPolicy } from './linear-policy.js';
import { scoreMeansOnly, trialsOfSlate } from './linear-scores.js';
import { POSITIVE, readSettings, SHARE } from './settings.js';

export const SOFTMAX_SETTINGS = {
  lambda: { default: 1, ...POSITIVE },
  temperature: { default: 0.02, ...POSITIVE },
  decay: { default: 0, ...SHARE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface SoftmaxOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0: how strongly each artwork is held to the prior mean, in trials; default 1 */
  readonly lambda?: number;
  /** τ₀ > 0, plays per impression: a gap of τ makes an artwork e times rarer, while n is 0; default 0.02 */
  readonly temperature?: number;
  /** ρ in [0, 1]: how fast it cools with n; default 0, constant */
  readonly decay?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

/**
 * Softmax (Boltzmann) over ridge regressions: each artwork as often as the exponential of its predicted reward.
 *
 *   mean(a) = x·θ_a,   θ_a = (λI + S_a)⁻¹(b_a + λμ)
 *   τ_n  = τ₀·(1 + n)^(−ρ)                  n: trials of the slate's artworks, see trialsOfSlate
 *   p(a) = (1 − ε)·exp(mean(a)/τ_n) / Σ exp(mean/τ_n) + ε/K
 *
 * Shines where near-equals should share the page and a picture must not flip with every play: p moves smoothly with the means. It needs τ in the units of the
 * reward, and it knows no uncertainty: an artwork that was unlucky early is as rare as one known to be poor, so as a learner SquareCB does better at the same cost. τ → 0 is greedy,
 * τ → ∞ uniform. O(K·d) per slate, 136 bytes per artwork at d = 32. Ties: equal means, equal p. Deviations are 0: it has none.
 *
 * @returns a policy whose statistics and prior have the same dimension d
 * @throws AppError `bandit/bad-setting`; scoring: `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score`
 * @see Sutton & Barto, Reinforcement Learning, 1st ed., §2.3; Cesa-Bianchi et al., Boltzmann Exploration Done Right, NIPS 2017, arXiv:1705.10257 (what one schedule for all arms costs)
 * @example softmax({ dimension: 32 }).floor // => 0.05
 */
export function softmax(options: SoftmaxOptions): Policy<LinearModel> {
  const { dimension, ...given } = options;
  const { lambda, temperature, decay, floor } = readSettings('softmax', SOFTMAX_SETTINGS, given);
  return linearPolicy({
    name: 'softmax',
    dimension,
    lambda,
    floor,
    keeps: MEANS_AND_TRIALS,
    score(model, slate, scores) {
      scoreMeansOnly(model, slate, scores);
      const cooled = temperature * (1 + trialsOfSlate(model, slate)) ** -decay;
      writeExponentials(scores.means, slate.size, cooled, scores.propensities);
      mixFloor(scores.propensities, slate.size, floor);
    },
  });
}

/** exp((mean − best)/τ), in (0, 1]: of the gap, so that nothing overflows, and 1 for the best however small τ is. */
function writeExponentials(
  means: Float64Array,
  size: number,
  temperature: number,
  exponentials: Float64Array,
): void {
  let best = -Infinity;
  for (let a = 0; a < size; a++) best = Math.max(best, means[a]!);
  for (let a = 0; a < size; a++) {
    const gap = best - means[a]!;
    exponentials[a] = gap === 0 ? 1 : Math.exp(-gap / temperature);
  }
}
