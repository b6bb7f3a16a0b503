import { describe, expect, it } from 'vitest';
import { ipw, type Estimator, type Interval, type LoggedOutcome } from '../index.js';
import { empiricalBernsteinMargin } from './empirical-bernstein.js';

function intervalOf(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Interval {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator.estimate().intervals[0]!;
}

const own = (reward: number): LoggedOutcome => ({ reward, loggingPropensity: 0.5, targetPropensity: 0.5 });

describe('empirical Bernstein', () => {
  it('is the formula of Maurer & Pontil by hand', () => {
    // n = 9, s² = 0.25, R = 2, α = 4/e²: √(2·0.25·2/9) + 7·2·2/(3·8).
    expect(empiricalBernsteinMargin({ n: 9, variance: 0.25, range: 2 }, 1 - 4 / Math.E ** 2)).toBeCloseTo(
      1 / 3 + 28 / 24,
      12,
    );
  });

  it('of IPW uses [0, W], and calls a range that it only saw approximate', () => {
    const rows = Array.from({ length: 50 }, (_, i) => own(i % 2));
    const bound = intervalOf(ipw({ intervals: ['empirical-bernstein'], weightBound: 3 }), rows);
    const seen = intervalOf(ipw({ intervals: ['empirical-bernstein'] }), rows);
    // Variance of 25 ones in 50: 12.5/49.
    const margin = (range: number): number =>
      empiricalBernsteinMargin({ n: 50, variance: 12.5 / 49, range }, 0.95);
    expect(bound).toMatchObject({
      guarantee: 'finite-sample',
      high: expect.closeTo(0.5 + margin(3), 12) as number,
    });
    expect(seen).toMatchObject({
      guarantee: 'approximate',
      high: expect.closeTo(0.5 + margin(1), 12) as number,
    });
    expect(seen.note).toContain('from the largest weight seen');
  });

  it('refuses a weight above the bound, and counts nothing', () => {
    const estimator = ipw({ weightBound: 1.5 });
    estimator.add(own(1));
    expect(() => estimator.add({ ...own(1), targetPropensity: 1 })).toThrow(
      'expected at most weightBound 1.5',
    );
    expect(estimator.estimate().n).toBe(1);
  });
});
