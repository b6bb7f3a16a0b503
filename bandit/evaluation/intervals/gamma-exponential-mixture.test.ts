import { describe, expect, it } from 'vitest';
import { gammaExponentialBoundary, logGammaExponentialMixture } from './gamma-exponential-mixture.js';

describe('the gamma-exponential mixture', () => {
  it('agrees with the reference implementation of Howard et al.', () => {
    // confseq, test/uniform_boundaries_unittest.cpp, TestGammaExponentialMixture (v_opt 100, α 0.05, scale c = 2): log mixture at s = 10, v = 100 is
    // −0.2490165, boundary at v = 100 is 33.02017. A scale c takes S/c, V/c², ρ/c²; ρ is the one-sided normal mixture's best, 100/(ℓ + ln(1 + ℓ)), ℓ = 2·ln 10.
    const log = 2 * Math.log(10);
    const rho = 100 / (log + Math.log(1 + log));
    expect(logGammaExponentialMixture(10 / 2, 100 / 4, rho / 4)).toBeCloseTo(-0.2490165, 6);
    expect(2 * gammaExponentialBoundary(100 / 4, rho / 4, 0.05)).toBeCloseTo(33.02017, 5);
  });

  it('is the integral that defines it', () => {
    // Simpson's rule over λ of exp(λS − ψ(λ)V)·(1 − λ)^(ρ − 1)·e^(−ρ(1 − λ)), divided by the same at S = V = 0.
    const integral = (sum: number, variance: number, rho: number): number => {
      const steps = 20_000;
      let total = 0;
      for (let i = 0; i < steps; i++) {
        const at = (lambda: number): number =>
          Math.exp(lambda * sum + (Math.log1p(-lambda) + lambda) * variance - rho * (1 - lambda)) *
          (1 - lambda) ** (rho - 1);
        const left = i / steps;
        const width = 1 / steps;
        total +=
          (width / 6) * (at(left) + 4 * at(left + width / 2) + (i === steps - 1 ? 0 : at(left + width)));
      }
      return total;
    };
    for (const [sum, variance, rho] of [
      [3, 5, 4],
      [40, 200, 12.6],
      [-2, 10, 7],
    ] as const) {
      expect(logGammaExponentialMixture(sum, variance, rho)).toBeCloseTo(
        Math.log(integral(sum, variance, rho) / integral(0, 0, rho)),
        6,
      );
    }
  });

  it('stays exact enough for ten million rows', () => {
    const boundary = gammaExponentialBoundary(1e7, 12.6, 0.025);
    expect(logGammaExponentialMixture(boundary, 1e7, 12.6)).toBeCloseTo(Math.log(40), 6);
  });
});
