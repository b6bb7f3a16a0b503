import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { normalBestProbability } from './oracles.contract.js';
import { thompsonPropensities } from './thompson-propensity.js';

function propensities(means: readonly number[], deviations: readonly number[], floor = 0): number[] {
  const out = new Float64Array(means.length);
  thompsonPropensities(Float64Array.from(means), Float64Array.from(deviations), means.length, floor, out);
  return [...out];
}

function worstError(means: readonly number[], deviations: readonly number[]): number {
  return Math.max(
    ...propensities(means, deviations).map((p, a) =>
      Math.abs(p - normalBestProbability(means, deviations, a)),
    ),
  );
}

const rng = seededRng(20);
const many = (size: number, value: (i: number) => number): number[] =>
  Array.from({ length: size }, (_, i) => value(i));

describe('Thompson propensities against adaptive quadrature (oracle: Simpson over @stdlib pdf and cdf)', () => {
  const cases: { name: string; means: number[]; deviations: number[] }[] = [
    { name: 'two arms', means: [0.1, 0.12], deviations: [0.05, 0.02] },
    { name: 'three equal arms', means: [0.1, 0.1, 0.1], deviations: [0.03, 0.03, 0.03] },
    { name: 'near-ties', means: many(8, () => 0.1 + 1e-6 * rng.normal()), deviations: many(8, () => 0.02) },
    { name: 'one dominant arm', means: [0.9, ...many(7, () => 0.1)], deviations: many(8, () => 0.03) },
    {
      name: 'one dominant, one wide',
      means: [0.9, ...many(7, () => 0.1)],
      deviations: [0.01, 0.6, ...many(6, () => 0.02)],
    },
    {
      name: 'variances 10⁶ apart',
      means: many(6, (i) => 0.1 + 0.01 * i),
      deviations: many(6, (i) => (i % 2 === 0 ? 1e-3 : 1)),
    },
    {
      name: 'variances 10¹⁰ apart',
      means: many(5, () => 0.1 * rng.normal()),
      deviations: [1e-5, 1e-4, 1e-2, 0.1, 1],
    },
    { name: 'a sharp arm inside wide ones', means: [0.5, 0.2, 0.1, 0], deviations: [1e-4, 0.5, 0.5, 0.5] },
    {
      name: '50 arms alike',
      means: many(50, () => 0.1 + 0.001 * rng.normal()),
      deviations: many(50, () => 0.03),
    },
    {
      name: '50 arms, mixed',
      means: many(50, () => 0.1 * rng.normal()),
      deviations: many(50, () => 10 ** (-3 * rng.uniform())),
    },
  ];
  it.each(cases)('$name', ({ means, deviations }) => {
    expect(worstError(means, deviations)).toBeLessThan(1e-4);
  });

  it('holds for drawn slates of 2 to 12 arms', () => {
    const arm = fc.tuple(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: -3.5, max: 0.5, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(arm, { minLength: 2, maxLength: 12 }), (arms) => {
        const error = worstError(
          arms.map(([mean]) => mean),
          arms.map(([, exponent]) => 10 ** exponent),
        );
        expect(error).toBeLessThan(1e-4);
      }),
      { seed: 7, numRuns: 40 },
    );
  });
});

describe('Thompson propensities against counting', () => {
  it.each([
    { means: [0.1, 0.12, 0.09, 0.11, 0.1], deviations: [0.02, 0.01, 0.05, 0.03, 0.02] },
    { means: [0.3, 0.1, 0.1, 0.1, 0.1], deviations: [0.01, 0.1, 0.1, 0.2, 0.05] },
  ])('matches 10⁶ seeded draws within 4 standard errors', ({ means, deviations }) => {
    const draws = 1_000_000;
    const wins = means.map(() => 0);
    const chance = seededRng(99);
    for (let n = 0; n < draws; n++) {
      let best = 0;
      let highest = -Infinity;
      for (let a = 0; a < means.length; a++) {
        const draw = means[a]! + deviations[a]! * chance.normal();
        if (draw > highest) [highest, best] = [draw, a];
      }
      wins[best] = wins[best]! + 1;
    }
    propensities(means, deviations).forEach((p, a) => {
      expect(Math.abs(wins[a]! / draws - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / draws));
    });
  });
});

describe('edges', () => {
  it('gives one arm everything', () => {
    expect(propensities([0.4], [0.1])).toEqual([1]);
  });

  it('shares among equal bests when nothing is uncertain', () => {
    expect(propensities([0.4, 0.4, 0.1], [0, 0, 0])).toEqual([0.5, 0.5, 0]);
  });

  it('takes a certain arm among uncertain ones for what it is', () => {
    // Closed form: P(N(0, 1) < 0.5) = Φ(0.5) = 0.691462 (Abramowitz & Stegun, table 26.1).
    expect(propensities([0.5, 0], [0, 1])[0]).toBeCloseTo(0.6914625, 5);
  });

  it('does not change with location and scale', () => {
    const [means, deviations] = [many(6, () => rng.normal()), many(6, () => 0.2 + rng.uniform())];
    const moved = propensities(
      means.map((m) => 1e3 * m - 40),
      deviations.map((s) => 1e3 * s),
    );
    propensities(means, deviations).forEach((p, a) => {
      expect(moved[a]).toBeCloseTo(p, 6);
    });
  });

  it('mixes the floor in: (1 − ε)·p + ε/K', () => {
    const plain = propensities([0.1, 0.2, 0.3], [0.1, 0.1, 0.1]);
    propensities([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], 0.3).forEach((p, a) => {
      expect(p).toBeCloseTo(0.7 * plain[a]! + 0.1, 12);
    });
  });

  it.each([
    { means: [NaN, 0], deviations: [1, 1] },
    { means: [0, Infinity], deviations: [1, 1] },
    { means: [0, 0], deviations: [1, -1] },
    { means: [0, 0], deviations: [1, NaN] },
  ])('refuses means $means, deviations $deviations', ({ means, deviations }) => {
    expect(() => propensities(means, deviations)).toThrow(
      expect.objectContaining({ code: 'bandit/bad-score' }),
    );
  });

  it('refuses no arms and too many', () => {
    expect(() => propensities([], [])).toThrow(expect.objectContaining({ code: 'bandit/empty-slate' }));
    expect(() =>
      propensities(
        many(201, () => 0),
        many(201, () => 1),
      ),
    ).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
  });
});
