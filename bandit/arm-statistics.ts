import { AppError, shown } from '../core/errors.js';
import { packedLength } from './linalg/packed.js';
import { addOuterProduct, scale } from './linalg/rank-one.js';
import { RowBlocks } from './row-blocks.js';
import { decodeRowInto, encodeRowFrom } from './row-encoding.js';
import { RowMarks } from './row-marks.js';
import { checkOptions, checkTrial, type ArmStatisticsOptions } from './statistics-check.js';

export type { ArmStatisticsOptions } from './statistics-check.js';

/** Where each sum stands in a row: n, Σr, asOfMs, then S packed, then b. */
export const TRIALS_AT = 0;
export const REWARD_AT = 1;
export const AS_OF_AT = 2;
export const OUTER_AT = 3;

/**
 * Sufficient statistics of a Bayesian ridge regression per model row, kept *without* the prior:
 *
 *   n = Σ w,   Σr = Σ w·r,   S = Σ w·x·xᵀ,   b = Σ w·r·x
 *
 * A displayed impression is a trial with r = 0; each change of its reward later is a correction b += w·Δr·x. Being sums, statistics of
 * different learners merge by addition, and the prior λI is added by whoever fits them, so forgetting never decays it.
 *
 * Forgetting is exponential and lazy: each row is stated *as of* the latest time it has seen (`asOfMs`), where a trial from t weighs
 * w·2^(−(asOf − t)/halfLife). A later trial scales the row down first; an earlier one enters weighted down. So order does not matter, and a late
 * reward equals an early one up to rounding. A row nobody touches keeps its weight: between arms that are shown this makes no difference,
 * and one that is never shown keeps what it knew. The caller vouches for times: one far in the future would decay a row to nothing.
 *
 * Rows are sparse integers; memory comes in blocks as rows are first touched. O(d²) per trial, O(d) per reward, no allocation.
 *
 * @example new ArmStatistics({ dimension: 0 }).trials(7) // => 0
 */
export class ArmStatistics {
  readonly dimension: number;
  readonly halfLifeMs: number;
  readonly #maxRows: number;
  readonly #rewardedAt: number;
  readonly #blocks: RowBlocks;
  readonly #marks = new RowMarks();

  /** @throws AppError `bandit/bad-setting` */
  constructor(options: ArmStatisticsOptions) {
    const { dimension, halfLifeMs, maxRows } = checkOptions(options);
    this.dimension = dimension;
    this.halfLifeMs = halfLifeMs;
    this.#maxRows = maxRows;
    this.#rewardedAt = OUTER_AT + packedLength(dimension);
    this.#blocks = new RowBlocks(this.#rewardedAt + dimension, maxRows);
  }

  /** Upper bound: the highest row that was ever touched, plus one. */
  get rows(): number {
    return this.#marks.rows;
  }

  /** Bytes of the sums (blocks allocated so far). */
  get byteLength(): number {
    return this.#blocks.byteLength;
  }

  has(row: number): boolean {
    return this.#marks.has(row);
  }

  /** n as of the row's own time; 0 for a row never touched. */
  trials(row: number): number {
    return this.#blocks.find(row)?.[this.#blocks.offset(row) + TRIALS_AT] ?? 0;
  }

  /** Σr as of the row's own time; 0 for a row never touched. */
  rewardSum(row: number): number {
    return this.#blocks.find(row)?.[this.#blocks.offset(row) + REWARD_AT] ?? 0;
  }

  /** The time the row's weights are stated at; undefined for a row never touched. */
  asOfMs(row: number): number | undefined {
    return this.has(row) ? this.#blocks.find(row)?.[this.#blocks.offset(row) + AS_OF_AT] : undefined;
  }

