import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { worldLog } from '../../test/support/bandit-world.js';
import {
  crossFitted,
  dm,
  dr,
  drGiven,
  dros,
  ipw,
  mips,
  replay,
  sndr,
  snipw,
  switchDr,
  tabularRewards,
  type Estimate,
  type Estimator,
  type LoggedOutcome,
} from './index.js';

function evaluated(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Estimate {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator.estimate();
}

const WITH_MODEL: readonly [string, () => Estimator][] = [
  ['dm', dm],
  ['drGiven', drGiven],
  ['sndr', sndr],
  ['switchDr', () => switchDr({ tau: 2 })],
  ['dros', () => dros({ lambda: 4 })],
];
const WEIGHTED: readonly [string, () => Estimator][] = [
  ['ipw', ipw],
  ['ipw clipped', () => ipw({ clip: 1.5 })],
  ['snipw', snipw],
  ['mips', mips],
];
const ALL: readonly [string, () => Estimator][] = [
  ...WEIGHTED,
  ...WITH_MODEL,
  ['dr', dr],
  ['replay', () => replay(seededRng(3))],
];

/** Rows with everything an estimator can ask for, over 2 to 4 arms of weights that need no special numbers. */
const aVector = (arms: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: 100 }), { minLength: arms, maxLength: arms }).map((parts) => {
    const sum = parts.reduce((a, b) => a + b, 0);
    return parts.map((part) => part / sum);
  });
const aRow = fc.integer({ min: 2, max: 4 }).chain((arms) =>
  fc
    .record({
      reward: fc.integer({ min: 0, max: 64 }).map((i) => i / 64),
      chosen: fc.integer({ min: 0, max: arms - 1 }),
      position: fc.integer({ min: 0, max: 2 }),
      clusterId: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5'),
      targetProbabilities: aVector(arms),
      loggingProbabilities: aVector(arms),
      estimatedRewards: fc.array(
        fc.integer({ min: 0, max: 64 }).map((i) => i / 64),
        {
          minLength: arms,
          maxLength: arms,
        },
      ),
    })
    .map((row) => ({
      ...row,
      categories: Array.from({ length: arms }, (_, a) => a % 2),
      targetPropensity: row.targetProbabilities[row.chosen]!,
      loggingPropensity: row.loggingProbabilities[row.chosen]!,
    })),
);
const rows = fc.array(aRow, { minLength: 2, maxLength: 40 });

/** Everything of an estimate that is a number, within the rounding of a sum in another order. */
function expectSame(actual: Estimate, expected: Estimate): void {
  for (const key of ['value', 'low', 'high', 'effectiveSampleSize', 'meanWeight', 'maxWeight'] as const) {
    if (Number.isFinite(expected[key])) expect(actual[key]).toBeCloseTo(expected[key], 8);
    else expect(actual[key]).toBe(expected[key]);
  }
  expect(actual.verdict).toBe(expected.verdict);
}

