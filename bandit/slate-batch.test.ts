import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { seeds, twins, wasm } from './linalg/parity.contract.js';
import { SlateBatch } from './slate-batch.js';
import { SlateRecord } from './slate-record.js';

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });
const shapes = fc.record({
  headLength: fc.integer({ min: 1, max: 9 }),
  size: fc.integer({ min: 1, max: 14 }),
});

/** The same slates on one backend. */
function expanded(
  kernels: typeof wasm,
  seed: number,
  shape: { headLength: number; size: number },
  each: number[],
) {
  const rng = seededRng(seed);
  const floats = (length: number) => Float32Array.from({ length }, () => rng.normal());
  const words = (length: number) => Uint32Array.from({ length }, () => rng.below(2 ** 32));
  const batch = new SlateBatch(shape, kernels);
  batch.contexts.fill(NaN);
  batch.clear();
  for (const arms of each) {
    const rows = Int32Array.from({ length: arms }, () => rng.below(1000));
    expect(batch.add(new SlateRecord(kernels, rows, words(arms), floats(arms * shape.size)), arms)).toBe(
      true,
    );
  }
  const context = { head: floats(shape.headLength), member: floats(shape.size) };
  batch.expand(context, true);
  const arms = batch.starts[batch.count]!;
  const d = shape.headLength + 1 + 2 * shape.size;
  return {
    context,
    rows: batch.rows.slice(0, arms),
    hashes: batch.hashes.slice(0, arms),
    contexts: batch.contexts.slice(0, arms * d),
    d,
  };
}

describe('a batch of slates', () => {
  it('is the same bits on both backends: rows, hashes, and x = [ head · m·a · m ⊙ a · m ]', () => {
    fc.assert(
      fc.property(seeds, shapes, sizes, (seed, shape, each) => {
        const [fast, plain] = [wasm, twins].map((kernels) => expanded(kernels, seed, shape, each));
        expect(fast).toEqual(plain);
        const { context, contexts, d } = plain!;
        const { headLength, size } = shape;
        for (let at = 0; at < contexts.length; at += d) {
          expect(contexts.slice(at, at + headLength)).toEqual(context.head);
          expect(contexts.slice(at + d - size, at + d)).toEqual(context.member);
          const products = contexts.subarray(at + headLength + 1, at + headLength + 1 + size);
          expect(products.reduce((sum, v) => sum + v, 0)).toBeCloseTo(contexts[at + headLength]!, 4);
        }
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('takes no more than it has room for, and at least one slate of the most arms', () => {
    const batch = new SlateBatch({ headLength: 1, size: 2, slates: 2, arms: 1 }, wasm);
    const record = (arms: number) =>
      new SlateRecord(wasm, new Int32Array(arms), new Uint32Array(arms), new Float32Array(2 * arms));
    batch.clear();
    expect([record(199), record(2)].map((one) => batch.add(one, 0))).toEqual([true, false]);
    expect([record(1), record(1)].map((one) => batch.add(one, 0))).toEqual([true, false]);
    expect(batch.count).toBe(2);
  });
});
