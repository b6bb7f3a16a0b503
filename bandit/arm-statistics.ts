import { AppError, shown } from '../core/errors.js';
import type { Kernels } from './linalg/kernels.js';
import { TYPESCRIPT_KERNELS } from './linalg/kernels-typescript.js';
import { packedLength } from './linalg/packed.js';
import { RowBlocks } from './row-blocks.js';
import { decodedRow, encodeRowFrom } from './row-encoding.js';
import { replicateWeight, trialKey } from './replicate-weights.js';
import { RowMarks } from './row-marks.js';
import { AS_OF_AT, OUTER_AT, REWARD_AT, RowSums, TRIALS_AT } from './row-sums.js';
import { checkOptions, checkTrial, type ArmStatisticsOptions } from './statistics-check.js';

export type { ArmStatisticsOptions } from './statistics-check.js';

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
 * With `replicates` B > 1 a row holds B such sums side by side, for online bagging: the first as above, and in replicate j every trial and its rewards weigh in again with a Poisson(1)
 * count that is hashed from the trial's key and j (see replicate-weights.ts). A late reward, a merge, a replay or a restart meets the same counts. What is said of a row is said of its first.
 *
 * Rows are sparse integers; memory comes in blocks as rows are first touched. O(d²) per trial, O(d) per reward, no allocation.
 *
 * @example new ArmStatistics({ dimension: 0 }).trials(7) // => 0
 */
export class ArmStatistics {
  readonly dimension: number;
  readonly halfLifeMs: number;
  /** B ≥ 1 */
  readonly replicates: number;
  /** what x is; '' is the context itself */
  readonly space: string;
  readonly #maxRows: number;
  /** one replicate */
  readonly #sums: RowSums;
  readonly #blocks: RowBlocks;
  readonly #marks = new RowMarks();

