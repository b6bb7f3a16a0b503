import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import type { Estimator, LoggedOutcome } from './index.js';
import { ipw, replay, snipw } from './index.js';

function added(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Estimator {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator;
}

describe('laws', () => {
  const anOutcome = fc.record({
    reward: fc.double({ min: 0, max: 1, noNaN: true }),
    loggingPropensity: fc.double({ min: 0.01, max: 1, noNaN: true }),
    targetPropensity: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('SNIPW lies within the rewards; ESS within [0, n]; low ≤ value ≤ high', () => {
    fc.assert(
      fc.property(fc.array(anOutcome, { minLength: 2, maxLength: 50 }), (outcomes) => {
        const estimate = added(snipw(), outcomes).estimate();
        expect(estimate.effectiveSampleSize).toBeLessThanOrEqual(outcomes.length * (1 + 1e-12));
        if (estimate.meanWeight === 0) return;
        expect(estimate.value).toBeGreaterThanOrEqual(Math.min(...outcomes.map((o) => o.reward)) - 1e-9);
        expect(estimate.value).toBeLessThanOrEqual(Math.max(...outcomes.map((o) => o.reward)) + 1e-9);
        expect(estimate.low).toBeLessThanOrEqual(estimate.value);
        expect(estimate.high).toBeGreaterThanOrEqual(estimate.value);
      }),
      { seed: 1 },
    );
  });

  it('the logging policy evaluated on its own log has the mean reward, weight 1 and ESS n', () => {
    fc.assert(
      fc.property(fc.array(anOutcome, { minLength: 1, maxLength: 50 }), (outcomes) => {
        const own = outcomes.map((o) => ({ ...o, targetPropensity: o.loggingPropensity }));
        const mean = outcomes.reduce((sum, o) => sum + o.reward, 0) / outcomes.length;
        for (const create of [ipw, snipw]) {
          const estimate = added(create(), own).estimate();
          expect(estimate.value).toBeCloseTo(mean, 10);
          expect(estimate.effectiveSampleSize).toBeCloseTo(outcomes.length, 8);
          expect(estimate.meanWeight).toBeCloseTo(1, 12);
        }
      }),
      { seed: 2 },
    );
  });
});

/** A world whose truth is known: 4 arms with these means, the target prefers the later ones: value 0.39. */
const MEANS = [0.1, 0.2, 0.4, 0.5];
const TARGET = [0.1, 0.1, 0.4, 0.4];
const TRUE_VALUE = MEANS.reduce((sum, mean, a) => sum + mean * TARGET[a]!, 0);
const LOGGING = { uniform: [0.25, 0.25, 0.25, 0.25], skewed: [0.4, 0.3, 0.2, 0.1] };

describe('coverage in a world whose value is known', () => {
  const rng = seededRng(20_11);

  function logOf(policy: readonly number[], rows: number): LoggedOutcome[] {
    return Array.from({ length: rows }, () => {
      let arm = 0;
      for (let u = rng.uniform() - policy[0]!; u > 0 && arm < 3; u -= policy[arm]!) arm++;
      return {
        reward: rng.uniform() < MEANS[arm]! ? 1 : 0,
        loggingPropensity: policy[arm]!,
        targetPropensity: TARGET[arm]!,
        offeredArms: 4,
      };
    });
  }

  const cases: [string, keyof typeof LOGGING, () => Estimator][] = [
    ['ipw', 'skewed', ipw],
    ['snipw', 'skewed', snipw],
    ['replay', 'uniform', () => replay(rng.fork('target'))],
  ];
  it.each(cases)(
    '%s on a %s log: a 95 %% interval holds the truth in about 95 %% of 600 logs',
    (_, log, create) => {
      let held = 0;
      for (let run = 0; run < 600; run++) {
        const { low, high } = added(create(), logOf(LOGGING[log], 400)).estimate();
        if (low <= TRUE_VALUE && TRUE_VALUE <= high) held++;
      }
      // Binomial(600, 0.95): mean 570, standard deviation 5.3; four of them.
      expect(Math.abs(held - 570)).toBeLessThan(22);
    },
  );
});
