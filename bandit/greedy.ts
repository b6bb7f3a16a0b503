/**
 * Greedy: all probability on the highest score; arms that tie for it, to the bit, share it evenly (before anything is learned that is uniform, not the first arm).
 *
 * @param scores       shape (≥ size), finite
 * @param size         K ≥ 1
 * @param propensities shape (≥ size), written; may be `scores` itself
 * @example const p = Float64Array.of(3, 1, 3); writeGreedy(p, 3, p); p // => Float64Array.of(0.5, 0, 0.5)
 */
export function writeGreedy(scores: Float64Array, size: number, propensities: Float64Array): void {
  let best = scores[0]!;
  let ties = 1;
  for (let a = 1; a < size; a++) {
    const score = scores[a]!;
    if (score > best) {
      best = score;
      ties = 1;
    } else if (score === best) ties++;
  }
  for (let a = 0; a < size; a++) propensities[a] = scores[a] === best ? 1 / ties : 0;
}
