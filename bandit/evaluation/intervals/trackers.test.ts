import { describe, expect, it } from 'vitest';
import {
  dr,
  drGiven,
  ipw,
  snipw,
  type Estimator,
  type IntervalMethod,
  type LoggedOutcome,
} from '../index.js';

const own = (reward: number): LoggedOutcome => ({ reward, loggingPropensity: 0.5, targetPropensity: 0.5 });

describe('what an estimator has not', () => {
  const wrong: readonly [string, (intervals: readonly IntervalMethod[]) => Estimator, IntervalMethod][] = [
    ['snipw', (intervals) => snipw({ intervals }), 'anytime-valid'],
    ['snipw', (intervals) => snipw({ intervals }), 'empirical-bernstein'],
    ['drGiven', (intervals) => drGiven({ intervals }), 'clopper-pearson'],
    ['drGiven without weightBound', (intervals) => drGiven({ intervals }), 'anytime-valid'],
    ['clipped ipw', (intervals) => ipw({ intervals, clip: 2 }), 'anytime-valid'],
    ['dr', (intervals) => dr({ intervals }), 'empirical-bernstein'],
  ];
  it.each(wrong)('%s refuses', (_, create, method) => {
    expect(() => create([method])).toThrow(expect.objectContaining({ code: 'bandit/bad-setting' }));
  });

  it.each(['empirical-bernstein', 'anytime-valid'] as const)(
    '%s refuses a reward outside [0, 1]',
    (method) => {
      const estimator = ipw({ intervals: [method] });
      expect(() => estimator.add(own(1.5))).toThrow(expect.objectContaining({ code: 'bandit/bad-reward' }));
      expect(() => estimator.estimate()).toThrow(expect.objectContaining({ code: 'evaluation/empty' }));
    },
  );
});