  /**
   * @param kernels where the sums live and are added to; by default ordinary arrays, which the garbage collector accounts for. Those of `sharedKernels` are some
   *   five times as fast at d = 180 and give the same bits: for sums that are few and live long
   * @throws AppError `bandit/bad-setting`
   */
  constructor(options: ArmStatisticsOptions, kernels: Kernels = TYPESCRIPT_KERNELS) {
    const { dimension, halfLifeMs, replicates, space, maxRows } = checkOptions(options);
    this.dimension = dimension;
    this.halfLifeMs = halfLifeMs;
    this.replicates = replicates;
    this.space = space;
    this.#maxRows = maxRows;
    this.#sums = new RowSums(dimension, halfLifeMs, kernels);
    this.#blocks = new RowBlocks(this.#sums.stride * replicates, maxRows, kernels);
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
   * @param key    of the trial, any 32 bits, where there are replicates; by default a hash of row, x and time: give one where trials can have all three alike
   * @throws AppError `bandit/bad-shape` (row, x, weight or time); nothing has changed then
   */
  addTrial(row: number, x: Float32Array, offset: number, weight: number, atMs: number, key?: number): void {
    this.#blocks.check(row);
    checkTrial(x, offset, this.dimension, weight, atMs);
    const block = this.#blocks.touch(row);
    const [first, known] = [this.#blocks.offset(row), this.has(row)];
    this.#sums.addTrial(block, first, known, x, offset, weight, atMs);
    if (this.replicates > 1) {
      const trial = key ?? trialKey(row, x, offset, this.dimension, atMs);
      for (let j = 1; j < this.replicates; j++) {
        const weighed = weight * replicateWeight(trial, j);
        this.#sums.addTrial(block, first + j * this.#sums.stride, known, x, offset, weighed, atMs);
      }
    }
    this.#marks.touch(row);
  }

  /**
   * The reward of an earlier trial changed by Δr: Σr += w·Δr, b += w·Δr·x, with the weight that trial has now.
   *
   * @param x               the same x, shape (≥ offset + d)
   * @param rewardChange    Δr in [−1, 1]
   * @param weight          the trial's weight
   * @param impressionAtMs  when the *impression* was displayed, not when the reward arrived
   * @param key             the trial's, or left out as there
   * @throws AppError `bandit/bad-reward` | `bandit/bad-shape`; nothing has changed then
   */
  addReward(
    row: number,
    x: Float32Array,
    offset: number,
    rewardChange: number,
    weight: number,
    impressionAtMs: number,
    key?: number,
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
    const [first, known] = [this.#blocks.offset(row), this.has(row)];
    const change = rewardChange * weight;
    this.#sums.addReward(block, first, known, x, offset, change, impressionAtMs);
    if (this.replicates > 1) {
      const trial = key ?? trialKey(row, x, offset, this.dimension, impressionAtMs);
      for (let j = 1; j < this.replicates; j++) {
        const weighed = change * replicateWeight(trial, j);
        this.#sums.addReward(block, first + j * this.#sums.stride, known, x, offset, weighed, impressionAtMs);
      }
    }
    this.#marks.touch(row);
  }

  /** Rows changed since the last drain, ascending. */
  drainTouched(): Int32Array {
    return this.#marks.drain();
  }

  /**
   * S of a row, packed, to `outer`, and b to `rewarded`; zeros for a row never touched.
   *
   * @param outer     shape (≥ d(d+1)/2)
   * @param rewarded  shape (≥ d)
   * @param replicate in [0, B)
   */
  readSums(row: number, outer: Float64Array, rewarded: Float64Array, replicate = 0): void {
    const view = this.#blocks.view(row);
    if (view === undefined) {
      outer.fill(0, 0, packedLength(this.dimension));
      rewarded.fill(0, 0, this.dimension);
      return;
    }
    const { stride, rewardedAt } = this.#sums;
    const at = replicate * stride;
    outer.set(view.subarray(at + OUTER_AT, at + rewardedAt));
    rewarded.set(view.subarray(at + rewardedAt, at + stride));
  }

  /** Adds another learner's row (by default the same number) to this one's, both stated at the later of their times. @throws AppError `bandit/bad-shape` */
  mergeRow(row: number, other: ArmStatistics, otherRow = row): void {
    this.#blocks.check(row);
    this.#checkMergeable(other);
    const theirs = other.#blocks.view(otherRow);
    if (!other.has(otherRow) || theirs === undefined) return;
    const block = this.#blocks.touch(row);
    const [first, known] = [this.#blocks.offset(row), this.has(row)];
    for (let at = 0; at < theirs.length; at += this.#sums.stride)
      this.#sums.merge(block, first + at, known, theirs, at);
    this.#marks.touch(row);
  }

  /** Adds another learner's rows, ascending. @throws AppError `bandit/bad-shape` when dimension, half-life, replicates or space differ */
  merge(other: ArmStatistics): void {
    this.#checkMergeable(other);
    for (let row = 0; row < other.rows; row++) this.mergeRow(row, other);
  }

  clone(): ArmStatistics {
    const copy = new ArmStatistics({
      dimension: this.dimension,
      halfLifeMs: this.halfLifeMs,
      replicates: this.replicates,
      space: this.space,
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
    const sums = decodedRow(bytes, this.dimension, this.#blocks.stride);
    if (sums === undefined && !this.has(row)) return;
    const [block, first] = [this.#blocks.touch(row), this.#blocks.offset(row)];
    if (sums === undefined) block.fill(0, first, first + this.#blocks.stride);
    else block.set(sums, first);
    this.#marks.touch(row);
  }

  /** Empties a row, so that its number can be used again; its time stays. Nothing happens to a row never touched. */
  clearRow(row: number): void {
    if (!this.has(row)) return;
    const block = this.#blocks.touch(row);
    const first = this.#blocks.offset(row);
    for (let at = 0; at < this.#blocks.stride; at += this.#sums.stride)
      this.#sums.scale(block, first + at, 0);
    this.#marks.touch(row);
  }

  /** Bit for bit: same dimension, same rows, every sum and time the same 64 bits. */
  equals(other: ArmStatistics): boolean {
    if (this.dimension !== other.dimension || this.replicates !== other.replicates) return false;
    if (this.rows !== other.rows) return false;
    for (let row = 0; row < this.rows; row++) {
      if (this.has(row) !== other.has(row)) return false;
      if (!this.has(row)) continue;
      const mine = this.#blocks.view(row);
      const theirs = other.#blocks.view(row);
      if (mine?.some((value, i) => !Object.is(value, theirs?.[i])) === true) return false;
    }
    return true;
  }

  get #shape(): string {
    const shape = `d = ${this.dimension}, half-life ${this.halfLifeMs} ms`;
    const replicated = this.replicates === 1 ? shape : `${shape}, ${this.replicates} replicates`;
    return this.space === '' ? replicated : `${replicated}, in ${this.space}`;
  }

  #checkMergeable(other: ArmStatistics): void {
    const [theirs, mine] = [other.#shape, this.#shape];
    if (theirs !== mine) throw new AppError('bandit/bad-shape', `statistics of ${theirs}; expected ${mine}`);
  }
}
