import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { betaPropensities } from './beta-propensity.js';
import { betaBestProbability } from './oracles.contract.js';

function propensities(alphas: readonly number[], betas: readonly number[]): number[] {
  const out = new Float64Array(alphas.length);
  betaPropensities(Float64Array.from(alphas), Float64Array.from(betas), alphas.length, out);
  return [...out];
}

const rng = seededRng(21);

describe('Beta propensities', () => {
  const drawn = Array.from({ length: 8 }, (_, i) => {
    const arms = Array.from({ length: 2 + (i % 6) }, () => {
      const trials = 10 ** (4.5 * rng.uniform());
      const rewards = trials * (0.05 + 0.1 * rng.uniform());
      return [1 + rewards, 9 + trials - rewards] as const;
    });
    return { name: `drawn slate ${i}`, alphas: arms.map(([a]) => a), betas: arms.map(([, b]) => b) };
  });
  it.each([
    { name: 'never shown', alphas: [1, 1, 1], betas: [9, 9, 9] },
    { name: 'poles at 0 (α < 1)', alphas: [0.2, 0.5, 0.9, 1.2], betas: [3, 2, 9, 9] },
    { name: 'sharp beside wide', alphas: [1000, 1, 1.5], betas: [9000, 9, 9] },
    { name: 'near-ties of many trials', alphas: [5000, 5010, 4990], betas: [45000, 44990, 45010] },
    { name: 'one dominant', alphas: [900, 10, 10, 10], betas: [100, 90, 90, 90] },
    ...drawn,
  ])('$name: within 1e-4 of quadrature over the incomplete Beta (oracle: @stdlib)', ({ alphas, betas }) => {
    propensities(alphas, betas).forEach((p, a) => {
      expect(Math.abs(p - betaBestProbability(alphas, betas, a))).toBeLessThan(1e-4);
    });
  });

  it('agrees with the integral done by hand', () => {
    // ∫₀¹ 12z²(1 − z)·(6z² − 8z³ + 3z⁴) dz = 12·(6/5 − 14/6 + 11/7 − 3/8) = 53/70: density of Beta(3, 2), distribution of Beta(2, 3).
    expect(propensities([2, 3], [3, 2])[1]).toBeCloseTo(53 / 70, 5);
  });

  it('sums to 1, for the extremes of parameters too', () => {
    for (const [alphas, betas] of [
      [
        [1e-3, 1e-3],
        [1e-3, 1e-3],
      ],
      [
        [1e8, 1e8 + 1e4, 3],
        [1e9, 1e9, 30],
      ],
      [
        [1e-4, 5],
        [10, 1e6],
      ],
    ] as const) {
      const p = propensities(alphas, betas);
      expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      expect(Math.min(...p)).toBeGreaterThanOrEqual(0);
    }
  });

  it.each([
    [
      [0, 1],
      [1, 1],
    ],
    [
      [1, 1],
      [1, -2],
    ],
    [
      [NaN, 1],
      [1, 1],
    ],
    [
      [1, Infinity],
      [1, 1],
    ],
  ])('refuses α = %j, β = %j', (alphas, betas) => {
    expect(() => propensities(alphas, betas)).toThrow(expect.objectContaining({ code: 'bandit/bad-score' }));
  });

  it('refuses no arms', () => {
    expect(() => propensities([], [])).toThrow(expect.objectContaining({ code: 'bandit/empty-slate' }));
  });
});
