import { mixFloor } from '../exploration-floor.js';
import { sharedKernels } from '../linalg/kernels.js';
import { MAX_ARMS, type Policy } from '../policy.js';
import { writeSquareCb } from '../square-cb.js';
import { squareCbOfSlates } from '../square-cb-slates.js';
import { MEANS_AND_TRIALS, type LinearModel } from './linear-model.js';
import { linearPolicy } from './linear-policy.js';
import { armsOf, scoreMeansOnly, trialsOfSlate, trialsOfSlates } from './linear-scores.js';
import { POSITIVE, readSettings, SHARE } from './settings.js';

export const SQUARECB_SETTINGS = {
  lambda: { default: 1, ...POSITIVE },
  gamma: { default: 100, ...POSITIVE },
  growth: { default: 0.5, ...SHARE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface SquareCbOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0: how strongly each artwork is held to the prior mean, in trials; default 1 */
  readonly lambda?: number;
  /** γ₀ > 0, impressions per play: how sharply gaps count at n = 1; default 100, good for takes of about 0.1 */
  readonly gamma?: number;
  /** ρ in [0, 1]: how fast that sharpens with n; default 0.5, the rate of the regret bound */
  readonly growth?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

/**
 * SquareCB over ridge regressions: the larger an artwork's predicted gap to the best, the rarer it is shown, and the more so the more is known.
 *
 *   mean(a) = x·θ_a,   θ_a = (λI + S_a)⁻¹(b_a + λμ)
 *   γ_n  = γ₀·n^ρ                           n: trials of the slate's artworks, see trialsOfSlate
 *   p(a) = (1 − ε)·squareCb(means, γ_n)(a) + ε/K       see square-cb.ts
 *
 * Explores by predicted rewards alone, so it costs as little as ε-greedy, and yet has the best possible regret rate for any regression: the first to try where pages must be
 * fast or artworks many. Where each artwork has few impressions and they differ, deviations tell more: linear Thompson sampling. n = 0 is uniform (for ρ > 0).
 * O(K·d) per slate, 136 bytes per artwork at d = 32. Ties: the first best wins, its equals get 1/K. Deviations are 0: it has none.
 *
 * @returns a policy whose statistics and prior have the same dimension d
 * @throws AppError `bandit/bad-setting`; scoring: `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score` | `bandit/bad-gamma`
 * @see Foster & Rakhlin, Beyond UCB, ICML 2020, arXiv:2002.04926, alg. 1; γ ∝ n^½ as in Foster, Gentile, Mohri & Zimmert, NeurIPS 2020, arXiv:2010.03104
 * @example squareCbPolicy({ dimension: 32 }).floor // => 0.05
 */
export function squareCbPolicy(options: SquareCbOptions): Policy<LinearModel> {
  const { dimension, ...given } = options;
  const { lambda, gamma, growth, floor } = readSettings('squarecb', SQUARECB_SETTINGS, given);
  let gammas = sharedKernels().float64(MAX_ARMS);
  return linearPolicy({
    name: 'squarecb',
    dimension,
    lambda,
    floor,
    keeps: MEANS_AND_TRIALS,
    score(model, slate, scores) {
      scoreMeansOnly(model, slate, scores);
      const sharpened = gamma * trialsOfSlate(model, slate) ** growth;
      writeSquareCb(scores.means, slate.size, sharpened, scores.propensities);
      mixFloor(scores.propensities, slate.size, floor);
    },
    scoreSlates(model, slates, scores) {
      if (gammas.length < slates.count) gammas = sharedKernels().float64(2 * slates.count);
      scoreMeansOnly(model, armsOf(slates), scores);
      trialsOfSlates(model, slates, gammas);
      for (let s = 0; s < slates.count; s++) gammas[s] = gamma * gammas[s]! ** growth;
      squareCbOfSlates(slates, scores.means, gammas, floor, scores.propensities);
    },
  });
}
