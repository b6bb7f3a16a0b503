import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import type { ErrorCode } from '../../core/errors.js';
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
  type Estimator,
  type LoggedOutcome,
} from './index.js';

const good = worldLog(seededRng(3), { logging: 'uniform', rows: 40 });
const [row] = good;

const withCode = (code: ErrorCode): Error => expect.objectContaining({ code }) as Error;

const BAD: readonly [string, Partial<LoggedOutcome>, ErrorCode][] = [
  ['a logging propensity of 0', { loggingPropensity: 0 }, 'evaluation/bad-propensity'],
  ['a target propensity above 1', { targetPropensity: 1.01 }, 'evaluation/bad-propensity'],
  ['a reward that is no number', { reward: NaN }, 'bandit/bad-reward'],
  ['an infinite reward', { reward: -Infinity }, 'bandit/bad-reward'],
  ['a negative target probability', { targetProbabilities: [1.1, -0.1, 0, 0] }, 'evaluation/bad-propensity'],
  [
    'target probabilities that sum to 0.9',
    { targetProbabilities: [0.1, 0.1, 0.4, 0.3] },
    'evaluation/bad-propensity',
  ],
  [
    'target probabilities of three arms',
    { targetProbabilities: [0.5, 0.25, 0.25] },
    'evaluation/bad-outcome',
  ],
  ['another propensity than the vector says', { targetPropensity: 0.123 }, 'evaluation/bad-propensity'],
  ['a chosen arm that was not offered', { chosen: 4 }, 'evaluation/bad-outcome'],
  ['half a chosen arm', { chosen: 0.5 }, 'evaluation/bad-outcome'],
  ['a negative position', { position: -1 }, 'evaluation/bad-outcome'],
  ['a negative arm', { arms: [0, 1, 2, -3] }, 'evaluation/bad-outcome'],
  ['an arm beyond maxArms', { arms: [0, 1, 2, 65_536] }, 'evaluation/bad-outcome'],
  [
    'logging probabilities that are not its propensity',
    { loggingProbabilities: [0.7, 0.1, 0.1, 0.1] },
    'evaluation/bad-propensity',
  ],
];

const ESTIMATORS: readonly [string, () => Estimator][] = [
  ['ipw', () => ipw({ intervals: ['clopper-pearson', 'empirical-bernstein', 'bootstrap', 'anytime-valid'] })],
  ['snipw', () => snipw({ byPosition: true })],
  ['replay', () => replay(seededRng(1))],
  ['dm', dm],
  ['dr', dr],
  ['drGiven', drGiven],
  ['sndr', sndr],
  ['switchDr', switchDr],
  ['dros', dros],
  ['mips', mips],
];

describe.each(ESTIMATORS)('%s', (_, create) => {
  it('refuses a bad row with its code and is as if it had never come', () => {
    const disturbed = create();
    const calm = create();
    for (const outcome of good) {
      for (const [what, wrong, code] of BAD) {
        expect(() => disturbed.add({ ...outcome, ...wrong }), what).toThrow(withCode(code));
      }
      disturbed.add(outcome);
      calm.add(outcome);
    }
    expect(disturbed.estimate()).toEqual(calm.estimate());
  });

  it('reading an estimate changes nothing', () => {
    const estimator = create();
    for (const outcome of good) estimator.add(outcome);
    expect(estimator.estimate()).toEqual(estimator.estimate());
  });

  it('has nothing to say of nothing', () => {
    expect(() => create().estimate()).toThrow(withCode('evaluation/empty'));
  });
});

describe('rows without what an estimator needs', () => {
  const bare = { reward: 1, loggingPropensity: 0.25, targetPropensity: 0.5 };
  it.each([
    ['dm', dm],
    ['dr', dr],
    ['drGiven', drGiven],
    ['sndr', sndr],
    ['switchDr', switchDr],
    ['dros', dros],
    ['mips', mips],
  ] as const)('%s names it', (_, create) => {
    expect(() => create().add(bare)).toThrow(withCode('evaluation/bad-outcome'));
  });

  it('a q̂ of the wrong length or not finite', () => {
    expect(() => drGiven().add({ ...row!, estimatedRewards: [0.1] })).toThrow(
      '1 estimated rewards; expected 4',
    );
    expect(() => drGiven().add({ ...row!, estimatedRewards: [0, 0, NaN, 0] })).toThrow(
      'expected finite numbers',
    );
  });

  it('a category of the wrong length', () => {
    expect(() => mips().add({ ...row!, categories: [1] })).toThrow('1 categories; expected 4');
  });

  it('a row without position where positions are told apart', () => {
    expect(() => ipw({ byPosition: true }).add(bare)).toThrow('a row without position');
  });
});

describe('limits', () => {
  it('positions, cells and held rows are bounded, and what was there before stays', () => {
    const byPosition = ipw({ byPosition: true, maxPositions: 2 });
    for (const position of [0, 1]) byPosition.add({ ...row!, position });
    expect(() => byPosition.add({ ...row!, position: 2 })).toThrow(withCode('evaluation/too-many'));
    expect(byPosition.estimate().n).toBe(2);

    const cells = dr({ maxCells: 8 });
    for (const position of [0, 1]) cells.add({ ...row!, position });
    expect(() => cells.add({ ...row!, position: 2 })).toThrow(
      '12 pairs of arm and position; expected at most 8',
    );
    expect(cells.estimate().n).toBe(2);

    const held = crossFitted(drGiven, { model: () => tabularRewards(), maxRows: 2 });
    held.add(row!);
    held.add(row!);
    expect(() => held.add(row!)).toThrow(withCode('evaluation/too-many'));
    expect(held.estimate().n).toBe(2);
  });

  it.each([
    ['clip', () => ipw({ clip: 0 })],
    ['weightBound', () => ipw({ weightBound: Infinity })],
    ['tau', () => switchDr({ tau: -1 })],
    ['lambda', () => dros({ lambda: NaN })],
    ['folds', () => dr({ folds: 1 })],
    ['priorTrials', () => dr({ priorTrials: 0 })],
    ['maxPositions', () => snipw({ maxPositions: 1.5 })],
    ['replicates', () => ipw({ bootstrap: { replicates: 5 } })],
    ['seed', () => ipw({ bootstrap: { seed: 0.5 } })],
  ])('the setting %s is checked when the estimator is made', (_, create) => {
    expect(create).toThrow(withCode('bandit/bad-setting'));
  });

  it('rows that are held are copied: a buffer may be used again', () => {
    const fresh = crossFitted(drGiven, { model: () => tabularRewards() });
    const reused = crossFitted(drGiven, { model: () => tabularRewards() });
    const buffer = new Float64Array(4);
    for (const outcome of good) {
      fresh.add(outcome);
      buffer.set(outcome.targetProbabilities);
      reused.add({ ...outcome, targetProbabilities: buffer });
    }
    expect(reused.estimate()).toEqual(fresh.estimate());
  });
});
