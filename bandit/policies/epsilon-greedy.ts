import { mixFloor } from '../exploration-floor.js';
import { writeGreedy } from '../greedy.js';
import type { Policy } from '../policy.js';
import { MEANS_AND_TRIALS, type LinearModel } from './linear-model.js';
import { linearPolicy } from './linear-policy.js';
import { scoreMeansOnly, trialsOfSlate } from './linear-scores.js';
import { POSITIVE, readSettings, SHARE } from './settings.js';

export const EPSILON_GREEDY_SETTINGS = {
  lambda: { default: 1, ...POSITIVE },
  epsilon: { default: 0.05, ...SHARE },
  decay: { default: 0, ...SHARE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface EpsilonGreedyOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0: how strongly each artwork is held to the prior mean, in trials; default 1 */
  readonly lambda?: number;
  /** ε₀ in [0, 1]: probability spread evenly over the arms while n is 0; default 0.05 */
  readonly epsilon?: number;
  /** ρ in [0, 1]: how fast that falls with n; default 0, constant */
  readonly decay?: number;
  /** ε in [0, 1]: it never falls below this; default 0.05 */
  readonly floor?: number;
}

/**
 * ε-greedy over ridge regressions: the artwork predicted to do best, and now and then any.
 *
 *   mean(a) = x·θ_a,   θ_a = (λI + S_a)⁻¹(b_a + λμ)
 *   ε_n  = max(floor, ε₀·(1 + n)^(−ρ))      n: trials of the slate's artworks, see trialsOfSlate
 *   p(a) = (1 − ε_n)·1{a is best} + ε_n/K
 *
 * The simplest thing that learns and stays honest off-policy; it wins where means alone are trusted (much data, few features, a good prior) and every wasted impression
 * counts the same. It explores without looking: a hopeless artwork is tried as often as a promising one, so with many artworks or small differences SquareCB is better at
 * the same cost. ρ = 1/3 is the rate of the regret bound, for a world that stands still; keep ρ = 0 where tastes move. O(K·d) per slate, 136 bytes per artwork at d = 32.
 * Ties share evenly. Deviations are 0: it has none.
 *
 * @returns a policy whose statistics and prior have the same dimension d
 * @throws AppError `bandit/bad-setting`; scoring: `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score`
 * @see Sutton & Barto, Reinforcement Learning, 2nd ed., §2.2; Langford & Zhang, The Epoch-Greedy Algorithm, NIPS 2007 (the rate n^(−1/3))
 * @example epsilonGreedy({ dimension: 32, floor: 0.02 }).floor // => 0.02
 */
export function epsilonGreedy(options: EpsilonGreedyOptions): Policy<LinearModel> {
  const { dimension, ...given } = options;
  const { lambda, epsilon, decay, floor } = readSettings('epsilon-greedy', EPSILON_GREEDY_SETTINGS, given);
  return linearPolicy({
    name: 'epsilon-greedy',
    dimension,
    lambda,
    floor,
    keeps: MEANS_AND_TRIALS,
    score(model, slate, scores) {
      scoreMeansOnly(model, slate, scores);
      const explored = epsilon * (1 + trialsOfSlate(model, slate)) ** -decay;
      writeGreedy(scores.means, slate.size, scores.propensities);
      mixFloor(scores.propensities, slate.size, Math.max(floor, explored));
    },
  });
}
