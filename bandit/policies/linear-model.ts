import { sharedKernels } from '../linalg/kernels.js';
import { packedLength } from '../linalg/packed.js';
import { RowTable } from '../linalg/row-table.js';
import type { Prior } from '../policy.js';
import { emptyPrior } from '../prior.js';
import type { WeightedModel } from './weighted-model.js';

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
 * θ and n alone, and 4 per row number for finding it (see RowTable). A row that was never fitted takes nothing: it is the prior.
 */
export class LinearModel implements WeightedModel {
  readonly dimension: number;
  /** floats per slot: θ, then L⁻¹ and n if the policy keeps them */
  readonly stride: number;
  readonly #keepsTrials: boolean;
  #prior: Prior;
  /** for kernels, which gather from it */
  readonly table: RowTable;
  /** shape (d): the prior's μ, for kernels */
  readonly unknown: Float64Array;

  constructor(
    dimension: number,
    parts: LinearParts = { covariance: true, trials: false },
    kernels = sharedKernels(),
  ) {
    this.dimension = dimension;
    this.stride = linearStride(dimension, parts);
    this.#keepsTrials = parts.trials;
    this.#prior = emptyPrior(dimension);
    this.table = new RowTable(this.stride, kernels);
    this.unknown = kernels.float64(dimension, this);
  }

  get prior(): Prior {
    return this.#prior;
  }

  get rows(): number {
    return this.table.rows;
  }

  get byteLength(): number {
    return this.table.byteLength + this.unknown.byteLength + this.#prior.mean.byteLength;
  }

  /** The row's slot, or −1 when it was never fitted. */
  slotOf(row: number): number {
    return this.table.slotOf(row);
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
    return this.table.block(slot);
  }

  offset(slot: number): number {
    return this.table.offset(slot);
  }

  /** Forgets every row and starts from another prior: what applying a base begins with. */
  reset(prior: Prior): void {
    this.#prior = prior;
    this.unknown.set(prior.mean);
    this.table.clear();
  }

  /** The row's slot, made if need be. */
  claim(row: number): number {
    return this.table.claim(row);
  }
}

/** Floats of one artwork: θ, then L⁻¹ and n as `parts` says. @example linearStride(32, { covariance: false, trials: true }) // => 33 */
export function linearStride(dimension: number, parts: LinearParts): number {
  return dimension + (parts.covariance ? packedLength(dimension) : 0) + (parts.trials ? 1 : 0);
}