  /**
   * One displayed impression, r = 0 so far: n += w, S += w·xxᵀ.
   *
   * @param x      shape (≥ offset + d): the context that served, beginning at `offset`
   * @param weight ≥ 0; 1 for a plain impression
   * @param atMs   when it was displayed
   * @throws AppError `bandit/bad-shape` (row, x, weight or time); nothing has changed then
   */
  addTrial(row: number, x: Float32Array, offset: number, weight: number, atMs: number): void {
    this.#blocks.check(row);
    checkTrial(x, offset, this.dimension, weight, atMs);
    const block = this.#blocks.touch(row);
    const base = this.#blocks.offset(row);
    const decay = this.#decayTo(block, base, row, atMs);
    const w = weight * this.#weightAt(block, base, atMs);
    block[base + TRIALS_AT] = block[base + TRIALS_AT]! * decay + w;
    if (decay !== 1) {
      block[base + REWARD_AT] = block[base + REWARD_AT]! * decay;
      scale(block, base + this.#rewardedAt, this.dimension, decay);
    }
    addOuterProduct(block, base + OUTER_AT, x, offset, this.dimension, w, decay);
    this.#marks.touch(row);
  }

  /**
   * The reward of an earlier trial changed by Δr: Σr += w·Δr, b += w·Δr·x, with the weight that trial has now.
   *
   * @param x               the same x, shape (≥ offset + d)
   * @param rewardChange    Δr in [−1, 1]
   * @param weight          the trial's weight
   * @param impressionAtMs  when the *impression* was displayed, not when the reward arrived
   * @throws AppError `bandit/bad-reward` | `bandit/bad-shape`; nothing has changed then
   */
  addReward(
    row: number,
    x: Float32Array,
    offset: number,
    rewardChange: number,
    weight: number,
    impressionAtMs: number,
  ): void {
    if (!(rewardChange >= -1 && rewardChange <= 1)) {
      throw new AppError(
        'bandit/bad-reward',
        `reward change is ${shown(rewardChange)}; expected a number in [−1, 1]`,
      );
    }
    this.#blocks.check(row);
    checkTrial(x, offset, this.dimension, weight, impressionAtMs);
    const block = this.#blocks.touch(row);
    const base = this.#blocks.offset(row);
    const decay = this.#decayTo(block, base, row, impressionAtMs);
    if (decay !== 1) scaleSums(block, base, this.#blocks.stride, decay);
    const change = rewardChange * weight * this.#weightAt(block, base, impressionAtMs);
    block[base + REWARD_AT] = block[base + REWARD_AT]! + change;
    const rewarded = base + this.#rewardedAt;
    for (let i = 0; i < this.dimension; i++)
      block[rewarded + i] = block[rewarded + i]! + change * x[offset + i]!;
    this.#marks.touch(row);
  }

  /** Rows changed since the last drain, ascending. */
  drainTouched(): Int32Array {
    return this.#marks.drain();
  }

  /**
   * S of a row, packed, to `outer`, and b to `rewarded`; zeros for a row never touched.
   *
   * @param outer    shape (≥ d(d+1)/2)
   * @param rewarded shape (≥ d)
   */
  readSums(row: number, outer: Float64Array, rewarded: Float64Array): void {
    const view = this.#blocks.view(row);
    if (view === undefined) {
      outer.fill(0, 0, packedLength(this.dimension));
      rewarded.fill(0, 0, this.dimension);
      return;
    }
    outer.set(view.subarray(OUTER_AT, this.#rewardedAt));
    rewarded.set(view.subarray(this.#rewardedAt));
  }

  /** Adds another learner's row (by default the same number) to this one's, both stated at the later of their times. @throws AppError `bandit/bad-shape` */
  mergeRow(row: number, other: ArmStatistics, otherRow = row): void {
    this.#blocks.check(row);
    this.#checkMergeable(other);
    const theirs = other.#blocks.view(otherRow);
    if (!other.has(otherRow) || theirs === undefined) return;
    const block = this.#blocks.touch(row);
    const base = this.#blocks.offset(row);
    const decay = this.#decayTo(block, base, row, theirs[AS_OF_AT]!);
    if (decay !== 1) scaleSums(block, base, this.#blocks.stride, decay);
    const weight = this.#weightAt(block, base, theirs[AS_OF_AT]!);
    for (let i = 0; i < theirs.length; i++) {
      if (i !== AS_OF_AT) block[base + i] = block[base + i]! + weight * theirs[i]!;
    }
    this.#marks.touch(row);
  }

  /** Adds another learner's rows, ascending. @throws AppError `bandit/bad-shape` when dimension or half-life differ */
  merge(other: ArmStatistics): void {
    this.#checkMergeable(other);
    for (let row = 0; row < other.rows; row++) this.mergeRow(row, other);
  }

  clone(): ArmStatistics {
    const copy = new ArmStatistics({
      dimension: this.dimension,
      halfLifeMs: this.halfLifeMs,
      maxRows: this.#maxRows,
    });
    copy.#blocks.copyFrom(this.#blocks);
    copy.#marks.copyFrom(this.#marks);
    return copy;
  }

  /** Σ over rows of n and of Σr, each as of its row's own time, added in ascending order. */
  totals(): { trials: number; rewardSum: number } {
    let trials = 0;
    let rewardSum = 0;
    for (let row = 0; row < this.rows; row++) {
      trials += this.trials(row);
      rewardSum += this.rewardSum(row);
    }
    return { trials, rewardSum };
  }

  /** A row as bytes, for checkpoints: see row-encoding.ts. A row never touched encodes as zeros. */
  encodeRow(row: number): Uint8Array {
    this.#blocks.check(row);
    return encodeRowFrom(this.#blocks.view(row), this.dimension, this.#blocks.stride, this.has(row));
  }

  /** Puts a row back as it was encoded, replacing what is there. @throws AppError `checkpoint/corrupt`; nothing has changed then */
  decodeRow(row: number, bytes: Uint8Array): void {
    this.#blocks.check(row);
    const sums = new Float64Array(this.#blocks.stride);
    if (!decodeRowInto(bytes, this.dimension, sums) && !this.has(row)) return;
    this.#blocks.touch(row).set(sums, this.#blocks.offset(row));
    this.#marks.touch(row);
  }

  /** Bit for bit: same dimension, same rows, every sum and time the same 64 bits. */
  equals(other: ArmStatistics): boolean {
    if (this.dimension !== other.dimension || this.rows !== other.rows) return false;
    for (let row = 0; row < this.rows; row++) {
      if (this.has(row) !== other.has(row)) return false;
      if (!this.has(row)) continue;
      const mine = this.#blocks.view(row);
      const theirs = other.#blocks.view(row);
      if (mine?.some((value, i) => !Object.is(value, theirs?.[i])) === true) return false;
    }
    return true;
  }

  /** Moves the row's time forward if `atMs` is later; returns what its sums must be multiplied by. */
  #decayTo(block: Float64Array, base: number, row: number, atMs: number): number {
    const asOf = block[base + AS_OF_AT]!;
    if (!this.has(row)) {
      block[base + AS_OF_AT] = atMs;
      return 1;
    }
    if (atMs <= asOf) return 1;
    block[base + AS_OF_AT] = atMs;
    return this.halfLifeMs === Infinity ? 1 : 2 ** ((asOf - atMs) / this.halfLifeMs);
  }

  /** Weight, as of the row's time, of something that happened at `atMs` (not later). */
  #weightAt(block: Float64Array, base: number, atMs: number): number {
    const age = block[base + AS_OF_AT]! - atMs;
    return age === 0 || this.halfLifeMs === Infinity ? 1 : 2 ** (-age / this.halfLifeMs);
  }

  #checkMergeable(other: ArmStatistics): void {
    if (other.dimension !== this.dimension || other.halfLifeMs !== this.halfLifeMs) {
      throw new AppError(
        'bandit/bad-shape',
        `statistics of d = ${other.dimension}, half-life ${other.halfLifeMs} ms; expected d = ${this.dimension}, half-life ${this.halfLifeMs} ms`,
      );
    }
  }
}

/** Scales every sum of a row, and not its time. */
function scaleSums(block: Float64Array, base: number, stride: number, factor: number): void {
  scale(block, base, AS_OF_AT, factor);
  scale(block, base + OUTER_AT, stride - OUTER_AT, factor);
}
