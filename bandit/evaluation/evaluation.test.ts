import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.js';
import { seededRng } from '../../core/rng.js';
import type { Estimator, LoggedOutcome } from './index.js';
import { ipw, replay, snipw, type EstimatorOptions } from './index.js';

const ESTIMATORS: readonly [string, (options?: EstimatorOptions) => Estimator][] = [
  ['ipw', ipw],
  ['snipw', snipw],
  ['replay', (options) => replay(seededRng(7), options)],
];

function added(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Estimator {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator;
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const fair = (reward: number): LoggedOutcome => ({ reward, loggingPropensity: 0.5, targetPropensity: 0.5 });

describe.each(ESTIMATORS)('%s', (name, create) => {
  it('names itself', () => expect(create().name).toBe(name));

  it.each([0, -0.1, 1.5, NaN, Infinity])('refuses the logging propensity %d and counts nothing', (p) => {
    const estimator = create();
    expect(codeOf(() => estimator.add({ ...fair(1), loggingPropensity: p }))).toBe(
      'evaluation/bad-propensity',
    );
    expect(codeOf(() => estimator.estimate())).toBe('evaluation/empty');
  });

  it.each([-1e-12, 1.01, NaN])('refuses the target propensity %d', (p) => {
    expect(codeOf(() => create().add({ ...fair(1), targetPropensity: p }))).toBe('evaluation/bad-propensity');
  });

  it.each([NaN, Infinity])('refuses the reward %d', (reward) => {
    expect(codeOf(() => create().add(fair(reward)))).toBe('bandit/bad-reward');
  });

  it.each([0, 1, NaN])('refuses the confidence %d', (confidence) => {
    expect(codeOf(() => create({ confidence }))).toBe('bandit/bad-setting');
  });

  it('sees no overlap where the target never takes a logged arm', () => {
    const estimator = added(
      create(),
      Array.from({ length: 200 }, () => ({ ...fair(1), targetPropensity: 0 })),
    );
    expect(estimator.estimate()).toMatchObject({
      effectiveSampleSize: 0,
      meanWeight: 0,
      verdict: 'no-overlap',
    });
  });

  it('has no finite interval from one row', () => {
    const one = added(create(), [{ reward: 1, loggingPropensity: 1, targetPropensity: 1 }]).estimate();
    expect(one).toMatchObject({ value: 1, low: -Infinity, high: Infinity, n: 1, verdict: 'weak' });
  });

  it('reading an estimate changes nothing', () => {
    const estimator = added(create(), [fair(1), fair(0), fair(1), fair(1)]);
    expect(estimator.estimate()).toEqual(estimator.estimate());
  });
});

describe('IPW and SNIPW against closed forms', () => {
  // w = 0.5, 1.5, 1, 2 and r = 1, 0, 1, 1: y = 0.5, 0, 1, 2.
  const outcomes = [
    { reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25 },
    { reward: 0, loggingPropensity: 0.5, targetPropensity: 0.75 },
    { reward: 1, loggingPropensity: 0.2, targetPropensity: 0.2 },
    { reward: 1, loggingPropensity: 0.4, targetPropensity: 0.8 },
  ];

  it('IPW by hand: V̂ = 3.5/4, s² = (0.140625 + 0.765625 + 0.015625 + 1.265625)/3', () => {
    const { value, low, high, effectiveSampleSize, maxWeight, meanWeight } = added(
      ipw(),
      outcomes,
    ).estimate();
    expect(value).toBeCloseTo(0.875, 14);
    // 1.959963984540054: the 97.5 % normal quantile (Abramowitz & Stegun, table 26.5).
    const margin = 1.959963984540054 * Math.sqrt(2.1875 / 3 / 4);
    expect(high).toBeCloseTo(0.875 + margin, 12);
    expect(low).toBeCloseTo(0.875 - margin, 12);
    expect(effectiveSampleSize).toBeCloseTo(25 / 7.5, 12);
    expect(maxWeight).toBe(2);
    expect(meanWeight).toBeCloseTo(1.25, 14);
  });

  it('SNIPW by hand: V̂ = 3.5/5, Σw²(r − V̂)² = 0.0225 + 1.1025 + 0.09 + 0.36', () => {
    const { value, high } = added(snipw(), outcomes).estimate();
    expect(value).toBeCloseTo(0.7, 14);
    expect(high).toBeCloseTo(0.7 + (1.959963984540054 * Math.sqrt((4 / 3) * 1.575)) / 5, 12);
  });

  it('rows of one cluster count as one group: y by cluster is 0.5 and 3 around 2·V̂', () => {
    const clustered = outcomes.map((outcome, i) => ({ ...outcome, clusterId: i < 2 ? 'a' : 'b' }));
    const { value, high } = added(ipw(), clustered).estimate();
    // CR1: G/(G − 1)·Σ_g (y_g − n_g·V̂)² / n² = 2·(1.25² + 1.25²)/16
    expect(high - value).toBeCloseTo(1.959963984540054 * Math.sqrt((2 * 3.125) / 16), 12);
  });

  it('writing every row of a cluster twice moves neither value nor interval', () => {
    const once = Array.from({ length: 60 }, (_, i) => ({ ...outcomes[i % 4]!, clusterId: `member-${i}` }));
    for (const create of [ipw, snipw]) {
      const single = added(create(), once).estimate();
      const twice = added(create(), [...once, ...once]).estimate();
      expect(twice.value).toBeCloseTo(single.value, 12);
      expect(twice.high).toBeCloseTo(single.high, 12);
    }
  });

  it('keeps its digits over a million rows of almost equal products', () => {
    const estimator = ipw();
    for (let i = 0; i < 1_000_000; i++) estimator.add(fair(1 + (i % 2 === 0 ? 1e-6 : -1e-6)));
    const { value, high } = estimator.estimate();
    expect(value).toBeCloseTo(1, 12);
    // Standard deviation 1e-6 by construction.
    expect((high - value) / (1.959963984540054 * 1e-9)).toBeCloseTo(1, 4);
  });
});
