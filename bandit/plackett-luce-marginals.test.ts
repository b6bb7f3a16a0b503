import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionals, ordered, permutations } from './plackett-luce.contract.js';
import { chiSquareDeviate } from './oracles.contract.js';
import { plackettLuceMarginals } from './plackett-luce-marginals.js';
import { plackettLuceLogPropensity } from './plackett-luce.js';

const score = fc.double({ min: -2, max: 2, noNaN: true });
const temperature = fc.double({ min: 0.05, max: 5, noNaN: true });
const logPropensity = (scores: readonly number[], t: number, order: readonly number[], first?: number) =>
  plackettLuceLogPropensity(Float64Array.from(scores), t, Int32Array.from(order), order.length, first);

describe('the log-propensity of an order', () => {
  it('is the log of Plackett’s product, for the whole and for its first positions; over all orders it sums to 1', () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 6 }), temperature, fc.nat(5), (scores, t, m) => {
        const first = Math.min(m, scores.length);
        let total = 0;
        for (const order of permutations(scores.map((_, i) => i))) {
          const p = conditionals(scores, t, order);
          total += Math.exp(logPropensity(scores, t, order));
          const log = p.slice(0, first).reduce((sum, each) => sum + Math.log(each), 0);
          expect(logPropensity(scores, t, order, first)).toBeCloseTo(log, 9);
        }
        expect(total).toBeCloseTo(1, 10);
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  it('does not change when all scores move together, and stays finite where the probability does not', () => {
    const order = [2, 0, 1];
    expect(logPropensity([5.1, 5.3, 5.2], 0.1, order)).toBeCloseTo(
      logPropensity([0.1, 0.3, 0.2], 0.1, order),
      10,
    );
    // The worst order of three scores 1e6 apart: −2e6 to put the lowest before both, −1e6 for the middle one before the highest.
    expect(logPropensity([0, 1e6, 2e6], 1, [0, 1, 2])).toBeCloseTo(-3e6, 6);
  });

  it('of no positions is 0, and of the best order tends to 0 when cold', () => {
    expect(logPropensity([1, 2], 1, [0, 1], 0)).toBe(0);
    expect(logPropensity([1, 2, 3], 1e-3, [2, 1, 0])).toBeCloseTo(0, 12);
  });

  it.each([
    { scores: [1, 2], t: 0, order: [0, 1], first: 2, code: 'bandit/bad-setting' },
    { scores: [1, Infinity], t: 1, order: [0, 1], first: 2, code: 'bandit/bad-score' },
    { scores: [1, 2], t: 1, order: [0, 1], first: 3, code: 'bandit/bad-shape' },
    { scores: [1, 2], t: 1, order: [0, 2], first: 2, code: 'bandit/bad-shape' },
    { scores: [1, 2], t: 1, order: [0, 1, 1], first: 2, code: 'bandit/bad-shape' },
  ])('refuses $scores, temperature $t, order $order, first $first', ({ scores, t, order, first, code }) => {
    expect(() => logPropensity(scores, t, order, first)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the probability of each position', () => {
  it('is the sum of Plackett’s product over every order that puts the item there (n ≤ 6, enumerated)', () => {
    fc.assert(
      fc.property(fc.array(score, { maxLength: 6 }), temperature, (scores, t) => {
        const n = scores.length;
        const expected = new Float64Array(n * n);
        for (const order of permutations(scores.map((_, i) => i))) {
          const p = conditionals(scores, t, order).reduce((product, each) => product * each, 1);
          order.forEach((item, k) => (expected[item * n + k]! += p));
        }
        const marginals = plackettLuceMarginals(Float64Array.from(scores), n, t);
        marginals.forEach((p, at) => expect(Math.abs(p - expected[at]!)).toBeLessThan(1e-11));
      }),
      { seed: 12, numRuns: 60 },
    );
  });

  it.each([
    { n: 2, spread: 1 },
    { n: 40, spread: 0 },
    { n: 200, spread: 3 },
    { n: 60, spread: 1e4 },
  ])('sums to 1 over positions and over items: $n items, logits up to ±$spread', ({ n, spread }) => {
    const scores = Float64Array.from({ length: n }, (_, i) => spread * Math.sin(7.3 * i));
    const marginals = plackettLuceMarginals(scores, n, 1);
    for (let i = 0; i < n; i++) {
      let [row, column] = [0, 0];
      for (let k = 0; k < n; k++) {
        row += marginals[i * n + k]!;
        column += marginals[k * n + i]!;
      }
      expect(Math.abs(row - 1)).toBeLessThan(1e-12);
      expect(Math.abs(column - 1)).toBeLessThan(1e-12);
    }
  });

  it('is how often draws put an item there (χ² per item, 20,000 orders of 20)', () => {
    const scores = Array.from({ length: 20 }, (_, i) => 0.1 * Math.sin(5 * i));
    const n = scores.length;
    const marginals = plackettLuceMarginals(Float64Array.from(scores), n, 0.05);
    const counts = scores.map(() => new Array<number>(n).fill(0));
    for (let key = 0; key < 20_000; key++)
      ordered(scores, 0.05, key).order.forEach((item, k) => (counts[item]![k]! += 1));
    counts.forEach((count, i) => {
      const deviate = chiSquareDeviate(count, [...marginals.subarray(i * n, (i + 1) * n)]);
      expect(Math.abs(deviate)).toBeLessThan(4.5);
    });
  });

  it('is one position each when cold, and all alike when hot or equal', () => {
    expect([...plackettLuceMarginals(Float64Array.of(0.1, 0.3, 0.2), 3, 1e-4)]).toEqual(
      [...[0, 0, 1], ...[1, 0, 0], ...[0, 1, 0]].map((p) => expect.closeTo(p, 12) as number),
    );
    for (const p of plackettLuceMarginals(Float64Array.of(0.1, 0.3, 0.2), 3, 1e9))
      expect(p).toBeCloseTo(1 / 3, 8);
    for (const p of plackettLuceMarginals(new Float64Array(5), 5, 1)) expect(p).toBeCloseTo(1 / 5, 12);
  });

  it('does not change when all scores move together', () => {
    const moved = plackettLuceMarginals(Float64Array.of(100.1, 100.3, 100.2), 3, 0.1);
    plackettLuceMarginals(Float64Array.of(0.1, 0.3, 0.2), 3, 0.1).forEach((p, at) =>
      expect(moved[at]).toBeCloseTo(p, 9),
    );
  });

  it.each([
    { scores: [1], size: 1, t: -1, code: 'bandit/bad-setting' },
    { scores: [NaN], size: 1, t: 1, code: 'bandit/bad-score' },
    { scores: [1], size: 2, t: 1, code: 'bandit/bad-shape' },
    { scores: new Array<number>(201).fill(0), size: 201, t: 1, code: 'bandit/bad-shape' },
  ])('refuses $size of $scores at temperature $t', ({ scores, size, t, code }) => {
    expect(() => plackettLuceMarginals(Float64Array.from(scores), size, t)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
