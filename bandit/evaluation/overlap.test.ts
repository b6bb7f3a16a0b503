import { describe, expect, it } from 'vitest';
import type { Estimator, LoggedOutcome } from './index.js';
import { ipw, snipw } from './index.js';

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
});
