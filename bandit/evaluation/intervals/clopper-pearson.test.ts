import betaCdf from '@stdlib/stats-base-dists-beta-cdf';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../../core/rng.js';
import { clopperPearson, ipw, replay, type Estimator, type Interval, type LoggedOutcome } from '../index.js';

function intervalOf(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Interval {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator.estimate().intervals[0]!;
}

const own = (reward: number): LoggedOutcome => ({ reward, loggingPropensity: 0.5, targetPropensity: 0.5 });

describe('Clopper–Pearson', () => {
  it('agrees with published limits', () => {
    // Clopper–Pearson 95 % limits of 10 in 100 as R's binom.test prints them: 0.04900469, 0.17622260.
    const { low, high } = clopperPearson(10, 100, 0.95);
    expect(low).toBeCloseTo(0.04900469, 8);
    expect(high).toBeCloseTo(0.1762226, 7);
  });

  it('is closed at the ends: none in n has the limit 1 − (α/2)^(1/n)', () => {
    expect(clopperPearson(0, 10, 0.95)).toEqual({
      low: 0,
      high: expect.closeTo(1 - 0.025 ** 0.1, 10) as number,
    });
    expect(clopperPearson(10, 10, 0.95)).toEqual({
      low: expect.closeTo(0.025 ** 0.1, 10) as number,
      high: 1,
    });
  });

  it('solves its definition for large counts: the Beta distribution has α/2 below low and above high', () => {
    const { low, high } = clopperPearson(40_000, 10_000_000, 0.95);
    expect(betaCdf(low, 40_000, 9_960_001)).toBeCloseTo(0.025, 6);
    expect(betaCdf(high, 40_001, 9_960_000)).toBeCloseTo(0.975, 6);
  });

  it('is exact on policy, approximate elsewhere, and says which', () => {
    const rows = Array.from({ length: 100 }, (_, i) => own(i < 10 ? 1 : 0));
    const exact = intervalOf(ipw({ intervals: ['clopper-pearson'] }), rows);
    expect(exact).toMatchObject({ guarantee: 'exact', low: clopperPearson(10, 100, 0.95).low });
    const off = [...rows, { ...own(1), targetPropensity: 1 }];
    expect(intervalOf(ipw({ intervals: ['clopper-pearson'] }), off)).toMatchObject({
      guarantee: 'approximate',
    });
    const members = rows.map((row) => ({ ...row, clusterId: 'm' }));
    expect(intervalOf(ipw({ intervals: ['clopper-pearson'] }), members)).toMatchObject({
      guarantee: 'approximate',
    });
  });

  it('is exact for what replay keeps of a uniform log', () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({
      ...own(i % 5 === 0 ? 1 : 0),
      targetPropensity: 0.5,
    }));
    const estimator = replay(seededRng(4), { intervals: ['clopper-pearson'] });
    const { low, high, guarantee } = intervalOf(estimator, rows);
    const { value, effectiveSampleSize } = estimator.estimate();
    const kept = Math.round(effectiveSampleSize);
    const expected = clopperPearson(Math.round(value * kept), kept, 0.95);
    expect(guarantee).toBe('exact');
    expect(low).toBeCloseTo(expected.low, 12);
    expect(high).toBeCloseTo(expected.high, 12);
  });

  it('has nothing to say of rewards that are not binary', () => {
    expect(intervalOf(ipw({ intervals: ['clopper-pearson'] }), [own(0.5), own(1)])).toMatchObject({
      low: NaN,
      high: NaN,
      guarantee: 'none',
    });
  });
});
