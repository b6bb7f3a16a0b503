import { describe, expect, it } from 'vitest';
import type { Estimator, LoggedOutcome } from './index.js';
import { dm, dros, ipw, snipw, switchDr } from './index.js';

function added(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Estimator {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator;
}

const fair = (reward: number): LoggedOutcome => ({ reward, loggingPropensity: 0.5, targetPropensity: 0.5 });

describe('verdicts', () => {
  const rows = (count: number, outcome: (i: number) => LoggedOutcome): LoggedOutcome[] =>
    Array.from({ length: count }, (_, i) => outcome(i));

  it('a short log with flat weights is weak, not blind', () => {
    expect(
      added(
        ipw(),
        rows(20, (i) => fair(i % 2)),
      ).estimate().verdict,
    ).toBe('weak');
  });

  it('one row with most of the weight leaves no effective sample', () => {
    const outcomes = rows(1000, (i) => ({
      reward: i % 2,
      loggingPropensity: i === 0 ? 1e-4 : 0.5,
      targetPropensity: 0.5,
    }));
    expect(added(snipw(), outcomes).estimate()).toMatchObject({ verdict: 'no-overlap' });
  });

  it('a mean weight far from 1 says that propensities are wrong', () => {
    const outcomes = rows(2000, (i) => ({
      reward: i % 2,
      loggingPropensity: 0.5,
      targetPropensity: i % 3 === 0 ? 0.7 : 0.6,
    }));
    const { verdict, reason } = added(ipw(), outcomes).estimate();
    expect(verdict).toBe('weak');
    expect(reason).toContain('standard errors from 1');
  });

  it('no reward at all is weak', () => {
    expect(
      added(
        ipw(),
        rows(500, () => fair(0)),
      ).estimate(),
    ).toMatchObject({ value: 0, verdict: 'weak' });
  });

  it('limits are settings', () => {
    const limits = { usableRewards: 1000 };
    expect(
      added(
        ipw({ limits }),
        rows(1000, (i) => fair(i % 2)),
      ).estimate().verdict,
    ).toBe('weak');
    expect(
      added(
        ipw(),
        rows(1000, (i) => fair(i % 2)),
      ).estimate().verdict,
    ).toBe('usable');
  });

  describe('of a target that wants an arm which was never logged', () => {
    const blind = (mass: number): LoggedOutcome[] =>
      rows(2000, (i) => ({
        reward: i % 2,
        loggingPropensity: 0.5,
        targetPropensity: (1 - mass) / 2,
        chosen: i % 2,
        targetProbabilities: [(1 - mass) / 2, (1 - mass) / 2, mass],
      }));
    it.each([
      [0.3, 'no-overlap', '30 % of the target'],
      [0.7, 'no-overlap', 'mean weight 0.3'],
      [0.05, 'weak', '5 % of the target'],
      [0, 'usable', 'effective sample size 2000'],
    ])('with probability %d: %s', (mass, verdict, reason) => {
      const estimate = added(ipw(), blind(mass)).estimate();
      expect(estimate).toMatchObject({ verdict, reason: expect.stringContaining(reason) as string });
      expect(estimate.neverLoggedMass).toBeCloseTo(mass, 12);
    });

    it('does not hide behind a position where it was logged', () => {
      const here = rows(1000, (i) => ({
        reward: i % 2,
        loggingPropensity: 0.5,
        targetPropensity: 0.5,
        chosen: i % 2,
        targetProbabilities: [0.5, 0.5],
        arms: [0, 2],
        position: 1,
      }));
      const there = blind(0.3).map((row) => ({ ...row, arms: [0, 1, 2], position: 0 }));
      const estimate = added(ipw({ byPosition: true }), [...here, ...there]).estimate();
      expect(estimate.positions?.map(({ verdict }) => verdict)).toEqual(['no-overlap', 'usable']);
      // 2,000 of 3,000 rows stand where 0.3 of the target's mass was never logged, though the other position logged that arm.
      expect(estimate.neverLoggedMass).toBeCloseTo(0.2, 12);
      expect(estimate.verdict).toBe('no-overlap');
    });

    it('a short log that misses arms by chance is weak, not blind', () => {
      const arms = 34;
      const few = rows(20, (i) => ({
        reward: i % 2,
        loggingPropensity: 1 / arms,
        targetPropensity: 1 / arms,
        chosen: i,
        targetProbabilities: Array.from({ length: arms }, () => 1 / arms),
      }));
      const estimate = added(ipw(), few).estimate();
      expect(estimate.neverLoggedMass).toBeCloseTo(14 / 34, 12);
      expect(estimate.verdict).toBe('weak');
    });

    it('is not known without the target’s probabilities of all arms', () => {
      expect(
        added(
          ipw(),
          rows(10, () => fair(1)),
        ).estimate().neverLoggedMass,
      ).toBeNaN();
    });
  });

  it('what a clip, a switch, shrinkage or a model leaves out is a bias that no interval shows', () => {
    // Half of the rows weigh 1.5, half 0.5: a clip at 1 leaves out 0.25 of a mean weight of 1.
    const halves = rows(2000, (i) => ({
      reward: i % 3 === 0 ? 1 : 0,
      loggingPropensity: 0.5,
      targetPropensity: i % 2 === 0 ? 0.75 : 0.25,
      chosen: i % 2,
      targetProbabilities: [0.75, 0.25],
      estimatedRewards: [0.3, 0.3],
    }));
    expect(added(ipw({ clip: 1 }), halves).estimate()).toMatchObject({
      verdict: 'weak',
      reason: expect.stringContaining('25 % of the weight is left out') as string,
    });
    expect(added(dm(), halves).estimate().reason).toContain('100 % of the weight is left out');
    expect(added(switchDr({ tau: 1 }), halves).estimate().reason).toContain('75 % of the weight');
    expect(added(dros({ lambda: 1 }), halves).estimate().verdict).toBe('weak');
    for (const estimator of [ipw({ clip: 1.5 }), switchDr(), dros()]) {
      expect(added(estimator, halves).estimate().verdict).toBe('usable');
    }
  });
});
