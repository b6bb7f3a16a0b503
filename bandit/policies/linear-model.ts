import { packedLength } from '../linalg/packed.js';
import type { Prior } from '../policy.js';
import { emptyPrior } from '../prior.js';
import type { WeightedModel } from './weighted-model.js';

const SLOTS_PER_BLOCK = 64;
const SLOT_SHIFT = 6;

/** What a policy keeps of an artwork's posterior beside θ. */
export interface LinearParts {
  /** L⁻¹, for deviations */
  readonly covariance: boolean;
  /** n, for exploration that lessens with what has been seen */
  readonly trials: boolean;
}

/** θ and n: for policies that explore by predicted means alone */
export const MEANS_AND_TRIALS: LinearParts = { covariance: false, trials: true };
/** θ, L⁻¹ and n: for policies that explore by deviations, at a pace */
export const POSTERIORS_AND_TRIALS: LinearParts = { covariance: true, trials: true };

/**
 * Posteriors of artworks, as served: θ, L⁻¹ (of λI + S = L·Lᵀ, packed) and n in float32, side by side. 2,240 bytes per fitted artwork at d = 32 with L⁻¹, 132 with
 * θ and n alone, and 4 per row number for finding it. Blocks of 64 slots, so that a growing model never copies what it holds (a copy of 100,000 artworks would
 * stall a page). A row that was never fitted takes nothing: it is the prior.
 */
export class LinearModel implements WeightedModel {
  readonly dimension: number;
  /** floats per slot: θ, then L⁻¹ and n if the policy keeps them */
  readonly stride: number;
  readonly #keepsTrials: boolean;
  #prior: Prior;
  #slots = new Int32Array(0);
  #used = 0;
  #blocks: Float32Array[] = [];

  constructor(dimension: number, parts: LinearParts = { covariance: true, trials: false }) {
    this.dimension = dimension;
    this.stride = linearStride(dimension, parts);
    this.#keepsTrials = parts.trials;
    this.#prior = emptyPrior(dimension);
  }

  get prior(): Prior {
    return this.#prior;
  }

  get rows(): number {
    return this.#used;
  }

  get byteLength(): number {
    return (
      this.#slots.byteLength +
      this.#blocks.length * SLOTS_PER_BLOCK * this.stride * 4 +
      this.#prior.mean.byteLength
    );
  }

  /** The row's slot, or −1 when it was never fitted. */
  slotOf(row: number): number {
    return row >= 0 && row < this.#slots.length ? this.#slots[row]! - 1 : -1;
  }

  /** shape (d): θ of a row, the prior's μ where it was never fitted; a copy, for explanations rather than the hot path */
  weights(row: number): ArrayLike<number> {
    const slot = this.slotOf(row);
    if (slot < 0) return this.prior.mean.slice();
    return this.block(slot).slice(this.offset(slot), this.offset(slot) + this.dimension);
  }

  /** n of a row when it was last fitted; 0 where it never was, or the policy does not keep it */
  trials(row: number): number {
    const slot = this.slotOf(row);
    return slot < 0 || !this.#keepsTrials ? 0 : this.block(slot)[this.offset(slot) + this.stride - 1]!;
  }

  block(slot: number): Float32Array {
    return this.#blocks[slot >> SLOT_SHIFT]!;
  }

  offset(slot: number): number {
    return (slot & (SLOTS_PER_BLOCK - 1)) * this.stride;
  }

  /** Forgets every row and starts from another prior: what applying a base begins with. */
  reset(prior: Prior): void {
    this.#prior = prior;
    this.#slots.fill(0);
    this.#used = 0;
  }

  /** The row's slot, made if need be. */
  claim(row: number): number {
    if (row >= this.#slots.length) {
      const grown = new Int32Array(Math.max(row + 1, Math.ceil(this.#slots.length * 1.5), 64));
      grown.set(this.#slots);
      this.#slots = grown;
    }
    const known = this.#slots[row]! - 1;
    if (known >= 0) return known;
    const slot = this.#used++;
    if (slot >> SLOT_SHIFT === this.#blocks.length)
      this.#blocks.push(new Float32Array(SLOTS_PER_BLOCK * this.stride));
    this.#slots[row] = slot + 1;
    return slot;
  }
}

/** Floats of one artwork: θ, then L⁻¹ and n as `parts` says. @example linearStride(32, { covariance: false, trials: true }) // => 33 */
export function linearStride(dimension: number, parts: LinearParts): number {
  return dimension + (parts.covariance ? packedLength(dimension) : 0) + (parts.trials ? 1 : 0);
}
