import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { createKernels, type Kernels } from './kernels.js';
import { packedLength } from './packed.js';
import { RowTable } from './row-table.js';

const wasm = createKernels();
const twins = createKernels({ simd: false });
/** Every size that a loop of two, four or sixteen lanes ends differently on, up to the largest. */
const dimensions = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 41, max: 256 }) },
);
const seeds = fc.integer({ min: 0, max: 2 ** 30 });

type Random = ReturnType<typeof seededRng>;

function normals(rng: Random, length: number): Float64Array {
  return Float64Array.from({ length }, () => rng.normal());
}

/** `values` as an array of the kernels' own, or an ordinary one. */
function float64(kernels: Kernels, values: Float64Array, inside: boolean): Float64Array {
  const view = inside ? kernels.float64(values.length) : new Float64Array(values.length);
  view.set(values);
  return view;
}

/** The identity times 1 + d/10 plus xxᵀ for a few x, packed: positive definite. */
function positiveDefinite(rng: Random, d: number): Float64Array {
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

/** Rows of which every third is missing, filled from one seed, with their absolute values if asked. */
function filledTable(kernels: Kernels, seed: number, stride: number, absolute = false): RowTable {
  const rng = seededRng(seed);
  const table = new RowTable(stride, kernels);
  for (const row of [1, 2, 4, 5, 7, 8, 10]) {
    const slot = table.claim(row);
    const values = Float32Array.from({ length: stride }, () => rng.normal());
    table.block(slot).set(absolute ? values.map(Math.abs) : values, table.offset(slot));
  }
  return table;
}

describe('float32 kernels agree with their twins within 1e-6 of Σ|a·b|', () => {
  const slates = fc.record({
    d: dimensions,
    count: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
      { weight: 1, arbitrary: fc.integer({ min: 13, max: 200 }) },
    ),
    seed: seeds,
    inside: fc.boolean(),
    pad: fc.nat(3),
  });

  it('x·θ of every arm, known or not', () => {
    fc.assert(
      fc.property(slates, ({ d, count, seed, inside, pad }) => {
        const [fast, plain] = [wasm, twins].map((kernels) => {
          const rng = seededRng(seed);
          const table = filledTable(kernels, seed, d + pad);
          const rows = Int32Array.from({ length: count }, () => rng.below(15));
          const contexts = inside ? kernels.float32(count * d) : new Float32Array(count * d);
          contexts.set(normals(rng, count * d));
          const unknown = normals(rng, d);
          const out = inside ? kernels.float64(count) : new Float64Array(count);
          expect(kernels.gatherDots(table, rows, count, contexts, d, unknown, out)).toBe(-1);
          return { table, rows, contexts, unknown, out };
        });
        const { table, rows, contexts, unknown } = plain!;
        for (let a = 0; a < count; a++) {
          const slot = table.slotOf(rows[a]!);
          let scale = 0;
          for (let i = 0; i < d; i++) {
            const weight = slot < 0 ? unknown[i]! : table.block(slot)[table.offset(slot) + i]!;
            scale += Math.abs(weight * contexts[a * d + i]!);
          }
          expect(Math.abs(fast!.out[a]! - plain!.out[a]!)).toBeLessThan(1e-6 * scale);
        }
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  it('scale·‖T·x‖ of every arm, known or not: of the norm of Σ|T(i,j)·x_j|', () => {
    fc.assert(
      fc.property(slates, ({ d, count, seed, inside, pad }) => {
        const [fast, plain, largest] = [wasm, twins, undefined].map((kernels) => {
          const rng = seededRng(seed);
          const table = filledTable(kernels ?? twins, seed, pad + packedLength(d), kernels === undefined);
          const rows = Int32Array.from({ length: count }, () => rng.below(20));
          const contexts = inside ? wasm.float32(count * d) : new Float32Array(count * d);
          contexts.set(normals(rng, count * d));
          if (kernels === undefined) contexts.forEach((x, i) => (contexts[i] = Math.abs(x)));
          const out = inside ? wasm.float64(count) : new Float64Array(count);
          (kernels ?? twins).gatherNorms(table, pad, rows, count, contexts, d, 0.3, 2, out);
          return out;
        });
        for (let a = 0; a < count; a++)
          expect(Math.abs(fast![a]! - plain![a]!)).toBeLessThan(1e-6 * largest![a]!);
      }),
      { seed: 6, numRuns: 40 },
    );
  });

  it.each([wasm, twins])('$backend: the first arm whose score is not finite is named', (kernels) => {
    const table = filledTable(kernels, 1, 4);
    const contexts = Float32Array.from({ length: 12 }, (_, i) => (i === 6 ? NaN : 1));
    const out = kernels.float64(3);
    expect(kernels.gatherDots(table, Int32Array.of(1, 2, 1), 3, contexts, 4, new Float64Array(4), out)).toBe(
      1,
    );
    contexts.fill(Infinity);
    expect(
      kernels.gatherDots(table, Int32Array.of(0, 2, 1), 1, contexts, 4, Float64Array.of(9, 9, 9, 9), out),
    ).toBe(0);
  });
});
