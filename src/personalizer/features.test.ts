import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionFeatures, DIMENSION, extractFeatures, writeX } from './features.js';

const xOf = (context: unknown[], action: unknown[]): Float32Array => {
  const x = new Float32Array(DIMENSION);
  writeX(extractFeatures(context), actionFeatures('a', action), x, 0);
  return x;
};
const sorted = ({ hashes, values }: ReturnType<typeof extractFeatures>) =>
  hashes.map((hash, i) => [hash, values[i]]).sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);

describe('features', () => {
  it('are known by their path: the same name elsewhere is another feature', () => {
    const [a, b] = [{ user: { age: 1 } }, { item: { age: 1 } }].map((f) => extractFeatures([f]).hashes[0]);
    expect(a).not.toBe(b);
  });

  it('do not depend on the order of names, nor on how namespaces are split over the list', () => {
    const whole = extractFeatures([{ user: { age: 0.5, likes: ['tea', 'jam'] }, device: 'tv' }]);
    const split = extractFeatures([{ device: 'tv' }, { user: { likes: ['jam', 'tea'], age: 0.5 } }]);
    expect(sorted(split)).toEqual(sorted(whole));
  });

  it('tell texts, truths and places of numbers apart, and leave out what says nothing', () => {
    const one = (value: unknown) => extractFeatures([{ f: value }]);
    const kinds = [one('a'), one('b'), one(true), one(false), one(0.5)].map(({ hashes }) => hashes[0]);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(new Set(one([0.1, 0.2]).hashes).size).toBe(2);
    for (const nothing of [null, '', 0, [], {}]) expect(one(nothing).hashes).toEqual([]);
  });

  it('temper large numbers: sign(v)·(1 + ln|v|) beyond ±1', () => {
    const value = (v: number) => extractFeatures([{ v }]).values[0];
    expect([value(0.25), value(-1), value(Math.E), value(-Math.E * Math.E)]).toEqual([0.25, -1, 2, -3]);
  });

  it('refuse too many, too deep, and numbers that are none', () => {
    expect(() => extractFeatures([{ a: 1, b: 1 }], 1, 'contextFeatures')).toThrow(
      'contextFeatures has more than 1 features',
    );
    let deep: unknown = 1;
    for (let i = 0; i < 20; i++) deep = { deep };
    expect(() => extractFeatures([deep])).toThrow('nested deeper than 16');
    expect(() => extractFeatures([JSON.parse('{"n": 1e999}')])).toThrow('finite');
  });

  it('of any JSON object are finite, the same each time', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (list) => {
        const first = extractFeatures(list);
        expect(extractFeatures(list)).toEqual(first);
        expect(first.values.every(Number.isFinite)).toBe(true);
      }),
      { seed: 7 },
    );
  });
});

describe('x', () => {
  it('has the intercept first and is bounded however many features there are', () => {
    // ‖x‖² would be 1 + 1 + 1 + 1 without collisions; they can double single terms, not the sum's order.
    const context = Array.from({ length: 60 }, (_, i) => ({ [`c${i}`]: 'v' }));
    const action = Array.from({ length: 40 }, (_, i) => ({ [`a${i}`]: 'v' }));
    const x = xOf(context, action);
    expect(x[0]).toBe(1);
    const squares = x.reduce((sum, v) => sum + v * v, 0);
    expect(squares).toBeGreaterThan(2);
    expect(squares).toBeLessThan(8);
  });

  it('keeps the inner product of two feature vectors in the mean over names (Weinberger et al. 2009, lemma 2)', () => {
    // Two contexts that share half of their features, one action: ⟨x, x′⟩ = 1 + ½ + 1 + ½ in expectation over hash functions; names stand for those.
    const rounds = 400;
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
      const [a, b, c] = [`a${i}`, `b${i}`, `c${i}`];
      const x = xOf([{ [a]: 'v' }, { [b]: 'v' }], [{ [`k${i}`]: 'v' }]);
      const y = xOf([{ [a]: 'v' }, { [c]: 'v' }], [{ [`k${i}`]: 'v' }]);
      sum += x.reduce((total, v, j) => total + v * y[j]!, 0);
    }
    expect(sum / rounds).toBeCloseTo(3, 1);
  });

  it('knows an action without features by its id', () => {
    const [a, b] = ['a', 'b'].map((id) => actionFeatures(id, []).hashes);
    expect(a).not.toEqual(b);
    expect(actionFeatures('a', [{ t: 'x' }])).toEqual(actionFeatures('b', [{ t: 'x' }]));
  });
});
