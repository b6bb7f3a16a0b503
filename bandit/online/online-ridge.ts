import { AppError } from '../../core/errors.js';
import type { ArmStatistics } from '../arm-statistics.js';
import { sharedKernels, type Kernels } from '../linalg/kernels.js';
import { fitRidge, ridgeFit, type RidgeFit } from '../policies/linear-fit.js';
import type { Prior, RowPosterior } from '../policy.js';
import { emptyPrior } from '../prior.js';
import { GroupedSums } from './grouped-sums.js';
import {
  checkMean,
  checkReward,
  checkRidgeOptions,
  checkSize,
  type OnlineRidgeOptions,
} from './ridge-check.js';
import { decodeRidgeRow, encodeRidgeRow, RidgeRow } from './ridge-row.js';

export type { OnlineRidgeOptions } from './ridge-check.js';

/** A row with few examples waits so many times as long for a factorisation. */
const LONGEST_WAIT = 4;

/**
 * Bayesian ridge regression, one per row, kept current example by example: the posterior of every row is known after each `learn` without factorising anything.
 *
 *   A = λI + Σ w·xxᵀ,   θ = A⁻¹(λμ + Σ w·r·x),   W = L⁻¹ with A = L·Lᵀ, so WᵀW = A⁻¹ and √(xᵀA⁻¹x) = ‖Wx‖
 *
 * One sweep over W per example, O(d²) (see updateInverseFactor); a late reward moves θ alone: θ += w·Δr·A⁻¹x. The sums (S, b, n, Σr) are kept beside it
 * ({@link GroupedSums}): they merge, they forget, and W and θ are factorised anew from them on this schedule:
 *
 * - after `refactorEvery` examples of a row (default 4096). A sweep rounds like a Cholesky factorisation does, but in directions that only λ holds up (features that
 *   repeat each other exactly) the error adds up with every example, while that of the sums grows like √n. 4096 keeps the first below the second,
 *   and costs d/25,000 of a sweep per example;
 * - with forgetting, when a row's latest example is more than `refactorAfterHalfLives` (default 1/8) later than its last factorisation. Sweeps scale S and λI down
 *   together, and λI must not decay: in between, λ counts as 2^(−1/8) = 92 % to 100 % of what was asked for. A row with fewer than d/4 examples since waits for
 *   them, up to four times as long (71 %): a factorisation costs as much as d/4 sweeps or so, and no more than doubles the work that way;
 * - after a merge, and on request.
 *
 * If the sums turn out not to be positive definite in float64 (S has rounded λ away), the swept W stays: it is the better one then.
 *
 * @example const ridge = new OnlineRidge({ dimension: 1, lambda: 1 }); ridge.learn(0, Float32Array.of(1), 1, 1, 0); ridge.weights(0)[0] // => 0.5
 */
export class OnlineRidge {
  readonly dimension: number;
  readonly lambda: number;
  readonly halfLifeMs: number;
  readonly #sums: GroupedSums;
  readonly #refactorEvery: number;
  readonly #refactorAfterMs: number;
  readonly #rows: (RidgeRow | undefined)[] = [];
  readonly #kernels: Kernels = sharedKernels();
  readonly #fit: RidgeFit;
  #prior: Prior;

  /** @throws AppError `bandit/bad-setting` */
  constructor(options: OnlineRidgeOptions) {
    const checked = checkRidgeOptions(options);
    this.dimension = checked.dimension;
    this.lambda = checked.lambda;
    this.halfLifeMs = checked.halfLifeMs;
    this.#sums = new GroupedSums(checked);
    this.#refactorEvery = checked.refactorEvery;
    this.#refactorAfterMs = checked.halfLifeMs * checked.refactorAfterHalfLives;
    this.#prior = emptyPrior(checked.dimension);
    this.#fit = ridgeFit(checked.dimension, this.#kernels);
  }

