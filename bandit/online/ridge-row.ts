import { AppError } from '../../core/errors.js';
import { packedLength } from '../linalg/packed.js';
import type { Kernels } from '../linalg/kernels.js';
import type { RowPosterior } from '../policy.js';

/** After so many half-lives nothing is left of what was learned. */
const MOST_HALF_LIVES = 60;

/** What one row keeps beside its sums: W, θ, and how they were come by. (1 + d/2)·d + 2 numbers of 8 bytes. */
export class RidgeRow implements RowPosterior {
  readonly theta: Float64Array;
  readonly inverseLower: Float64Array;
  /** examples since W was last factorised */
  updates = 0;
  /** the time at which W is stated: later, forgetting has scaled A down since */
  factorisedAtMs: number;
  trials = 0;
  inflation = 1;

  /** The prior: θ = μ, W = I/√λ. */
  constructor(kernels: Kernels, mean: Float64Array, lambda: number, atMs: number) {
    this.theta = kernels.float64(mean.length, this);
    this.inverseLower = kernels.float64(packedLength(mean.length), this);
    this.theta.set(mean);
    this.#scaleIdentity(lambda);
    this.factorisedAtMs = atMs;
  }

  /** States W at a later time without the sums: A shrinks as a whole, λI with it, until a factorisation succeeds again. */
  restate(lambda: number, ageMs: number, halfLifeMs: number): void {
    if (ageMs === 0 || halfLifeMs === Infinity) return;
    this.factorisedAtMs += ageMs;
    const halfLives = ageMs / halfLifeMs;
    if (halfLives < MOST_HALF_LIVES) {
      for (let i = 0; i < this.inverseLower.length; i++)
        this.inverseLower[i] = this.inverseLower[i]! * 2 ** (halfLives / 2);
    } else {
      this.inverseLower.fill(0);
      this.#scaleIdentity(lambda);
    }
  }

  #scaleIdentity(lambda: number): void {
    for (let i = 0; i < this.theta.length; i++)
      this.inverseLower[packedLength(i) + i] = 1 / Math.sqrt(lambda);
  }
}

/** u32 bytes of the sums · the sums (see row-encoding.ts) · f64 present (0 | 1), examples since factorised, when · f64 × d θ · f64 × d(d+1)/2 W; little-endian */
export function encodeRidgeRow(sums: Uint8Array, ridge: RidgeRow | undefined): Uint8Array {
  const numbers =
    ridge === undefined
      ? Float64Array.of(0, 0, 0)
      : Float64Array.of(1, ridge.updates, ridge.factorisedAtMs, ...ridge.theta);
  const factor = ridge?.inverseLower ?? new Float64Array(0);
  const bytes = new Uint8Array(4 + sums.length + 8 * (numbers.length + factor.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sums.length, true);
  bytes.set(sums, 4);
  let at = 4 + sums.length;
  for (const values of [numbers, factor]) {
    for (const value of values) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return bytes;
}

/** @throws AppError `checkpoint/corrupt` */
export function decodeRidgeRow(
  bytes: Uint8Array,
  dimension: number,
  kernels: Kernels,
): { sums: Uint8Array; ridge: RidgeRow | undefined } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sumsEnd = bytes.length < 4 ? Infinity : 4 + view.getUint32(0, true);
  const present = sumsEnd + 24 <= bytes.length ? view.getFloat64(sumsEnd, true) : NaN;
  const expected = sumsEnd + 8 * (3 + (present === 1 ? dimension + packedLength(dimension) : 0));
  if (!(present === 0 || present === 1) || bytes.length !== expected) {
    throw new AppError(
      'checkpoint/corrupt',
      `encoded ridge row has ${bytes.length} bytes; expected ${expected} for d = ${dimension}`,
    );
  }
  const sums = bytes.subarray(4, sumsEnd);
  if (present === 0) return { sums, ridge: undefined };
  const ridge = new RidgeRow(kernels, new Float64Array(dimension), 1, view.getFloat64(sumsEnd + 16, true));
  ridge.updates = view.getFloat64(sumsEnd + 8, true);
  let at = sumsEnd + 24;
  for (const values of [ridge.theta, ridge.inverseLower]) {
    for (let i = 0; i < values.length; i++, at += 8) values[i] = view.getFloat64(at, true);
    if (!values.every(Number.isFinite))
      throw new AppError('checkpoint/corrupt', 'encoded ridge row holds a number that is not finite');
  }
  return { sums, ridge };
}
