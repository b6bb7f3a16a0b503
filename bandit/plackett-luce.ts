import { AppError, shown } from '../core/errors.js';
import { drawLaneA, drawLaneB, hashedUniform } from './choose.js';
import { sortDescending } from './sort-order.js';

/** What is ordered: one row of titles, say. Buffers may be longer than `size`. */
export interface Ranking {
  /** n ≥ 0 */
  readonly size: number;
  /** shape (≥ n): finite, the higher the earlier */
  readonly scores: Float64Array;
  /** > 0, in units of score: small is greedy, large is uniform */
  readonly temperature: number;
  /** shape (≥ n): 32-bit hash of each item's id */
  readonly hashes: Uint32Array;
  /** draw key of (member, canvas, epoch): two 32-bit words */
  readonly keyA: number;
  readonly keyB: number;
  /** hash of the row's id: the same title may stand differently in another row */
  readonly groupHash: number;
}

const scratch = { noisy: new Float64Array(0) };

/**
 * Orders n items by Plackett–Luce with logits score/temperature, by the Gumbel trick, and states each position's conditional probability:
 *
 *   P(order) = Π_k  exp(l(o_k)) / Σ_{j ≥ k} exp(l(o_j)),   l = score/temperature
 *
 * Sorting l + Gumbel noise draws exactly from that. The noise is hashed as in {@link chooseArm}: the same key gives the same order. Safe for any spread of
 * logits (running log-sum-exp from the end). O(n log n), no object per item, no allocation once the scratch has grown.
 *
 * @param order        shape (≥ n), written: item at each position
 * @param propensities shape (≥ n), written: P(this item here | those before it), > 0 unless it underflows, and 1 at the last position
 * @throws AppError `bandit/bad-setting` (temperature) | `bandit/bad-score` | `bandit/bad-shape` (a buffer shorter than n)
 * @example const [order, p] = [new Int32Array(1), new Float64Array(1)]; orderByPlackettLuce({ size: 1, scores: Float64Array.of(7), temperature: 1, hashes: Uint32Array.of(1), keyA: 2, keyB: 3, groupHash: 4 }, order, p); p // => Float64Array.of(1)
 * @see Plackett, The Analysis of Permutations, 1975; Yellott 1977 (Gumbel noise); Kool et al., 2019, arXiv:1903.06059
 */
export function orderByPlackettLuce(ranking: Ranking, order: Int32Array, propensities: Float64Array): void {
  const { size, scores, temperature, hashes, keyA, keyB, groupHash } = ranking;
  check(ranking, order, propensities);
  if (scratch.noisy.length < size) scratch.noisy = new Float64Array(2 * size);
  const noisy = scratch.noisy;
  const laneA = drawLaneA(keyA, keyB, groupHash);
  const laneB = drawLaneB(keyA, keyB, groupHash);
  for (let i = 0; i < size; i++) {
    order[i] = i;
    noisy[i] = scores[i]! / temperature - Math.log(-Math.log(hashedUniform(laneA, laneB, hashes[i]!)));
  }
  sortDescending(order, noisy, size);
  writeConditionals(scores, temperature, size, order, propensities);
}

/**
 * log P of an order, or of its first positions, under Plackett–Luce with logits score/temperature:
 *
 *   log P(o_1 … o_m) = Σ_{k ≤ m} ( l(o_k) − log Σ_{j ≥ k} exp(l(o_j)) ),   the sum over all that stand at k or later, beyond m too
 *
 * From the logits, so it stays finite where the product of the conditional probabilities underflows. Exact, O(n).
 *
 * @param scores      shape (≥ n): finite
 * @param temperature > 0, in units of score
 * @param order       shape (≥ size): item at each position, each of the n items once
 * @param size        n ≥ 0: items ordered
 * @param first       m in [0, n]: positions asked about; default all
 * @returns ≤ 0; 0 for no positions
 * @throws AppError `bandit/bad-setting` (temperature) | `bandit/bad-score` | `bandit/bad-shape`
 * @example plackettLuceLogPropensity(Float64Array.of(1, 1), 1, Int32Array.of(1, 0), 2) // => -Math.log(2)
 */
export function plackettLuceLogPropensity(
  scores: Float64Array,
  temperature: number,
  order: Int32Array,
  size: number,
  first = size,
): number {
  checkScores(scores, temperature, size, Math.min(scores.length, order.length));
  if (!(Number.isInteger(first) && first >= 0 && first <= size))
    throw new AppError('bandit/bad-shape', `first is ${shown(first)}; expected an integer in [0, ${size}]`);
  let sum = 0;
  let highest = -Infinity;
  let tail = 0;
  for (let k = size - 1; k >= 0; k--) {
    const logit = scores[order[k]!]! / temperature;
    if (!(logit > -Infinity))
      throw new AppError(
        'bandit/bad-shape',
        `order ${k} is ${shown(order[k])}; expected one of ${size} items`,
      );
    if (logit > highest) tail = tail * Math.exp(highest - logit) + 1;
    else tail += Math.exp(logit - highest);
    highest = Math.max(highest, logit);
    if (k < first) sum += logit - highest - Math.log(tail);
  }
  return sum;
}

/** From the end: Σ_{j ≥ k} exp(l_j) is kept as tail·exp(highest), so that neither overflows nor vanishes, whatever the spread. */
function writeConditionals(
  scores: Float64Array,
  temperature: number,
  size: number,
  order: Int32Array,
  propensities: Float64Array,
): void {
  let highest = -Infinity;
  let tail = 0;
  for (let k = size - 1; k >= 0; k--) {
    const logit = scores[order[k]!]! / temperature;
    if (logit > highest) {
      tail = tail * Math.exp(highest - logit) + 1;
      highest = logit;
      propensities[k] = 1 / tail;
    } else {
      const share = Math.exp(logit - highest);
      tail += share;
      propensities[k] = share / tail;
    }
  }
}

function check(
  { size, scores, temperature, hashes }: Ranking,
  order: Int32Array,
  propensities: Float64Array,
): void {
  const shortest = Math.min(scores.length, hashes.length, order.length, propensities.length);
  checkScores(scores, temperature, size, shortest);
}

/** @param most the length of the shortest buffer @throws AppError `bandit/bad-setting` | `bandit/bad-shape` | `bandit/bad-score` */
export function checkScores(scores: Float64Array, temperature: number, size: number, most: number): void {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new AppError(
      'bandit/bad-setting',
      `temperature is ${shown(temperature)}; expected a finite number > 0`,
    );
  }
  if (!(Number.isInteger(size) && size >= 0 && size <= most)) {
    throw new AppError(
      'bandit/bad-shape',
      `size is ${shown(size)}; expected an integer in [0, ${most}], the shortest buffer`,
    );
  }
  for (let i = 0; i < size; i++) {
    if (!Number.isFinite(scores[i]! / temperature)) {
      throw new AppError(
        'bandit/bad-score',
        `score ${i} is ${shown(scores[i])} at temperature ${temperature}; expected a finite quotient`,
      );
    }
  }
}
