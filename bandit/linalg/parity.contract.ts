import fc from 'fast-check';
import type { Rng } from '../../core/rng.js';
import { createKernels } from './kernels.js';

/** The two backends, side by side. */
export const wasm = createKernels();
export const twins = createKernels({ simd: false });

/** Every size that a loop of two, four or sixteen lanes ends differently on, up to the largest. */
export const dimensions = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 41, max: 256 }) },
);
export const seeds = fc.integer({ min: 0, max: 2 ** 30 });

export function normals(rng: Rng, length: number): Float64Array {
  return Float64Array.from({ length }, () => rng.normal());
}
