import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squareCb, writeSquareCb } from './square-cb.js';

const scores = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });
/** Multiples of 1/1024: scaling by 4 and adding 2 is exact, so near-ties stay what they are. */
const exactScores = fc.array(
  fc.integer({ min: -1024, max: 1024 }).map((n) => n / 1024),
  { minLength: 1, maxLength: 50 },
);
const gammas = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));

describe('squareCb', () => {
  it('gives the textbook numbers: K = 4, γ = 10, gaps 0.1, 0.3, 0.6 by hand', () => {
    // 1/(4 + 1) = 1/5, 1/(4 + 3) = 1/7, 1/(4 + 6) = 1/10; the best keeps 1 − 31/70 = 39/70.
    const p = squareCb(Float64Array.of(0.6, 0.7, 0.1, 0.4), 10);
    [1 / 5, 39 / 70, 1 / 10, 1 / 7].forEach((wanted, a) => {
      expect(p[a]).toBeCloseTo(wanted, 14);
    });
  });

  it('is a distribution with every arm above 0, the best at 1/K or more, and order kept', () => {
    fc.assert(
      fc.property(scores, gammas, (values, gamma) => {
        const p = squareCb(Float64Array.from(values), gamma);
        expect(Math.abs(p.reduce((sum, v) => sum + v, 0) - 1)).toBeLessThan(1e-12);
        expect(Math.min(...p)).toBeGreaterThan(0);
        const best = values.indexOf(Math.max(...values));
        expect(p[best]).toBeGreaterThanOrEqual((1 / values.length) * (1 - 1e-12));
        for (let a = 0; a < values.length; a++)
          for (let b = 0; b < values.length; b++)
            if (values[a]! < values[b]!) expect(p[a]).toBeLessThanOrEqual(p[b]! + 1e-12);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('depends on gaps alone, and on γ and gaps only through their product', () => {
    fc.assert(
      fc.property(exactScores, fc.double({ min: 0.1, max: 1e4, noNaN: true }), (values, gamma) => {
        const p = squareCb(Float64Array.from(values), gamma);
        const moved = squareCb(
          Float64Array.from(values, (v) => 4 * v + 2),
          gamma / 4,
        );
        p.forEach((v, a) => {
          expect(moved[a]).toBeCloseTo(v, 9);
        });
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('bounds regret against inverse-gap weighting: Σ p·gap ≤ (K − 1)/γ', () => {
    // Foster & Rakhlin 2020, proof of lemma 3: each arm adds gap/(K + γ·gap) < 1/γ.
    fc.assert(
      fc.property(scores, fc.double({ min: 1, max: 1e4, noNaN: true }), (values, gamma) => {
        const best = Math.max(...values);
        const regret = squareCb(Float64Array.from(values), gamma).reduce(
          (sum, p, a) => sum + p * (best - values[a]!),
          0,
        );
        expect(regret).toBeLessThanOrEqual(((values.length - 1) / gamma) * (1 + 1e-9));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('is uniform at γ = 0, gives ties to the first best, and one arm everything', () => {
    expect([...squareCb(Float64Array.of(0.3, 0.9, -0.2, 0), 0)]).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect([...squareCb(Float64Array.of(0, 1, 1), 1e12)].indexOf(1 / 3)).toBe(2);
    expect([...squareCb(Float64Array.of(-7), 3)]).toEqual([1]);
  });

  it('keeps every arm above 0 where gaps overflow', () => {
    for (const gamma of [0, 1, 1e308]) {
      const p = squareCb(Float64Array.of(Number.MAX_VALUE, -Number.MAX_VALUE, 0), gamma);
      expect(Math.min(...p)).toBeGreaterThan(0);
      expect(p[0]! + p[1]! + p[2]!).toBeCloseTo(1, 12);
    }
  });

  it.each([
    { values: [], gamma: 1, code: 'bandit/empty-slate' },
    { values: [NaN, 0], gamma: 1, code: 'bandit/bad-score' },
    { values: [0, Infinity], gamma: 1, code: 'bandit/bad-score' },
    { values: [0, 1], gamma: -1, code: 'bandit/bad-gamma' },
    { values: [0, 1], gamma: NaN, code: 'bandit/bad-gamma' },
    { values: [0, 1], gamma: Infinity, code: 'bandit/bad-gamma' },
  ])('refuses $values with γ = $gamma and writes nothing', ({ values, gamma, code }) => {
    const out = new Float64Array(4).fill(7);
    expect(() => {
      writeSquareCb(Float64Array.from(values), values.length, gamma, out);
    }).toThrow(expect.objectContaining({ code }));
    expect([...out]).toEqual([7, 7, 7, 7]);
  });
});
