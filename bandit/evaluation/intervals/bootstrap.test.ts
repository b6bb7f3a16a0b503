import { describe, expect, it } from 'vitest';
import { seededRng } from '../../../core/rng.js';
import { worldLog } from '../../../test/support/bandit-world.js';
import { ipw, snipw, type Estimator, type Interval, type LoggedOutcome } from '../index.js';
import { writePoissonCounts } from './poisson-weights.js';

function intervalOf(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Interval {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator.estimate().intervals[0]!;
}

const own = (reward: number): LoggedOutcome => ({ reward, loggingPropensity: 0.5, targetPropensity: 0.5 });

describe('the Poisson bootstrap', () => {
  it('counts like Poisson(1): mean 1, variance 1, the same for the same cluster', () => {
    const counts = new Uint8Array(10_000);
    const again = new Uint8Array(10_000);
    let sum = 0;
    let squares = 0;
    for (let cluster = 0; cluster < 100; cluster++) {
      writePoissonCounts(counts, cluster * 7919);
      for (const count of counts) {
        sum += count;
        squares += count * count;
      }
    }
    writePoissonCounts(again, 99 * 7919);
    expect(again).toEqual(counts);
    // A million draws: standard error of the mean 0.001; of the second moment (E N⁴ = 15, so √11/1000) 0.0033. Four of each.
    expect(Math.abs(sum / 1e6 - 1)).toBeLessThan(0.004);
    expect(Math.abs(squares / 1e6 - 2)).toBeLessThan(0.0133);
  });

  it('agrees with the Gaussian interval by cluster, where rows of one member repeat each other', () => {
    const rows = worldLog(seededRng(31), { logging: 'skewed', rows: 2000 }).flatMap((row, i) =>
      Array.from({ length: 4 }, () => ({ ...row, clusterId: `member-${i}` })),
    );
    for (const create of [ipw, snipw]) {
      const estimator = create({ intervals: ['bootstrap'], bootstrap: { replicates: 2000 } });
      const { low, high, guarantee } = intervalOf(estimator, rows);
      const gaussian = estimator.estimate();
      expect(guarantee).toBe('asymptotic');
      // 2,000 replicates place a 2.5 % quantile within about 3 % of the width.
      expect((high - low) / (gaussian.high - gaussian.low)).toBeGreaterThan(0.92);
      expect((high - low) / (gaussian.high - gaussian.low)).toBeLessThan(1.08);
    }
  });

  it('is the same with the same seed, another with another, and does not depend on the order of members', () => {
    const rows = worldLog(seededRng(32), { logging: 'skewed', rows: 300 }).map((row, i) => ({
      ...row,
      clusterId: `member-${i % 60}`,
    }));
    const of = (seed: number, log: readonly LoggedOutcome[]): Interval =>
      intervalOf(ipw({ intervals: ['bootstrap'], bootstrap: { seed, replicates: 200 } }), log);
    expect(of(1, rows)).toEqual(of(1, rows));
    expect(of(2, rows)).not.toEqual(of(1, rows));
    expect(of(1, [...rows].reverse()).low).toBeCloseTo(of(1, rows).low, 12);
  });

  it('has no ends with one member alone', () => {
    const rows = [own(1), own(0), own(1)].map((row) => ({ ...row, clusterId: 'm' }));
    expect(intervalOf(ipw({ intervals: ['bootstrap'] }), rows)).toMatchObject({
      low: -Infinity,
      high: Infinity,
    });
  });
});
