import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import type { Kernels } from './kernels.js';
import { packedLength } from './packed.js';
import { dimensions, normals, seeds, twins, wasm } from './parity.contract.js';
import { RowTable } from './row-table.js';

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
