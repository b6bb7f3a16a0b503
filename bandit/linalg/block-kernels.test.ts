import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { blockKernels, LIKENESSES, type Likeness } from './block-kernels.js';
import { TYPESCRIPT_BLOCKS } from './block-typescript.js';
import { createKernels } from './kernels.js';

const kernels = createKernels();
const blocks = blockKernels(kernels);
const rng = seededRng(1);

function random(length: number): Float32Array {
  const values = kernels.float32(length);
  for (let i = 0; i < length; i++) values[i] = rng.normal();
  return values;
}

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  for (const [i, value] of actual.entries())
    expect(Math.abs(value - expected[i]!), `element ${i}`).toBeLessThan(tolerance);
}

describe.each(LIKENESSES)('%s', (likeness) => {
  it.each([1, 2, 3, 4, 7, 64])('scores %i rows as the twin does, from any row on', (count) => {
    const [query, block] = [random(32), random(70 * 32)];
    const out = kernels.float32(count + 1);
    out[count] = 77;
    blocks.scores(likeness, query, block, 5, count, 32, out);
    const expected = new Float32Array(count);
    TYPESCRIPT_BLOCKS.scores(likeness, query, block, 5, count, 32, expected);
    expectClose(out.subarray(0, count), expected, 1e-4);
    expect(out[count]).toBe(77);
  });

  it('has the gradients that finite differences of its scores have', () => {
    const [query, block, weights] = [random(16), random(3 * 16), random(3)];
    const [toQuery, toBlock] = [kernels.float32(16), kernels.float32(48)];
    blocks.gradients(likeness, query, block, 3, 16, weights, toQuery, toBlock);
    for (const [values, gradient] of [
      [query, toQuery],
      [block, toBlock],
    ] as const)
      for (let i = 0; i < values.length; i++)
        expect(gradient[i]).toBeCloseTo(difference(likeness, query, block, weights, values, i), 3);
  });

  it('has the gradients of its twin, and leaves rows of weight 0 alone', () => {
    const [query, block] = [random(32), random(5 * 32)];
    const weights = kernels.float32(5);
    weights.set([0.5, 0, -2, 1e-3, 0]);
    block.copyWithin(0, 32, 48);
    query.set(block.subarray(0, 8));
    const [toQuery, toBlock] = [kernels.float32(32), kernels.float32(5 * 32)];
    blocks.gradients(likeness, query, block, 5, 32, weights, toQuery, toBlock);
    const [query2, block2] = [new Float32Array(32), new Float32Array(5 * 32)];
    TYPESCRIPT_BLOCKS.gradients(likeness, query, block, 5, 32, weights, query2, block2);
    expectClose(toQuery, query2, 1e-5);
    expectClose(toBlock, block2, 1e-5);
    expect(toBlock.subarray(32, 64).every((value) => value === 0)).toBe(true);
  });
});

/** Of Σ weights·likeness by `values[i]`, in float64 by the definitions; of l2 half the square. */
function difference(
  likeness: Likeness,
  query: Float32Array,
  block: Float32Array,
  weights: Float32Array,
  values: Float32Array,
  i: number,
): number {
  const total = (): number => {
    let sum = 0;
    for (let c = 0; c < 3; c++) {
      const apart = Array.from(query, (q, j) => q - block[c * 16 + j]!);
      const score = {
        dot: () => query.reduce((s, q, j) => s + q * block[c * 16 + j]!, 0),
        l1: () => -apart.reduce((s, a) => s + Math.abs(a), 0),
        l2: () => -apart.reduce((s, a) => s + (a * a) / 2, 0),
        modulus: () => -apart.slice(0, 8).reduce((s, a, j) => s + Math.hypot(a, apart[8 + j]!), 0),
      }[likeness]();
      sum += weights[c]! * score;
    }
    return sum;
  };
  const before = values[i]!;
  values[i] = before + 2 ** -10;
  const [above, up] = [total(), values[i]];
  values[i] = before - 2 ** -10;
  const [below, down] = [total(), values[i]];
  values[i] = before;
  return (above - below) / (up - down);
}

describe('an Adagrad step', () => {
  it('is what the paper says, and clears the gradient', () => {
    const [values, squares, gradient] = [random(12), kernels.float32(12), random(8)];
    squares.fill(3);
    const [v, g] = [Float32Array.from(values), Float32Array.from(gradient)];
    blocks.adagradStep(values, squares, 4, gradient, 0, 8, 0.1);
    for (let i = 0; i < 8; i++) {
      expect(squares[4 + i]).toBeCloseTo(3 + g[i]! ** 2, 5);
      expect(values[4 + i]).toBeCloseTo(v[4 + i]! - (0.1 * g[i]!) / Math.sqrt(3 + g[i]! ** 2), 5);
    }
    expect(values.subarray(0, 4)).toEqual(v.subarray(0, 4));
    expect(gradient.every((value) => value === 0)).toBe(true);
  });
});

describe('dots of int8', () => {
  it.each([1, 2, 3, 4, 9])('of %i rows are exact sums, at the extremes too', (count) => {
    const length = 48;
    const memory = kernels.int32((10 * length) / 4);
    const block = new Int8Array(memory.buffer, memory.byteOffset, 10 * length);
    const wide = kernels.int32(length / 2);
    const query = new Int16Array(wide.buffer, wide.byteOffset, length);
    for (let i = 0; i < length; i++) query[i] = i % 2 === 0 ? -127 : 127;
    for (let i = 0; i < block.length; i++) block[i] = i % 5 === 0 ? -127 : rng.below(255) - 127;
    const [scales, out] = [random(10), kernels.float32(count)];
    blocks.dotsInt8(query, block, 1, count, length, scales, 0.5, out);
    for (let c = 0; c < count; c++) {
      const sum = query.reduce((s, q, i) => s + q * block[(1 + c) * length + i]!, 0);
      expect(out[c]).toBeCloseTo(sum * scales[1 + c]! * 0.5, 2);
    }
  });
});
