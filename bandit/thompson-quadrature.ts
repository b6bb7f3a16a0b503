import normal from '@stdlib/stats-base-dists-normal';
import { NORMAL_TABLE, STEPS_PER_UNIT, T_MAX, T_MIN } from './normal-table.js';
import { MAX_ARMS } from './policy.js';
import { ARM_END, GRIDS, gridIndex, MAX_NODES, REACH, SMALLEST_SHARE, type Grid } from './thompson-grid.js';

/** Sizes beyond this are refused, and deviations that are all below its inverse are 0: in between nothing over- or underflows. */
export const LARGEST_SCORE = 1e150;
/** Below this the product of all Φ counts as 0: arms that come later need not look at such nodes. */
const NOTHING = 1e-10;

/** A hair inside the table. */
const LAST_READ = T_MAX - 1 / 64;

/** Arms that can win, side by side. One set for the module: no call outlives the next. */
const active = {
  count: 0,
  /** smallest deviation among them */
  sharpest: 0,
  arm: new Int32Array(MAX_ARMS),
  /** (low − μ)/σ: the first node lies this many deviations above the mean */
  start: new Float64Array(MAX_ARMS),
  /** 1/σ, then sharpest/σ */
  rate: new Float64Array(MAX_ARMS),
  /** node at which the arm's Φ is 1 */
  end: new Int32Array(MAX_ARMS),
  probability: new Float64Array(MAX_ARMS),
};
/** shape (MAX_NODES): weight · Π Φ at each node */
const product = new Float64Array(MAX_NODES);
/** shape (MAX_ARMS, MAX_NODES): φ/Φ of each arm at each node, arm after arm without gaps */
const hazards = new Float64Array(MAX_ARMS * MAX_NODES);

/**
 * P(arm is best) of one slate, floor mixed in: what `thompsonPropensities` documents, for arms from … from + size − 1 of each array. 1 ≤ size ≤ 200.
 *
 * @returns −1, or the first arm (counted from `from`) whose mean or deviation is out of range; then nothing is written
 */
export function integrateSlate(
  means: Float64Array,
  deviations: Float64Array,
  from: number,
  size: number,
  floor: number,
  propensities: Float64Array,
): number {
  let widest = 0;
  let best = -Infinity;
  for (let a = 0; a < size; a++) {
    const mean = means[from + a]!;
    const deviation = deviations[from + a]!;
    // Written so that NaN fails it.
    if (!(Math.abs(mean) <= LARGEST_SCORE && deviation >= 0 && deviation <= LARGEST_SCORE)) return a;
    widest = Math.max(widest, deviation);
    best = Math.max(best, mean);
  }
  if (widest < 1 / LARGEST_SCORE) keepBest(means, from, size, best);
  else {
    keepPossibleWinners(means, deviations, from, size, best, widest * SMALLEST_SHARE);
    if (active.count === 1) active.probability[0] = 1;
    else if (active.count === 2) compareTwo();
    else integrate(GRIDS[gridIndex(active.count)]!);
  }
  writeMixed(propensities, from, size, floor);
  return -1;
}

/** Nothing is uncertain: the best share evenly. */
function keepBest(means: Float64Array, from: number, size: number, best: number): void {
  let count = 0;
  for (let a = 0; a < size; a++) {
    if (means[from + a]! !== best) continue;
    active.arm[count] = a;
    active.probability[count++] = 1;
  }
  active.count = count;
}

/** An arm that ends before another begins cannot win. Means count from the best: far from 0 a small deviation would be lost in them. */
function keepPossibleWinners(
  means: Float64Array,
  deviations: Float64Array,
  from: number,
  size: number,
  best: number,
  smallest: number,
): void {
  const { arm, start, rate } = active;
  let low = -Infinity;
  for (let a = from; a < from + size; a++)
    low = Math.max(low, means[a]! - best - REACH * Math.max(deviations[a]!, smallest));
  let count = 0;
  let sharpest = Infinity;
  for (let a = 0; a < size; a++) {
    const mean = means[from + a]! - best;
    const deviation = Math.max(deviations[from + a]!, smallest);
    if (mean + REACH * deviation <= low) continue;
    sharpest = Math.min(sharpest, deviation);
    arm[count] = a;
    start[count] = (low - mean) / deviation;
    rate[count] = 1 / deviation;
    count++;
  }
  active.count = count;
  active.sharpest = sharpest;
}

/** P(N(μ₀, σ₀²) > N(μ₁, σ₁²)) = Φ((μ₀ − μ₁)/√(σ₀² + σ₁²)), in units of the sharper arm. */
function compareTwo(): void {
  const { start, rate, sharpest, probability } = active;
  const first = 1 / (sharpest * rate[0]!);
  const second = 1 / (sharpest * rate[1]!);
  const gap = start[1]! * second - start[0]! * first;
  probability[0] = normal.cdf(gap / Math.sqrt(first * first + second * second), 0, 1);
  probability[1] = 1 - probability[0];
}

/** Σ over nodes of weight · (φ_a/Φ_a) · Π Φ for every arm: one pass for the product, one to share it out. */
function integrate(grid: Grid): void {
  const { count, sharpest, start, rate, end, probability } = active;
  let first = 0;
  let reached = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    rate[i] = rate[i]! * sharpest;
    const stop = multiplyArm(grid, start[i]!, rate[i]!, first, reached, at);
    end[i] = stop;
    if (stop > reached) reached = stop;
    at += stop;
    while (first < reached && isNothing(first)) first += 4;
  }
  at = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let j = first; j < end[i]!; j++) sum += product[j]! * hazards[at + j]!;
    probability[i] = sum * rate[i]!;
    at += end[i]!;
  }
}

function isNothing(at: number): boolean {
  return (
    product[at]! < NOTHING &&
    product[at + 1]! < NOTHING &&
    product[at + 2]! < NOTHING &&
    product[at + 3]! < NOTHING
  );
}

/** Multiplies an arm's Φ into `product` from node `first` on, and writes its hazards. Returns where Φ has become 1: by fours, as the kernel does. */
function multiplyArm(
  { nodes, weights }: Grid,
  start: number,
  rate: number,
  first: number,
  reached: number,
  at: number,
): number {
  let j = first;
  for (; (j & 3) !== 0 || start + nodes[j]! * rate < ARM_END; j++) {
    const t = Math.min(start + nodes[j]! * rate, LAST_READ);
    const position = (t - T_MIN) * STEPS_PER_UNIT;
    const index = position | 0;
    const share = position - index;
    const entry = 2 * index;
    const cdf = NORMAL_TABLE[entry]!;
    const hazard = NORMAL_TABLE[entry + 1]!;
    // Beyond `reached` no arm has multiplied yet.
    product[j] = (j < reached ? product[j]! : weights[j]!) * (cdf + share * (NORMAL_TABLE[entry + 2]! - cdf));
    hazards[at + j] = hazard + share * (NORMAL_TABLE[entry + 3]! - hazard);
  }
  return j;
}

function writeMixed(propensities: Float64Array, from: number, size: number, floor: number): void {
  const { count, arm, probability } = active;
  let total = 0;
  for (let i = 0; i < count; i++) total += probability[i]!;
  const share = (1 - floor) / total;
  const even = floor / size;
  propensities.fill(even, from, from + size);
  for (let i = 0; i < count; i++) propensities[from + arm[i]!] = probability[i]! * share + even;
}
