import { choleskyInPlace, invertLower, packedLength } from '../linalg/packed.js';
import type { Model, Prior } from '../policy.js';
import { emptyPrior } from '../prior.js';
import { LinearModel } from './linear-model.js';

/** The block shared by all artworks, as sums over them and as what is served of it. */
interface SharedBlock {
  /** packed, shape (d(d+1)/2): Σ_a (I − T_aᵀT_a); times λ, that is Σ_a (S_a − S_a·A_a⁻¹·S_a) */
  readonly information: Float64Array;
  /** shape (d): Σ_a A_a⁻¹b_a; times λ, that is Σ_a (b_a − S_a·A_a⁻¹·b_a) */
  readonly pull: Float64Array;
  /** packed, shape (d(d+1)/2): R⁻¹, with λ·R·Rᵀ = A₀ */
  readonly inverseLower: Float64Array;
  /** shape (d): β */
  readonly beta: Float64Array;
}

/** One artwork of a fitted part: m_a = A_a⁻¹b_a and T_a = √λ·L_a⁻¹, packed. */
export interface HybridRow {
  readonly row: number;
  /** shape (d + d(d+1)/2): m, then T */
  readonly values: Float32Array;
}

/**
 * The hybrid regression as served: per artwork m and T in float32 (2,240 bytes at d = 32), and the block they share in float64.
 *
 * With S_a = A_a − λI, what an artwork adds to A₀ and b₀ is λ(I − T_aᵀT_a) and λ·m_a: functions of its own served row. So the block is kept here, as a sum over the rows,
 * and every fitted part moves it: it is never older than the rows, whether they came whole or one by one, and no fit needs to see more than the rows it is asked for.
 * A base sums it anew; between two, rows that are replaced are taken out and added, which drifts by rounding alone. T is scaled so that an artwork without trials
 * (T = I) adds an exact zero.
 */
export class HybridModel implements Model {
  readonly dimension: number;
  readonly artworks: LinearModel;
  /** λ₀/λ */
  readonly #ratio: number;
  #block: SharedBlock;

  constructor(dimension: number, ratio: number) {
    this.dimension = dimension;
    this.artworks = new LinearModel(dimension);
    this.#ratio = ratio;
    this.#block = emptyBlock(dimension);
    factorise(this.#block, ratio);
  }

  get rows(): number {
    return this.artworks.rows;
  }

  get byteLength(): number {
    const { information, pull } = this.#block;
    return this.artworks.byteLength + 2 * (information.byteLength + pull.byteLength);
  }

  /** shape (d): β, the mean of what artworks have in common */
  get beta(): Float64Array {
    return this.#block.beta;
  }

  /** packed, shape (d(d+1)/2): R⁻¹, with λ·R·Rᵀ = A₀ */
  get sharedInverseLower(): Float64Array {
    return this.#block.inverseLower;
  }

  /** shape (d): β + θ_a = m_a + T_aᵀT_aβ; a copy, for explanations rather than the hot path */
  weights(row: number): ArrayLike<number> {
    const d = this.dimension;
    const { beta } = this;
    const slot = this.artworks.slotOf(row);
    if (slot < 0) return beta.slice();
    const [values, offset] = [this.artworks.block(slot), this.artworks.offset(slot)];
    const weights = Float64Array.from(values.subarray(offset, offset + d));
    for (let i = 0; i < d; i++) {
      const at = offset + d + packedLength(i);
      let y = 0;
      for (let j = 0; j <= i; j++) y += values[at + j]! * beta[j]!;
      for (let j = 0; j <= i; j++) weights[j] = weights[j]! + values[at + j]! * y;
    }
    return weights;
  }

  /**
   * Takes rows in, and what they have in common. All of them or, when the block they would give cannot be factorised, none.
   *
   * @param rows  each row number once
   * @param prior of a base, which begins by forgetting every row; undefined for a delta
   * @throws AppError `bandit/not-positive-definite`
   */
  take(rows: readonly HybridRow[], prior: Prior | undefined): void {
    const block = emptyBlock(this.dimension);
    if (prior === undefined) {
      block.information.set(this.#block.information);
      block.pull.set(this.#block.pull);
      for (const { row } of rows) {
        const slot = this.artworks.slotOf(row);
        if (slot >= 0) addRow(block, this.artworks.block(slot), this.artworks.offset(slot), -1);
      }
    }
    for (const { values } of rows) addRow(block, values, 0, 1);
    factorise(block, this.#ratio);
    if (prior !== undefined) this.artworks.reset(emptyPrior(this.dimension));
    for (const { row, values } of rows) {
      const slot = this.artworks.claim(row);
      this.artworks.block(slot).set(values, this.artworks.offset(slot));
    }
    this.#block = block;
  }
}

function emptyBlock(dimension: number): SharedBlock {
  return {
    information: new Float64Array(packedLength(dimension)),
    pull: new Float64Array(dimension),
    inverseLower: new Float64Array(packedLength(dimension)),
    beta: new Float64Array(dimension),
  };
}

/** Adds (sign 1) or takes out (−1) one artwork: I − TᵀT and m. O(d³/6), less where T has zeros, as it does for groups never seen. */
function addRow(block: SharedBlock, values: Float32Array, offset: number, sign: 1 | -1): void {
  const { information, pull } = block;
  const d = pull.length;
  for (let i = 0; i < d; i++) {
    pull[i] = pull[i]! + sign * values[offset + i]!;
    information[packedLength(i) + i] = information[packedLength(i) + i]! + sign;
    const at = offset + d + packedLength(i);
    for (let j = 0; j <= i; j++) {
      const tij = sign * values[at + j]!;
      if (tij === 0) continue;
      const into = packedLength(j);
      for (let k = 0; k <= j; k++) information[into + k] = information[into + k]! - tij * values[at + k]!;
    }
  }
}

/** R⁻¹ and β = (ρI + Σ(I − TᵀT))⁻¹ Σm = R⁻ᵀR⁻¹Σm, ρ = λ₀/λ. */
function factorise(block: SharedBlock, ratio: number): void {
  const { information, pull, inverseLower, beta } = block;
  const d = pull.length;
  const lower = information.slice();
  for (let i = 0; i < d; i++) lower[packedLength(i) + i] = lower[packedLength(i) + i]! + ratio;
  choleskyInPlace(lower, d);
  invertLower(lower, d, inverseLower);
  for (let i = 0; i < d; i++) {
    const at = packedLength(i);
    let y = 0;
    for (let j = 0; j <= i; j++) y += inverseLower[at + j]! * pull[j]!;
    for (let j = 0; j <= i; j++) beta[j] = beta[j]! + inverseLower[at + j]! * y;
  }
}
