import { describe, expect, it } from 'vitest';
import { seededRng } from '../../../core/rng.js';
import { TRUE_VALUE, worldLog } from '../../../test/support/bandit-world.js';
import {
  drGiven,
  ipw,
  LowerConfidenceSequence,
  mips,
  type Estimator,
  type Interval,
  type LoggedOutcome,
} from '../index.js';

function intervalOf(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Interval {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator.estimate().intervals[0]!;
}

describe('the anytime-valid sequence', () => {
  /** Whether the truth ever left the interval, looked at after every twentieth row. */
  function everLeft(estimator: Estimator, outcomes: readonly LoggedOutcome[], truth: number): boolean {
    for (const [i, outcome] of outcomes.entries()) {
      estimator.add(outcome);
      if (i % 20 !== 19) continue;
      const { low, high } = estimator.estimate().intervals[0]!;
      if (truth < low || truth > high) return true;
    }
    return false;
  }

  const anytime = ['anytime-valid'] as const;
  const cases: readonly { name: string; create: () => Estimator }[] = [
    { name: 'IPW', create: () => ipw({ intervals: anytime, confidence: 0.8 }) },
    { name: 'DR', create: () => drGiven({ intervals: anytime, confidence: 0.8, weightBound: 4 }) },
    { name: 'MIPS', create: () => mips({ intervals: anytime, confidence: 0.8 }) },
  ];
  it.each(cases)(
    'by $name pseudo-outcomes: the truth is inside at every look of 80 % of runs at least',
    ({ create }) => {
      const rng = seededRng(22_10);
      const runs = 200;
      let left = 0;
      for (let run = 0; run < runs; run++) {
        const log = worldLog(rng, {
          logging: 'skewed',
          rows: 300,
          model: run % 2 === 0 ? 'perfect' : 'blind',
        });
        if (everLeft(create(), log, TRUE_VALUE)) left++;
      }
      // Binomial(200, 0.2) has mean 40 and standard deviation 5.7; a promise of at most that, so two of them are room enough.
      expect(left).toBeLessThanOrEqual(40 + 11);
    },
  );

  it('one that is looked at as often, made for one n, leaves far more often', () => {
    const rng = seededRng(22_11);
    let left = 0;
    for (let run = 0; run < 200; run++) {
      const estimator = ipw({ confidence: 0.8 });
      let gone = false;
      for (const [i, outcome] of worldLog(rng, { logging: 'skewed', rows: 300 }).entries()) {
        estimator.add(outcome);
        if (i % 20 !== 19) continue;
        const { low, high } = estimator.estimate();
        gone ||= TRUE_VALUE < low || TRUE_VALUE > high;
      }
      if (gone) left++;
    }
    expect(left).toBeGreaterThan(40 + 23);
  });

  it('follows the running mean of values that change: the target learns while the log is made', () => {
    const rng = seededRng(22_12);
    let left = 0;
    for (let run = 0; run < 200; run++) {
      const estimator = ipw({ intervals: anytime, confidence: 0.8 });
      let valueSum = 0;
      let gone = false;
      for (let i = 1; i <= 300; i++) {
        // Arm 1 pays with probability 0.7, arm 0 with 0.2; the target moves from one to the other, the logging policy the other way.
        const target = i / 301;
        const logging = 0.8 - 0.6 * target;
        valueSum += 0.7 * target + 0.2 * (1 - target);
        const one = rng.uniform() < logging;
        estimator.add({
          reward: rng.uniform() < (one ? 0.7 : 0.2) ? 1 : 0,
          loggingPropensity: one ? logging : 1 - logging,
          targetPropensity: one ? target : 1 - target,
        });
        if (i % 20 !== 0) continue;
        const { low, high } = estimator.estimate().intervals[0]!;
        gone ||= valueSum / i < low || valueSum / i > high;
      }
      if (gone) left++;
    }
    expect(left).toBeLessThanOrEqual(40 + 11);
  });

  it('narrows as rows come, and knows more with a good model', () => {
    const log = worldLog(seededRng(9), { logging: 'skewed', rows: 20_000 });
    const width = (estimator: Estimator, rows: readonly LoggedOutcome[]): number => {
      const { low, high } = intervalOf(estimator, rows);
      return high - low;
    };
    const byWeight = width(ipw({ intervals: anytime }), log);
    expect(byWeight).toBeLessThan(width(ipw({ intervals: anytime }), log.slice(0, 5000)) / 1.7);
    expect(byWeight).toBeLessThan(0.08);
    expect(width(drGiven({ intervals: anytime, weightBound: 4 }), log)).toBeLessThan(byWeight);
  });

  it('is −∞ before the first number', () => {
    expect(new LowerConfidenceSequence(0, 0.025).bound()).toBe(-Infinity);
  });
});