describe('laws', () => {
  it.each(WEIGHTED.filter(([name]) => name !== 'ipw clipped'))(
    '%s: the logging policy on its own log has the mean reward, weight 1 and ESS n',
    (_, create) => {
      fc.assert(
        fc.property(rows, (outcomes) => {
          const own = outcomes.map((row) => ({
            ...row,
            targetProbabilities: row.loggingProbabilities,
            targetPropensity: row.loggingPropensity,
          }));
          const mean = outcomes.reduce((sum, row) => sum + row.reward, 0) / outcomes.length;
          const estimate = evaluated(create(), own);
          expect(estimate.value).toBeCloseTo(mean, 10);
          expect(estimate.effectiveSampleSize).toBeCloseTo(outcomes.length, 8);
          expect(estimate.meanWeight).toBeCloseTo(1, 12);
          expect(estimate.maxWeight).toBeCloseTo(1, 12);
        }),
        { seed: 2, numRuns: 50 },
      );
    },
  );

  it.each(ALL.filter(([name]) => name !== 'replay'))(
    '%s: the order of the rows does not matter, members are',
    (_, create) => {
      fc.assert(
        fc.property(rows, fc.infiniteStream(fc.nat()), (outcomes, keys) => {
          const shuffled = outcomes
            .map((row) => ({ row, key: keys.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ row }) => row);
          expectSame(evaluated(create(), shuffled), evaluated(create(), outcomes));
        }),
        { seed: 3, numRuns: 40 },
      );
    },
  );

  it.each(ALL.filter(([name]) => name !== 'replay'))(
    '%s: an estimate read after every row is that of a new estimator given the rows so far',
    (_, create) => {
      fc.assert(
        fc.property(rows, (outcomes) => {
          const streaming = create();
          for (const [i, row] of outcomes.entries()) {
            streaming.add(row);
            if (i % 7 === 0 || i === outcomes.length - 1) {
              expect(streaming.estimate()).toEqual(evaluated(create(), outcomes.slice(0, i + 1)));
            }
          }
        }),
        { seed: 4, numRuns: 20 },
      );
    },
  );

  it('SNIPW lies within the rewards; ESS within [0, n]; low ≤ value ≤ high', () => {
    const anOutcome = fc.record({
      reward: fc.double({ min: 0, max: 1, noNaN: true }),
      loggingPropensity: fc.double({ min: 0.01, max: 1, noNaN: true }),
      targetPropensity: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(anOutcome, { minLength: 2, maxLength: 50 }), (outcomes) => {
        const estimate = evaluated(snipw(), outcomes);
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

  it('clipping is monotone: a looser clip never lowers IPW, and no clip is the loosest', () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 2 }),
        (outcomes, clips) => {
          const values = clips.sort((a, b) => a - b).map((clip) => evaluated(ipw({ clip }), outcomes).value);
          values.push(evaluated(ipw(), outcomes).value);
          for (let i = 1; i < values.length; i++)
            expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]! - 1e-12);
        },
      ),
      { seed: 5, numRuns: 50 },
    );
  });

  it('the ends of the families: τ, λ → ∞ are DR, → 0 the direct method', () => {
    fc.assert(
      fc.property(rows, (outcomes) => {
        const full = evaluated(drGiven(), outcomes).value;
        const model = evaluated(dm(), outcomes).value;
        expect(evaluated(switchDr({ tau: Infinity }), outcomes).value).toBe(full);
        expect(evaluated(switchDr({ tau: 1e-9 }), outcomes).value).toBe(model);
        expect(evaluated(dros({ lambda: 1e12 }), outcomes).value).toBeCloseTo(full, 6);
        expect(evaluated(dros({ lambda: 1e-12 }), outcomes).value).toBeCloseTo(model, 6);
      }),
      { seed: 6, numRuns: 50 },
    );
  });

  it('MIPS with a category for every arm is IPW; with one category for all it is the mean reward', () => {
    fc.assert(
      fc.property(rows, (outcomes) => {
        const apart = outcomes.map((row) => ({
          ...row,
          categories: row.targetProbabilities.map((__, a) => a),
        }));
        expectSame(evaluated(mips(), apart), evaluated(ipw(), outcomes));
        const together = outcomes.map((row) => ({
          ...row,
          categories: row.targetProbabilities.map(() => 9),
        }));
        const mean = outcomes.reduce((sum, row) => sum + row.reward, 0) / outcomes.length;
        expect(evaluated(mips(), together).value).toBeCloseTo(mean, 12);
      }),
      { seed: 7, numRuns: 50 },
    );
  });

  it('cross-fitted DR in one pass is what held rows give, value and interval, up to 1,000 rows', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(2, 3, 5, 7), fc.boolean(), (outcomes, folds, members) => {
        const log = members ? outcomes : outcomes.map(({ clusterId: _, ...row }) => row);
        const held = crossFitted(drGiven, { folds, model: () => tabularRewards() });
        for (const row of log) held.add(row);
        const expected = held.estimate();
        const streamed = evaluated(dr({ folds }), log);
        expect(streamed.value).toBeCloseTo(expected.value, 10);
        if (Number.isFinite(expected.high)) expect(streamed.high).toBeCloseTo(expected.high, 8);
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it('DR with a perfect q̂ and rewards without noise has the variance of the contexts alone, whatever the weights', () => {
    const rng = seededRng(11);
    const log = worldLog(rng, { logging: 'skewed', rows: 500 }).map((row) => ({
      ...row,
      reward: row.estimatedRewards[row.chosen]!,
    }));
    const direct = evaluated(dm(), log);
    for (const create of [drGiven, sndr, () => switchDr({ tau: 1 }), () => dros({ lambda: 1 })]) {
      const { value, low, high } = evaluated(create(), log);
      expect(value).toBeCloseTo(direct.value, 12);
      expect(high - low).toBeCloseTo(direct.high - direct.low, 10);
    }
    const { low, high } = evaluated(ipw(), log);
    expect(high - low).toBeGreaterThan(5 * (direct.high - direct.low));
  });
});
