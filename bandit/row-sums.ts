import type { Kernels } from './linalg/kernels.js';
import { packedLength } from './linalg/packed.js';
import { scale } from './linalg/rank-one.js';

/** Where each sum stands: n, Σr, asOfMs, then S packed, then b. */
export const TRIALS_AT = 0;
export const REWARD_AT = 1;
export const AS_OF_AT = 2;
export const OUTER_AT = 3;

/**
 * The arithmetic of one set of sums inside a block of floats: n, Σr, S and b as of the latest time seen, where something that happened at t weighs 2^(−(asOf − t)/halfLife). What happens
 * later scales the sums down first; what happened earlier enters weighted down. Nothing is checked here, nothing allocated.
 */
export class RowSums {
  /** floats of one set */
  readonly stride: number;
  /** where b begins */
  readonly rewardedAt: number;

  constructor(
    readonly dimension: number,
    readonly halfLifeMs: number,
    readonly kernels: Kernels,
  ) {
    this.rewardedAt = OUTER_AT + packedLength(dimension);
    this.stride = this.rewardedAt + dimension;
  }

  /** n += w, S += w·xxᵀ. @param known whether the sums have seen anything, so that their time means something */
  addTrial(
    block: Float64Array,
    base: number,
    known: boolean,
    x: Float32Array,
    offset: number,
    weight: number,
    atMs: number,
  ): void {
    const decay = this.#decayTo(block, base, known, atMs);
    const w = weight * this.#weightAt(block, base, atMs);
    block[base + TRIALS_AT] = block[base + TRIALS_AT]! * decay + w;
    if (decay !== 1) {
      block[base + REWARD_AT] = block[base + REWARD_AT]! * decay;
      scale(block, base + this.rewardedAt, this.dimension, decay);
    }
    this.kernels.addOuterProduct(block, base + OUTER_AT, x, offset, this.dimension, w, decay);
  }

  /** Σr += w·Δr, b += w·Δr·x. @param weightedChange w·Δr */
  addReward(
    block: Float64Array,
    base: number,
    known: boolean,
    x: Float32Array,
    offset: number,
    weightedChange: number,
    atMs: number,
  ): void {
    this.#scaleTo(block, base, known, atMs);
    const change = weightedChange * this.#weightAt(block, base, atMs);
    block[base + REWARD_AT] = block[base + REWARD_AT]! + change;
    const rewarded = base + this.rewardedAt;
    for (let i = 0; i < this.dimension; i++)
      block[rewarded + i] = block[rewarded + i]! + change * x[offset + i]!;
  }

  /** Adds the sums at `theirsAt` of another array. */
  merge(block: Float64Array, base: number, known: boolean, theirs: Float64Array, theirsAt: number): void {
    const atMs = theirs[theirsAt + AS_OF_AT]!;
    this.#scaleTo(block, base, known, atMs);
    const weight = this.#weightAt(block, base, atMs);
    for (let i = 0; i < this.stride; i++) {
      if (i !== AS_OF_AT) block[base + i] = block[base + i]! + weight * theirs[theirsAt + i]!;
    }
  }

  /** Multiplies every sum, and not the time. */
  scale(block: Float64Array, base: number, factor: number): void {
    scale(block, base, AS_OF_AT, factor);
    scale(block, base + OUTER_AT, this.stride - OUTER_AT, factor);
  }

  #scaleTo(block: Float64Array, base: number, known: boolean, atMs: number): void {
    const decay = this.#decayTo(block, base, known, atMs);
    if (decay !== 1) this.scale(block, base, decay);
  }

  /** Moves the time forward if `atMs` is later; returns what the sums must be multiplied by. */
  #decayTo(block: Float64Array, base: number, known: boolean, atMs: number): number {
    const asOf = block[base + AS_OF_AT]!;
    if (!known) {
      block[base + AS_OF_AT] = atMs;
      return 1;
    }
    if (atMs <= asOf) return 1;
    block[base + AS_OF_AT] = atMs;
    return this.halfLifeMs === Infinity ? 1 : 2 ** ((asOf - atMs) / this.halfLifeMs);
  }

  /** Weight, as of the sums' time, of something that happened at `atMs` (not later). */
  #weightAt(block: Float64Array, base: number, atMs: number): number {
    const age = block[base + AS_OF_AT]! - atMs;
    return age === 0 || this.halfLifeMs === Infinity ? 1 : 2 ** (-age / this.halfLifeMs);
  }
}
