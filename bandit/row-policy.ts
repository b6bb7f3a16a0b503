import { AppError, shown } from '../core/errors.js';
import { drawLaneA, drawLaneB, hashedUniform } from './choose.js';
import { grownRows, RowValues } from './row-values.js';

/** The rows a page may have, with the titles in them. Buffers may be longer than needed and are reused from page to page. */
export interface RowSlate {
  /** R ≥ 0 */
  size: number;
  /** the first so many rows stay where they are ("continue watching" first), in [0, R] */
  pinned: number;
  /** shape (≥ R + 1), rising from 0: row r holds the entries starts[r] … starts[r + 1] − 1 of `titles` and `means` */
  starts: Int32Array;
  /** a small number per title (its model row): the same title in two rows has the same */
  titles: Int32Array;
  /** posterior mean of each title for this member, plays per impression */
  means: Float64Array;
  /** shape (≥ R): 32-bit hash of each row's id */
  hashes: Uint32Array;
}

export interface RowPolicyOptions {
  /** > 0, in plays per impression: small is greedy, large is uniform */
  readonly temperature: number;
  /** a row is worth what its best so many titles are, integer ≥ 1 */
  readonly topTitles: number;
  /** attention to the next title of a row relative to the one before it, in (0, 1] */
  readonly attention: number;
  /** what a title is worth that is among the best of a row above, relative to its mean, in [0, 1] */
  readonly repeatedWorth: number;
  /** most rows placed, pinned ones included, integer ≥ 0 */
  readonly maxRows: number;
}

/** Shape (≥ rows placed) each, written. */
export interface RowOrder {
  /** row of the slate at each place of the page */
  readonly order: Int32Array;
  /** P(this row here | those above it); 1 where pinned */
  readonly propensities: Float64Array;
  /** P(this row and the next the other way round | all other places as they are); 0 at the last place and where either is pinned */
  readonly swaps: Float64Array;
}

const scratch = {
  values: new RowValues(),
  energies: new Float64Array(0),
  /** shape (2, R): relative rates at this place and at the one before */
  rates: new Float64Array(0),
  earlier: new Float64Array(0),
};

/**
 * Chooses and orders the rows of a page, one place after the other, by Plackett–Luce whose scores know what stands above:
 *
 *   s(r | above) = Σ_j aʲ·m(j)·w(j) / Σ_j aʲ      over the best titles of r, j-th best mean m(j); w(j) = repeatedWorth where a row above has it among its best, else 1
 *   P(r next | above) = exp(s(r | above)/T) / Σ over the rows left
 *
 * Drawn as a race: row r carries an exponential energy, burned at the rate exp(s/T) of the moment; whose is burned first is next. Waiting is memoryless, so
 * each place is drawn from exactly that softmax although scores change on the way, with one hashed number per row: the same key gives the same page, and a small
 * move of the scores rarely changes it. Scores come from sorted means, never from the order drawn inside a row: how titles fell does not move rows.
 * O(R²·topTitles), no allocation once the scratch has grown.
 *
 * The order's propensity is the product of `propensities`. `swaps` are what the examination of rows is estimated from, see examination.ts.
 *
 * @param key draw key of (member, canvas, epoch): two 32-bit words
 * @returns rows placed: min(R, max(maxRows, pinned))
 * @throws AppError `bandit/bad-setting` | `bandit/bad-score` (a mean that is not finite) | `bandit/bad-shape`
 * @see Plackett 1975; Yellott 1977 (the race)
 * @example const out = { order: new Int32Array(1), propensities: new Float64Array(1), swaps: new Float64Array(1) }; orderRows({ size: 1, pinned: 0, starts: Int32Array.of(0, 1), titles: Int32Array.of(5), means: Float64Array.of(0.1), hashes: Uint32Array.of(9) }, { temperature: 0.01, topTitles: 6, attention: 0.85, repeatedWorth: 0, maxRows: 60 }, { a: 1, b: 2 }, out); out.propensities // => Float64Array.of(1)
 */
export function orderRows(
  slate: RowSlate,
  options: RowPolicyOptions,
  key: { readonly a: number; readonly b: number },
  out: RowOrder,
): number {
  checkRows(slate, options, out);
  const { size, pinned } = slate;
  const { values } = scratch;
  values.begin(slate, options);
  drawEnergies(slate, key);
  const placed = Math.min(size, Math.max(options.maxRows, pinned));
  for (let k = 0; k < placed; k++) {
    if (k >= pinned) drawPlace(slate, options, k, out);
    else {
      out.order[k] = k;
      out.propensities[k] = 1;
    }
    if (k > 0) out.swaps[k - 1] = k > pinned ? swapProbability(slate, options, k, out) : 0;
    values.place(out.order[k]!);
    out.swaps[k] = 0;
  }
  values.end();
  return placed;
}

