import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng, type Rng } from '../../core/rng.js';
import type { Kernels } from './kernels.js';
import { packedLength } from './packed.js';
import { dimensions, normals, seeds, twins, wasm } from './parity.contract.js';

/** `values` as an array of the kernels' own, or an ordinary one. */
function float64(kernels: Kernels, values: Float64Array, inside: boolean): Float64Array {
  const view = inside ? kernels.float64(values.length) : new Float64Array(values.length);
  view.set(values);
  return view;
}

/** The identity times 1 + d/10 plus xxᵀ for a few x, packed: positive definite. */
function positiveDefinite(rng: Rng, d: number): Float64Array {
  const a = new Float64Array(packedLength(d));
  for (let i = 0; i < d; i++) a[packedLength(i) + i] = 1 + d / 10;
  for (let n = 0; n < 5; n++)
    twins.addOuterProduct(a, 0, Float32Array.from(normals(rng, d)), 0, d, rng.uniform(), 1);
  return a;
}

/** Runs the same computation on both, with arrays inside and outside the kernels' memory, and expects the same bits. */
function expectSameBits(compute: (kernels: Kernels, inside: boolean) => Float64Array[]): void {
  const expected = compute(twins, false);
  for (const inside of [true, false]) {
    compute(wasm, inside).forEach((values, i) => {
      expect(values.every((value, k) => Object.is(value, expected[i]![k]))).toBe(true);
    });
  }
}

it('runs on WebAssembly here: parity of the twins with themselves would prove nothing', () => {
  expect([wasm.backend, twins.backend]).toEqual(['wasm', 'typescript']);
});

describe('float64 kernels give the same bits as their twins', () => {
  it('S = decay·S + w·xxᵀ, from any offset, with zeros in x', () => {
    fc.assert(
      fc.property(
        dimensions,
        fc.nat(5),
        fc.nat(5),
        seeds,
        fc.constantFrom(1, 0.75),
        (d, at, offset, seed, decay) => {
          expectSameBits((kernels, inside) => {
            const rng = seededRng(seed);
            const block = float64(kernels, normals(rng, at + packedLength(d) + 3), inside);
            const x = Float32Array.from(normals(rng, offset + d), (v) => (v > 0 ? v : 0));
            kernels.addOuterProduct(block, at, x, offset, d, rng.uniform(), decay);
            return [block];
          });
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('Cholesky, inverse and solutions', () => {
    fc.assert(
      fc.property(dimensions, seeds, (d, seed) => {
        expectSameBits((kernels, inside) => {
          const rng = seededRng(seed);
          const lower = float64(kernels, positiveDefinite(rng, d), inside);
          const inverse = float64(kernels, normals(rng, packedLength(d)), inside);
          const solution = float64(kernels, normals(rng, d), inside);
          kernels.choleskyInPlace(lower, d);
          kernels.invertLower(lower, d, inverse);
          kernels.solveLower(lower, d, solution);
          const forward = solution.slice();
          kernels.solveLowerTransposed(lower, d, solution);
          return [lower, inverse, forward, solution];
        });
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('the update of an inverse factor, of float32 and float64 contexts', () => {
    fc.assert(
      fc.property(dimensions, seeds, fc.boolean(), (d, seed, single) => {
        expectSameBits((kernels, inside) => {
          const rng = seededRng(seed);
          const lower = positiveDefinite(rng, d);
          twins.choleskyInPlace(lower, d);
          const values = new Float64Array(packedLength(d));
          twins.invertLower(lower, d, values);
          const inverse = float64(kernels, values, inside);
          const theta = float64(kernels, normals(rng, d), inside);
          const grown = [0, 1, 2].map((n) => {
            const x = normals(rng, d);
            return kernels.updateInverseFactor(inverse, d, single ? Float32Array.from(x) : x, n, theta, 0.5);
          });
          return [inverse, theta, Float64Array.from(grown)];
        });
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('θ += f·A⁻¹x, and a posterior rounded to float32', () => {
    fc.assert(
      fc.property(dimensions, fc.nat(3), seeds, (d, at, seed) => {
        expectSameBits((kernels, inside) => {
          const rng = seededRng(seed);
          const inverseLower = float64(kernels, normals(rng, packedLength(d)), inside);
          const theta = float64(kernels, normals(rng, d), inside);
          kernels.addInverseProduct(inverseLower, d, Float32Array.from(normals(rng, d)), rng.normal(), theta);
          kernels.addInverseProduct(inverseLower, d, normals(rng, d), rng.normal(), theta);
          const length = at + packedLength(d);
          const served = inside ? kernels.float32(length) : new Float32Array(length);
          kernels.narrow(inverseLower, 1 + rng.uniform(), served, at, packedLength(d));
          return [theta, Float64Array.from(served)];
        });
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it('a matrix that is not positive definite is refused with the same words', () => {
    fc.assert(
      fc.property(dimensions, seeds, fc.constantFrom(NaN, -1, 0, Infinity), (d, seed, spoiled) => {
        const rng = seededRng(seed);
        const a = positiveDefinite(rng, d);
        const row = rng.below(d);
        a[packedLength(row) + row] = spoiled;
        const refusal = (kernels: Kernels): unknown => {
          try {
            kernels.choleskyInPlace(a.slice(), d);
          } catch (error) {
            return error;
          }
          return undefined;
        };
        expect(refusal(twins)).toMatchObject({ code: 'bandit/not-positive-definite' });
        expect(refusal(wasm)).toEqual(refusal(twins));
      }),
      { seed: 4, numRuns: 50 },
    );
  });
});
