import { checkScores } from './plackett-luce.js';
import { MAX_ARMS } from './policy.js';

/** An item contributes to the integral while v·t is in (e^−38, e^3.8): below it has surely not arrived, above it surely has. */
const EARLIEST = -38;
const LATEST = 3.8;

/**
 * P(item i stands at position k) under Plackett–Luce, for every item and position, by quadrature over arrival times.
 *
 * An order is a race: item i arrives at an exponential time of rate v_i = exp(score_i/temperature), and stands at k when exactly k others came before it:
 *
 *   P(i at k) = ∫ v_i·exp(−v_i·t) · P(k of the others arrived by t) dt,   each other j by t with probability 1 − exp(−v_j·t), independently
 *
 * The inner probability is Poisson–binomial; the integral is the trapezoid rule in log t, which converges geometrically here. Absolute error below 1e-12 for
 * n ≤ 200 where score/temperature stays within ±1e4, and about |score/temperature|·1e-17 beyond, from rounding log t. O(n²) per node, some hundred nodes: about 20 ms
 * for 50 items of like scores, 0.8 s for 200. For reports and estimators, not for the path of a page, which logs the conditionals of `orderByPlackettLuce`.
 *
 * @param scores      shape (≥ size): finite, the higher the earlier
 * @param size        n in [0, 200]
 * @param temperature > 0, in units of score
 * @returns shape (n, n) row-major: entry i·n + k is P(item i at position k)
 * @throws AppError `bandit/bad-setting` (temperature) | `bandit/bad-score` | `bandit/bad-shape`
 * @example plackettLuceMarginals(Float64Array.of(7, 7), 2, 0.1).map((p) => Math.round(1e9 * p)) // => Float64Array.of(5e8, 5e8, 5e8, 5e8)
 * @see Yellott 1977 (the race); Trefethen & Weideman, The Exponentially Convergent Trapezoidal Rule, SIAM Review 2014
 */
export function plackettLuceMarginals(scores: Float64Array, size: number, temperature: number): Float64Array {
  checkScores(scores, temperature, size, Math.min(MAX_ARMS, scores.length));
  const marginals = new Float64Array(size * size);
  // Sorted so that those in play at any time stand side by side, the arrived before them, the others behind.
  const items = Array.from({ length: size }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const logits = Float64Array.from(items, (i) => scores[i]! / temperature);
  const race = new Race(items, logits, marginals);
  // The count of arrivals is about ±√n wide, so it moves by a like share of its width in a step of log t.
  const step = 0.5 / Math.sqrt(Math.max(4, size));
  for (let first = 0; first < size;) {
    let node = Math.ceil((EARLIEST - logits[first]!) / step);
    let next = first;
    for (; next < size; node++) {
      while (next < size && logits[next]! + node * step > LATEST) next++;
      // A step of grace: rounding must not end a stretch at its first node.
      if (next === size || logits[next]! + node * step < EARLIEST - step) break;
      race.integrate(next, node * step, step);
    }
    first = Math.max(first + 1, next);
  }
  return marginals;
}

/** The items in falling order of rate, and what is known of their places so far. */
class Race {
  readonly #arrived: Float64Array;
  readonly #counts: Float64Array;
  readonly #others: Float64Array;

  constructor(
    readonly items: readonly number[],
    readonly logits: Float64Array,
    readonly marginals: Float64Array,
  ) {
    this.#arrived = new Float64Array(items.length);
    this.#counts = new Float64Array(items.length + 1);
    this.#others = new Float64Array(items.length);
  }

  /** Adds the node log t to the integral. @param begin items before this one have arrived */
  integrate(begin: number, logTime: number, step: number): void {
    const { items, logits, marginals } = this;
    const size = items.length;
    let end = begin;
    while (end < size && logits[end]! + logTime >= EARLIEST) end++;
    const active = end - begin;
    for (let a = 0; a < active; a++) this.#arrived[a] = -Math.expm1(-Math.exp(logits[begin + a]! + logTime));
    this.#countArrivals(active);
    for (let a = 0; a < active; a++) {
      const rate = Math.exp(logits[begin + a]! + logTime);
      const weight = step * rate * Math.exp(-rate);
      if (weight < 1e-18) continue;
      this.#leaveOut(a, active);
      const row = items[begin + a]! * size + begin;
      for (let k = 0; k < active; k++) marginals[row + k] = marginals[row + k]! + weight * this.#others[k]!;
    }
  }

  /** Poisson–binomial: counts[k] = P(k of the active have arrived). */
  #countArrivals(active: number): void {
    const counts = this.#counts;
    counts.fill(0, 0, active + 1);
    counts[0] = 1;
    for (let a = 0; a < active; a++) {
      const p = this.#arrived[a]!;
      for (let k = a + 1; k > 0; k--) counts[k] = counts[k]! * (1 - p) + counts[k - 1]! * p;
      counts[0] = counts[0] * (1 - p);
    }
  }

  /** others[k] = P(k of the active except a have arrived): one factor divided out, from the side where errors shrink. */
  #leaveOut(a: number, active: number): void {
    const [counts, others, p] = [this.#counts, this.#others, this.#arrived[a]!];
    if (p <= 0.5) {
      let before = 0;
      for (let k = 0; k < active; k++) others[k] = before = Math.max(0, (counts[k]! - p * before) / (1 - p));
    } else {
      let after = 0;
      for (let k = active - 1; k >= 0; k--)
        others[k] = after = Math.max(0, (counts[k + 1]! - (1 - p) * after) / p);
    }
  }
}