function drawEnergies({ size, hashes }: RowSlate, key: { readonly a: number; readonly b: number }): void {
  scratch.energies = grownRows(scratch.energies, size);
  scratch.rates = grownRows(scratch.rates, size);
  scratch.earlier = grownRows(scratch.earlier, size);
  // A group of its own: a row and the titles in it must not share their luck.
  const laneA = drawLaneA(key.a, key.b, ROWS_GROUP);
  const laneB = drawLaneB(key.a, key.b, ROWS_GROUP);
  for (let r = 0; r < size; r++) scratch.energies[r] = -Math.log(hashedUniform(laneA, laneB, hashes[r]!));
}

const ROWS_GROUP = 0x726f7773;

/** Draws the row at place k; leaves the relative rates of this place in `rates` and those of the place before in `earlier`. */
function drawPlace(
  { size, pinned }: RowSlate,
  { temperature }: RowPolicyOptions,
  k: number,
  out: RowOrder,
): void {
  [scratch.rates, scratch.earlier] = [scratch.earlier, scratch.rates];
  const { values, energies, rates } = scratch;
  const total = values.rates(pinned, size, temperature, rates);
  let next = -1;
  let soonest = Infinity;
  for (let r = pinned; r < size; r++) {
    if (values.isPlaced(r)) continue;
    const arrival = energies[r]! / rates[r]!;
    // A rate may vanish; where all that are left wait forever, the first is taken.
    if (next < 0 || arrival < soonest) {
      next = r;
      soonest = arrival;
    }
  }
  for (let r = pinned; r < size; r++) {
    if (r !== next && !values.isPlaced(r)) energies[r] = Math.max(0, energies[r]! - rates[r]! * soonest);
  }
  out.order[k] = next;
  out.propensities[k] = rates[next]! / total;
}

/**
 * For the rows i, j at places k − 1, k:  P(j, i) / (P(i, j) + P(j, i)).  What stands above is the same either way, and what comes below depends on both only together.
 */
function swapProbability(
  { size, pinned }: RowSlate,
  { temperature }: RowPolicyOptions,
  k: number,
  { order, propensities }: RowOrder,
): number {
  const { values, earlier } = scratch;
  const [i, j] = [order[k - 1]!, order[k]!];
  const asDrawn = earlier[i]! * propensities[k]!;
  values.withdraw(i);
  values.place(j);
  const swappedShare = values.shareOf(i, pinned, size, temperature);
  values.withdraw(j);
  values.place(i);
  const otherWay = earlier[j]! * swappedShare;
  // Where both underflow, nothing is known to be random about the pair.
  return otherWay === 0 ? 0 : otherWay / (asDrawn + otherWay);
}

function checkRows(slate: RowSlate, options: RowPolicyOptions, out: RowOrder): void {
  const { size, pinned, starts, titles, means, hashes } = slate;
  checkSetting('temperature', options.temperature, options.temperature > 0, 'a finite number > 0');
  checkSetting('topTitles', options.topTitles, options.topTitles >= 1, 'a number ≥ 1');
  checkSetting(
    'attention',
    options.attention,
    options.attention > 0 && options.attention <= 1,
    'a number in (0, 1]',
  );
  const { repeatedWorth } = options;
  checkSetting(
    'repeatedWorth',
    repeatedWorth,
    repeatedWorth >= 0 && repeatedWorth <= 1,
    'a number in [0, 1]',
  );
  checkSetting('maxRows', options.maxRows, options.maxRows >= 0, 'a number ≥ 0');
  const most = Math.min(
    hashes.length,
    starts.length - 1,
    out.order.length,
    out.propensities.length,
    out.swaps.length,
  );
  if (!(Number.isInteger(size) && size >= 0 && size <= most))
    throw new AppError(
      'bandit/bad-shape',
      `size is ${shown(size)}; expected an integer in [0, ${most}], the shortest buffer`,
    );
  if (!(Number.isInteger(pinned) && pinned >= 0 && pinned <= size))
    throw new AppError('bandit/bad-shape', `pinned is ${shown(pinned)}; expected an integer in [0, ${size}]`);
  const entries = Math.min(titles.length, means.length);
  for (let r = 0; r < size; r++) {
    if (!(starts[r]! >= 0 && starts[r]! <= starts[r + 1]! && starts[r + 1]! <= entries))
      throw new AppError(
        'bandit/bad-shape',
        `row ${r} is ${starts[r]} … ${starts[r + 1]}; expected a rising range up to ${entries}`,
      );
  }
  for (let t = starts[0]!; t < (size === 0 ? 0 : starts[size]!); t++) {
    if (titles[t]! < 0)
      throw new AppError('bandit/bad-shape', `title ${t} is ${titles[t]}; expected a number ≥ 0`);
    if (!Number.isFinite(means[t]! / options.temperature))
      throw new AppError('bandit/bad-score', `mean ${t} is ${shown(means[t])}; expected a finite number`);
  }
}

function checkSetting(name: string, value: number, holds: boolean, expected: string): void {
  if (!holds || !(value < Infinity))
    throw new AppError('bandit/bad-setting', `${name} is ${shown(value)}; expected ${expected}`);
}
