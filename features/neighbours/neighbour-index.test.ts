import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../bandit/index.js';
import type { AppError } from '../../core/errors.js';
import { seededRng } from '../../core/rng.js';
import { BestSoFar } from './best-so-far.js';
import { NeighbourIndex } from './neighbour-index.js';

const rng = seededRng(3);
const count = 5000;
const dimension = 40;
const ids = Array.from({ length: count }, (_, i) => `title-${i}`);
const vectors = Float32Array.from({ length: count * dimension }, () => rng.normal());

/** By the definition, in float64, with a sort. */
function slowly(query: Float32Array, k: number): { id: string; score: number }[] {
  const length = (v: Float32Array): number => Math.hypot(...v);
  return ids
    .map((id, row) => {
      const v = vectors.subarray(row * dimension, (row + 1) * dimension);
      return { id, score: v.reduce((s, x, i) => s + x * query[i]!, 0) / length(v) / length(query) };
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, k);
}

const backends = [
  ['wasm', createKernels()],
  ['typescript', createKernels({ simd: false })],
] as const;

describe.each(backends)('nearest neighbours on %s', (_name, kernels) => {
  it('are those of a plain search in float32', () => {
    const index = new NeighbourIndex(ids, vectors, { precision: 'float32', kernels });
    const query = vectors.subarray(0, dimension).map((x) => x + rng.normal());
    const found = index.nearest(query, 20);
    const expected = slowly(query, 20);
    expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(expected[i]!.score, 5);
  });

  it('in int8 score within 0.01 of exact, and are nearly the same ones', () => {
    const index = new NeighbourIndex(ids, vectors, { kernels });
    for (let q = 0; q < 5; q++) {
      const query = Float32Array.from({ length: dimension }, () => rng.normal());
      const found = index.nearest(query, 50);
      const expected = slowly(query, 50);
      for (const [i, { score }] of found.entries())
        expect(Math.abs(score - expected[i]!.score)).toBeLessThan(0.01);
      const both = new Set([...found, ...expected].map(({ id }) => id));
      expect(both.size).toBeLessThanOrEqual(55);
    }
  });

  it('leave the title itself out, and what is not accepted', () => {
    const index = new NeighbourIndex(ids, vectors, { kernels });
    const query = vectors.subarray(7 * dimension, 8 * dimension);
    const expected = slowly(query, 60)
      .map(({ id }) => id)
      .filter((id) => id !== 'title-7' && id.endsWith('1'));
    const found = index.nearestTo('title-7', 3, { accepts: (id) => id.endsWith('1') });
    expect(found.length).toBe(3);
    for (const { id } of found) expect(id.endsWith('1')).toBe(true);
    expect(expected.slice(0, 1)).toEqual([found[0]!.id]);
    expect(index.nearestTo('title-7', 3).map(({ id }) => id)).not.toContain('title-7');
  });
});

it('takes d + 4 bytes per title in int8, and 4·d in float32: below 300 at d = 64', () => {
  const some = Float32Array.from({ length: 100 * 64 }, () => rng.normal());
  const int8 = new NeighbourIndex(ids.slice(0, 100), some);
  const float32 = new NeighbourIndex(ids.slice(0, 100), some, { precision: 'float32' });
  expect([int8.vectorBytes / 100, float32.vectorBytes / 100]).toEqual([68, 256]);
});

it('answers what there is of an index of few, of one, of none, and of zeros', () => {
  const two = new NeighbourIndex(['a', 'b'], Float32Array.of(1, 0, 0, 0));
  expect(two.nearest([2, 0], 9)).toEqual([
    { id: 'a', score: expect.closeTo(1, 5) as number },
    { id: 'b', score: 0 },
  ]);
  expect(two.nearest([0, 0], 9).map(({ score }) => score)).toEqual([0, 0]);
  expect(two.nearest([1, 0], 0)).toEqual([]);
  expect(new NeighbourIndex(['a'], Float32Array.of(1)).nearestTo('a', 5)).toEqual([]);
  expect(new NeighbourIndex([], new Float32Array(0)).nearest([], 3)).toEqual([]);
});

describe('what cannot be searched', () => {
  const index = new NeighbourIndex(['a', 'b'], Float32Array.of(1, 0, 0, 1));
  const cases: readonly (readonly [string, () => unknown, string, RegExp])[] = [
    [
      'a vector of another length',
      () => index.nearest([1, 2, 3], 1),
      'vectors/bad-shape',
      /3 numbers; expected 2/,
    ],
    ['NaN', () => index.nearest([1, NaN], 1), 'vectors/not-finite', /finite/],
    ['an unknown id', () => index.nearestTo('c', 1), 'vectors/unknown-id', /"c"/],
    ['a broken k', () => index.nearest([1, 0], 1.5), 'vectors/bad-shape', /k is 1.5/],
    [
      'numbers that do not divide',
      () => new NeighbourIndex(['a', 'b'], new Float32Array(3)),
      'vectors/bad-shape',
      /3 numbers for 2 ids/,
    ],
    [
      'vectors with an infinite number',
      () => new NeighbourIndex(['a'], Float32Array.of(Infinity)),
      'vectors/not-finite',
      /"a"/,
    ],
    [
      'an id twice',
      () => new NeighbourIndex(['a', 'a'], new Float32Array(2)),
      'vectors/duplicate-id',
      /"a" comes twice/,
    ],
  ];
  it.each(cases)('%s', (_name, act, code, message) => {
    expect(act).toThrow(expect.objectContaining({ code }) as AppError);
    expect(act).toThrow(message);
  });
});

it('keeps the best few of any scores, the earlier of equal ones', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 })), fc.integer({ min: 1, max: 8 }), (scores, k) => {
      const best = new BestSoFar(k);
      for (const [row, score] of scores.entries()) best.offer(row, score);
      const expected = scores
        .map((score, row) => [row, score] as const)
        .sort(([rowA, a], [rowB, b]) => b - a || rowA - rowB)
        .slice(0, k);
      expect(best.sorted()).toEqual(expected);
    }),
    { seed: 5 },
  );
});
