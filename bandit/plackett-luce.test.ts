import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareDeviate } from './oracles.contract.js';
import { conditionals, ordered, permutations } from './plackett-luce.contract.js';
import { orderByPlackettLuce } from './plackett-luce.js';
import { sortDescending } from './sort-order.js';

const score = fc.double({ min: -2, max: 2, noNaN: true });

describe('Plackett–Luce', () => {
  it('draws every order of 4 items as often as Plackett’s product says (χ², 200,000 keys)', () => {
    const scores = [0.1, 0.3, 0, 0.25];
    const orders = permutations([0, 1, 2, 3]);
    const expected = orders.map((order) =>
      conditionals(scores, 0.2, order).reduce((product, p) => product * p, 1),
    );
    const at = new Map(orders.map((order, i) => [order.join(), i]));
    const counts = orders.map(() => 0);
    for (let key = 0; key < 200_000; key++) counts[at.get(ordered(scores, 0.2, key).order.join())!]!++;
    expect(Math.abs(chiSquareDeviate(counts, expected))).toBeLessThan(4);
  });

  it('states each position’s conditional probability', () => {
    fc.assert(
      fc.property(
        fc.array(score, { maxLength: 30 }),
        fc.double({ min: 0.05, max: 5, noNaN: true }),
        fc.nat(),
        (scores, t, key) => {
          const { order, propensities } = ordered(scores, t, key);
          expect([...order].sort((a, b) => a - b)).toEqual(scores.map((_, i) => i));
          conditionals(scores, t, order).forEach((p, k) => {
            expect(Math.abs(propensities[k]! - p)).toBeLessThan(1e-12);
          });
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });

  it('survives any spread of logits', () => {
    const { order, propensities } = ordered([1e6, -1e6, 0, 1e6, -1e-300], 1e-3, 3);
    expect(order.slice(0, 2).sort()).toEqual([0, 3]);
    expect(order[4]).toBe(1);
    expect(propensities[0]).toBeCloseTo(0.5, 12);
    expect(propensities.every((p) => p >= 0 && p <= 1)).toBe(true);
    expect(propensities[4]).toBe(1);
  });

  it('is greedy when cold and even when hot', () => {
    expect(ordered([0.1, 0.4, 0.2, 0.3], 1e-6, 8).order).toEqual([1, 3, 2, 0]);
    ordered([0.1, 0.4, 0.2, 0.3], 1e9, 8).propensities.forEach((p, k) => {
      expect(p).toBeCloseTo(1 / (4 - k), 8);
    });
  });

  it('orders nothing', () => {
    expect(ordered([], 1, 1)).toEqual({ order: [], propensities: [] });
  });

  it.each([
    { scores: [1, 2], temperature: 0, code: 'bandit/bad-setting' },
    { scores: [1, 2], temperature: NaN, code: 'bandit/bad-setting' },
    { scores: [1, NaN], temperature: 1, code: 'bandit/bad-score' },
    { scores: [1, 1e308], temperature: 1e-10, code: 'bandit/bad-score' },
  ])('refuses $scores at temperature $temperature', ({ scores, temperature, code }) => {
    expect(() => ordered(scores, temperature, 1)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses buffers that are too short', () => {
    const ranking = {
      size: 2,
      scores: new Float64Array(2),
      temperature: 1,
      hashes: new Uint32Array(2),
      keyA: 1,
      keyB: 1,
      groupHash: 1,
    };
    expect(() => {
      orderByPlackettLuce(ranking, new Int32Array(1), new Float64Array(2));
    }).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
  });
});

describe('sortDescending', () => {
  it('sorts as Array.prototype.sort does, ties in their first order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 300 }), (keys) => {
        const order = Int32Array.from(keys, (_, i) => i);
        sortDescending(order, Float64Array.from(keys), keys.length);
        expect([...order]).toEqual(keys.map((_, i) => i).sort((a, b) => keys[b]! - keys[a]! || a - b));
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});
