import { mixFloor } from '../exploration-floor.js';
import type { Policy, SlateScores } from '../policy.js';
import { POSTERIORS_AND_TRIALS, type LinearModel } from './linear-model.js';
import { linearPolicy } from './linear-policy.js';
import { scorePosteriors, trialsOfSlate } from './linear-scores.js';
import { writeUpperBounds } from './linucb.js';
import { NOT_NEGATIVE, POSITIVE, readSettings, SHARE } from './settings.js';

export const REGCB_SETTINGS = {
  lambda: { default: 1, ...POSITIVE },
  noise: { default: 0.3, ...POSITIVE },
  confidence: { default: 0.03, ...NOT_NEGATIVE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface RegCbOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0: how strongly each artwork is held to the prior mean, in trials; default 1 */
  readonly lambda?: number;
  /** σ > 0: deviation of one reward around its mean, in plays per impression; default 0.3 (a take fraction of 0.1) */
  readonly noise?: number;
  /** c ≥ 0: how wide the intervals are; 0 is greedy; default 0.03 */
  readonly confidence?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

/**
 * RegCB by elimination: any artwork that may still be the best, all with equal chance; one whose confidence interval lies below another's is out.
 *
 *   mean(a) = x·θ_a,   deviation(a) = σ·√(xᵀ(λI + S_a)⁻¹x),   θ_a = (λI + S_a)⁻¹(b_a + λμ)
 *   width(a) = √(c·ln(K·(1 + n)))·deviation(a)       n: trials of the slate's artworks, see trialsOfSlate
 *   A    = { a : mean(a) + width(a) ≥ max over b of mean(b) − width(b) }
 *   p(a) = (1 − ε)·1{a ∈ A}/|A| + ε/K
 *
 * RegCB keeps every regression whose squared error exceeds the best fit's by at most β. Over ridge regressions that set is the ellipsoid (θ − θ_a)ᵀ(λI + S_a)(θ − θ_a) ≤ β, so the
 * interval the paper finds by repeated regression is exactly mean ± √β·√(xᵀ(λI + S_a)⁻¹x); β = σ²·c·ln(K·(1 + n)) grows as Vowpal Wabbit's does (its `mellowness` is σ²c).
 * This is the eliminating variant, whose propensities are spread out and so good to learn from off-policy; the optimistic one is LinUCB with `growth` ½, and the better of the
 * two in the bake-off. Shines where a few artworks are clearly poor and the rest worth comparing; slower than Thompson sampling to leave a close second. O(K·d²) per slate. Ties: members of A
 * are all equal; intervals that touch overlap.
 *
 * @returns a policy whose statistics and prior have the same dimension d
 * @throws AppError `bandit/bad-setting`; scoring: `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score`
 * @see Foster, Agarwal, Dudík, Luo & Schapire, Practical Contextual Bandits with Regression Oracles, ICML 2018, arXiv:1803.01088, alg. 1 (RegCB-elimination); Bietti,
 *   Agarwal & Langford, A Contextual Bandit Bake-off, JMLR 2021, arXiv:1802.04064, §3.4
 * @example regCb({ dimension: 32 }).floor // => 0.05
 */
export function regCb(options: RegCbOptions): Policy<LinearModel> {
  const { dimension, ...given } = options;
  const { lambda, noise, confidence, floor } = readSettings('regcb', REGCB_SETTINGS, given);
  return linearPolicy({
    name: 'regcb',
    dimension,
    lambda,
    floor,
    keeps: POSTERIORS_AND_TRIALS,
    score(model, slate, scores) {
      scorePosteriors(model, slate, scores, noise, noise / Math.sqrt(lambda));
      const { size } = slate;
      const width = Math.sqrt(confidence * Math.log(size * (1 + trialsOfSlate(model, slate))));
      writeUpperBounds(scores, size, width, scores.propensities);
      keepPossiblyBest(scores, size, width, scores.propensities);
      mixFloor(scores.propensities, size, floor);
    },
  });
}

/** 1 where the upper bound reaches the highest lower bound, else 0. @param kept shape (≥ size): the upper bounds, overwritten */
function keepPossiblyBest(scores: SlateScores, size: number, width: number, kept: Float64Array): void {
  let highestLower = -Infinity;
  for (let a = 0; a < size; a++)
    highestLower = Math.max(highestLower, scores.means[a]! - width * scores.deviations[a]!);
  for (let a = 0; a < size; a++) kept[a] = kept[a]! >= highestLower ? 1 : 0;
}
