import { AppError, shown } from '../core/errors.js';
import { mix32 } from '../core/hash.js';

/**
 * 53 bits of noise for one option, uniform on the open interval (0, 1), from a 64-bit draw key (keyA, keyB) and two hashes.
 *
 * Two 32-bit lanes, each passed through MurmurHash3's finaliser once per input: both depend on every bit of all four, so sequential or otherwise
 * related hashes give unrelated noise. Unkeyed by itself: secrecy comes from the draw key, two words of an HMAC made by the caller.
 */
export function hashedUniform(laneA: number, laneB: number, optionHash: number): number {
  const a = mix32(mix32(optionHash ^ laneA) ^ laneB);
  const b = mix32(mix32((optionHash + 0x7f4a7c15) ^ laneB) + laneA);
  return ((a >>> 5) * 67108864 + (b >>> 6) + 0.5) / 9007199254740992;
}

/** First lane of a draw: what {@link hashedUniform} calls laneA. */
export function drawLaneA(keyA: number, keyB: number, groupHash: number): number {
  return mix32(mix32(keyA ^ mix32(groupHash + 0x9e3779b9)) + keyB);
}

/** Second lane of a draw. */
export function drawLaneB(keyA: number, keyB: number, groupHash: number): number {
  return mix32(mix32(keyB ^ mix32(groupHash ^ 0x243f6a88)) + mix32(keyA + 0x3c6ef372));
}

/** 32-bit hashes, signed or not: the bits count. */
export type Hashes = Uint32Array | Int32Array;

/**
 * Draws one arm with the given probabilities, the same arm every time for the same key:
 *
 *   argmax over a of log p(a) + G(a),  G(a) = −log(−log u(a)),  u(a) = hash(key, title, artwork a)
 *
 * computed as argmin −log u(a) / p(a), the same order with one logarithm. Over keys P(a) = p(a) exactly (Gumbel-max); and a small move of p rarely
 * changes the draw: from p to q at most a share 2t/(1 + t) of keys change, t = ½Σ|p − q| the total variation. An arm with p = 0 is never drawn.
 * O(K), no allocation.
 *
 * @param propensities  shape (≥ size): p, each ≥ 0, not all 0; masked arms are 0; need not be normalised
 * @param size          K ≥ 1
 * @param keyA          first word of the draw key of (member, canvas, epoch): any 32 bits
 * @param keyB          second word
 * @param titleHash     32-bit hash of the title's id
 * @param artworkHashes shape (≥ size): 32-bit hash of each arm's artwork id, in the slate's order
 * @returns index of the arm drawn, in [0, size)
 * @throws AppError `bandit/empty-slate` (no arm with p > 0) | `bandit/bad-score` (p negative or not finite)
 * @see Maddison, Tarlow & Minka, A* Sampling, 2014, arXiv:1411.0030; Moulton & Jiang, Maximally Consistent Sampling, 2018, arXiv:1809.04052, thm 3
 * @example chooseArm(Float64Array.of(0, 1, 0), 3, 1, 2, 3, Uint32Array.of(4, 5, 6)) // => 1
 */
export function chooseArm(
  propensities: Float64Array,
  size: number,
  keyA: number,
  keyB: number,
  titleHash: number,
  artworkHashes: Hashes,
): number {
  return chooseArmFrom(propensities, 0, size, keyA, keyB, titleHash, artworkHashes);
}

/** {@link chooseArm} of the arms from … from + size − 1 of each array; the index returned counts from `from`. */
export function chooseArmFrom(
  propensities: Float64Array,
  from: number,
  size: number,
  keyA: number,
  keyB: number,
  titleHash: number,
  artworkHashes: Hashes,
): number {
  const laneA = drawLaneA(keyA, keyB, titleHash);
  const laneB = drawLaneB(keyA, keyB, titleHash);
  let chosen = -1;
  let earliest = Infinity;
  for (let a = 0; a < size; a++) {
    const p = propensities[from + a]!;
    if (!(p >= 0 && p < Infinity))
      throw new AppError('bandit/bad-score', `p(${a}) is ${shown(p)}; expected a finite number ≥ 0`);
    if (p === 0) continue;
    const arrival = -Math.log(hashedUniform(laneA, laneB, artworkHashes[from + a]!)) / p;
    // The first is kept even where its p is so small that it arrives at infinity.
    if (arrival < earliest || chosen < 0) {
      earliest = arrival;
      chosen = a;
    }
  }
  if (chosen < 0)
    throw new AppError('bandit/empty-slate', `none of ${size} arms has p > 0; expected at least one`);
  return chosen;
}
