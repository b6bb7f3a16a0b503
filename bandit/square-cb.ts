import { AppError } from '../core/errors.js';

/**
 * SquareCB: the larger an artwork's predicted gap to the best, the rarer it is shown.
 *
 *   p(a)    = 1 / (K + γ·(ŝ(best) − ŝ(a)))   for a ≠ best
 *   p(best) = 1 − Σ p(a) over a ≠ best        ≥ 1/K
 *
 * Exact propensities, O(K), pure. γ = 0 is uniform, large γ is greedy. Not for K in the thousands:
 * every artwork keeps some probability. Ties: the first best wins.
 *
 * @param scores shape (K), K ≥ 1: predicted reward per artwork, plays per impression
 * @param gamma  finite, ≥ 0, impressions per play (γ·gap has no unit)
 * @returns shape (K), same order: probabilities, each > 0, summing to 1
 * @throws AppError `bandit/empty-slate` | `bandit/bad-score` | `bandit/bad-gamma`
 * @see Foster & Rakhlin, Beyond UCB, ICML 2020, arXiv:2002.04926
 * @example squareCb(Float64Array.of(0.5, 0.25), 8) // => Float64Array.of(0.75, 0.25)
 */
export function squareCb(scores: Float64Array, gamma: number): Float64Array {
  const propensities = new Float64Array(scores.length);
  writeSquareCb(scores, scores.length, gamma, propensities);
  return propensities;
}

/**
 * {@link squareCb} into a buffer of the caller: no allocation. Nothing is written when it throws.
 *
 * @param scores       shape (≥ size): finite
 * @param size         K ≥ 1
 * @param gamma        finite, ≥ 0
 * @param propensities shape (≥ size), written; may be `scores` itself
 * @throws AppError `bandit/empty-slate` | `bandit/bad-score` | `bandit/bad-gamma`
 * @example const p = Float64Array.of(0.5, 0.25); writeSquareCb(p, 2, 8, p); p // => Float64Array.of(0.75, 0.25)
 */
export function writeSquareCb(
  scores: Float64Array,
  size: number,
  gamma: number,
  propensities: Float64Array,
): void {
  if (!(size >= 1 && size <= scores.length))
    throw new AppError(
      'bandit/empty-slate',
      `slate of ${size} arms, ${scores.length} scores; expected at least 1 arm and a score for each`,
    );
  checkGamma(gamma);
  const bad = weighByGap(scores, 0, size, gamma, propensities);
  if (bad >= 0) refuseScore(scores, bad);
}

/**
 * What {@link squareCb} computes, for the arms from … from + size − 1 of each array.
 *
 * @returns −1, or the first arm (counted from `from`) whose score is not finite; then nothing is written
 */
export function weighByGap(
  scores: Float64Array,
  from: number,
  size: number,
  gamma: number,
  propensities: Float64Array,
): number {
  const end = from + size;
  let best = from;
  for (let a = from; a < end; a++) {
    // Written so that NaN fails it.
    if (!(Math.abs(scores[a]!) < Infinity)) return a - from;
    if (scores[a]! > scores[best]!) best = a;
  }
  const highest = scores[best]!;
  let rest = 0;
  for (let a = from; a < end; a++) {
    if (a === best) continue;
    // Gap and weight stop at the largest number: a sum that overflows would leave p = 0, or 0 · ∞ with γ = 0.
    const gap = Math.min(highest - scores[a]!, Number.MAX_VALUE);
    const p = 1 / Math.min(size + gamma * gap, Number.MAX_VALUE);
    propensities[a] = p;
    rest += p;
  }
  propensities[best] = 1 - rest;
  return -1;
}

/** @throws AppError `bandit/bad-gamma` unless finite and ≥ 0 */
export function checkGamma(gamma: number): void {
  if (!(gamma >= 0 && gamma < Infinity))
    throw new AppError('bandit/bad-gamma', `gamma is ${gamma}; expected a finite number ≥ 0`);
}

/** @throws AppError `bandit/bad-score`, always */
export function refuseScore(scores: Float64Array, arm: number): never {
  throw new AppError('bandit/bad-score', `arm ${arm} has score ${scores[arm]}; expected a finite number`);
}