  /** The sums, to read: what `fit` of a policy takes. Written by this class alone. */
  get statistics(): ArmStatistics {
    return this.#sums.whole;
  }

  /**
   * One example: A += w·xxᵀ, b += w·r·x, weighted as of the row's own time (see {@link ArmStatistics}).
   *
   * @param x      shape (≥ d), finite
   * @param reward r in [0, 1]
   * @param weight w ≥ 0; 1 for a plain example
   * @param atMs   when it was decided; without forgetting any one number will do
   * @throws AppError `bandit/bad-reward` | `bandit/bad-shape`; nothing has changed then
   */
  learn(row: number, x: Float32Array, reward: number, weight: number, atMs: number): void {
    checkReward(reward, 0);
    checkSize(x, this.dimension, weight);
    this.#sums.add(row, x, reward, weight, atMs);
    const ridge = this.#rows[row] ?? this.#begin(row);
    if (this.#isStale(row, ridge) && this.#renew(row, ridge)) return;
    this.#kernels.updateInverseFactor(
      ridge.inverseLower,
      this.dimension,
      x,
      this.#relative(ridge, weight, atMs),
      ridge.theta,
      reward,
    );
    if (++ridge.updates >= this.#refactorEvery) this.#renew(row, ridge);
  }

  /**
   * The reward of an earlier example changed by Δr: b += w·Δr·x, with the weight that example has now. What comes late counts as if it had come early.
   *
   * @param x      the same x, shape (≥ d)
   * @param change Δr in [−1, 1]
   * @param weight the example's weight
   * @param atMs   when the *example* was decided, not when the reward arrived
   * @throws AppError `bandit/bad-reward` | `bandit/bad-shape`; nothing has changed then
   */
  changeReward(row: number, x: Float32Array, change: number, weight: number, atMs: number): void {
    checkReward(change, -1);
    checkSize(x, this.dimension, weight);
    this.#sums.addReward(row, x, change, weight, atMs);
    const ridge = this.#rows[row] ?? this.#begin(row);
    if (this.#isStale(row, ridge) && this.#renew(row, ridge)) return;
    this.#kernels.addInverseProduct(
      ridge.inverseLower,
      this.dimension,
      x,
      change * this.#relative(ridge, weight, atMs),
      ridge.theta,
    );
  }

  /** θ of a row, a copy, shape (d); μ for a row never touched. */
  weights(row: number): Float64Array {
    return (this.#rows[row]?.theta ?? this.#prior.mean).slice();
  }

  /** The posterior of a row, to read until the next call that writes; undefined for one never touched (it is the prior: θ = μ, A = λI). */
  posterior(row: number): RowPosterior | undefined {
    const ridge = this.#rows[row];
    if (ridge === undefined) return undefined;
    ridge.trials = this.#sums.trials(row);
    ridge.inflation =
      this.halfLifeMs === Infinity ? 1 : 2 ** (this.#ageMs(row, ridge) / (2 * this.halfLifeMs));
    return ridge;
  }

  /**
   * Another prior mean μ for every row: θ += λA⁻¹(μ′ − μ), O(d²) each.
   *
   * @param mean shape (d), finite
   * @throws AppError `bandit/bad-shape`; nothing has changed then
   */
  setPriorMean(mean: Float64Array): void {
    checkMean(mean, this.dimension);
    const change = mean.map((value, i) => value - this.#prior.mean[i]!);
    this.#prior = { ...this.#prior, mean: mean.slice() };
    for (const ridge of this.#rows) {
      if (ridge !== undefined)
        this.#kernels.addInverseProduct(ridge.inverseLower, this.dimension, change, this.lambda, ridge.theta);
    }
  }

  /** W and θ of a row anew from its sums, O(d³/3). @returns false when the sums are not positive definite in float64; W and θ stay then */
  refactorise(row: number): boolean {
    const ridge = this.#rows[row];
    return ridge === undefined || this.#factorise(row, ridge);
  }

  /**
   * Adds a row of another learner's sums to one of this one's, and factorises.
   *
   * @throws AppError `bandit/bad-shape` when dimension or half-life differ | `bandit/not-positive-definite`; nothing has changed then
   */
  mergeRow(row: number, other: ArmStatistics, otherRow = row): void {
    if (!other.has(otherRow)) return;
    const statistics = this.#sums.of(row);
    const before = statistics.encodeRow(row);
    statistics.mergeRow(row, other, otherRow);
    const ridge = this.#rows[row] ?? this.#begin(row);
    if (this.#factorise(row, ridge)) return;
    statistics.decodeRow(row, before);
    throw new AppError(
      'bandit/not-positive-definite',
      `λI + S of row ${row} has lost λ = ${this.lambda} to rounding; expected a larger λ or smaller contexts`,
    );
  }

  /** Makes a row the prior again, so that its number can be given to another arm. */
  clearRow(row: number): void {
    if (this.#rows[row] === undefined) return;
    this.#sums.of(row).clearRow(row);
    this.#begin(row);
  }

  /** A row's sums, W and θ as they are, to the bit: what {@link decodeRow} takes. */
  encodeRow(row: number): Uint8Array {
    return encodeRidgeRow(this.#sums.of(row).encodeRow(row), this.#rows[row]);
  }

  /** Puts a row back as it was encoded. @throws AppError `checkpoint/corrupt`; nothing has changed then */
  decodeRow(row: number, bytes: Uint8Array): void {
    const { sums, ridge } = decodeRidgeRow(bytes, this.dimension, this.#kernels);
    this.#sums.of(row).decodeRow(row, sums);
    while (this.#rows.length <= row) this.#rows.push(undefined);
    this.#rows[row] = ridge;
  }

  #begin(row: number): RidgeRow {
    const ridge = new RidgeRow(this.#kernels, this.#prior.mean, this.lambda, this.#sums.asOfMs(row) ?? 0);
    while (this.#rows.length <= row) this.#rows.push(undefined);
    this.#rows[row] = ridge;
    return ridge;
  }

  /** An example's weight on the scale of W, which was last stated at `factorisedAtMs`. */
  #relative(ridge: RidgeRow, weight: number, atMs: number): number {
    const halfLifeMs = this.halfLifeMs;
    return halfLifeMs === Infinity ? weight : weight * 2 ** ((atMs - ridge.factorisedAtMs) / halfLifeMs);
  }

  #ageMs(row: number, ridge: RidgeRow): number {
    return (this.#sums.asOfMs(row) ?? ridge.factorisedAtMs) - ridge.factorisedAtMs;
  }

  #isStale(row: number, ridge: RidgeRow): boolean {
    if (this.#refactorAfterMs === Infinity) return false;
    const patience = 4 * ridge.updates < this.dimension ? LONGEST_WAIT : 1;
    return this.#ageMs(row, ridge) > patience * this.#refactorAfterMs;
  }

  /** Factorises on schedule. @returns false when that cannot be done: W stays, and its time comes again after as long */
  #renew(row: number, ridge: RidgeRow): boolean {
    if (this.#factorise(row, ridge)) return true;
    ridge.updates = 0;
    ridge.restate(this.lambda, this.#ageMs(row, ridge), this.halfLifeMs);
    return false;
  }

  #factorise(row: number, ridge: RidgeRow): boolean {
    try {
      fitRidge(this.#fit, this.#sums.of(row), row, this.#prior, this.lambda);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'bandit/not-positive-definite')) throw error;
      return false;
    }
    ridge.updates = 0;
    ridge.theta.set(this.#fit.theta);
    ridge.inverseLower.set(this.#fit.inverseLower);
    ridge.factorisedAtMs = this.#sums.asOfMs(row) ?? ridge.factorisedAtMs;
    return true;
  }
}
