import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import {
  linearTarget,
  OBD_ARMS,
  openBanditOutcomes,
  openBanditRows,
  uniformTarget,
} from '../../test/support/open-bandit-dataset.js';
import {
  crossFitted,
  dm,
  dr,
  drGiven,
  dros,
  ipw,
  replay,
  sndr,
  snipw,
  switchDr,
  tabularRewards,
  type Estimate,
  type Estimator,
  type LoggedOutcome,
  type Verdict,
} from './index.js';

const logs = { bts: openBanditRows('bts'), random: openBanditRows('random') };
const randomToLinear = withModel(openBanditOutcomes(logs.random, linearTarget));
const thompsonToUniform = withModel(openBanditOutcomes(logs.bts, uniformTarget));

/** q̂(arm, position) = (clicks + 1)/(impressions + 100), fitted on the very rows it is used for: as the oracle's. */
function withModel(outcomes: readonly LoggedOutcome[]): LoggedOutcome[] {
  const model = tabularRewards({ priorTrials: 100, priorReward: 0.01 });
  for (const outcome of outcomes) model.learn(outcome);
  return outcomes.map((outcome) => {
    const estimatedRewards = new Float64Array(OBD_ARMS);
    model.predict(outcome, estimatedRewards);
    return { ...outcome, estimatedRewards };
  });
}

function evaluated(estimator: Estimator, outcomes: readonly LoggedOutcome[]): Estimate {
  for (const outcome of outcomes) estimator.add(outcome);
  return estimator.estimate();
}

// Oracle: the definitions of Open Bandit Pipeline's estimators (arXiv:2008.07146) summed independently in Python over the published sample, positions pooled in
// the sums and told apart in q̂; τ = λ = 5.
const ORACLE: readonly [string, () => Estimator, linear: number, uniform: number, verdict: Verdict][] = [
  ['IPW', ipw, 0.005011428571, 0.003008626327, 'usable'],
  ['SNIPW', snipw, 0.005017076366, 0.003189423162, 'usable'],
  ['DM', dm, 0.007551853979, 0.008675529998, 'weak'],
  ['DR', drGiven, 0.00504010353, 0.003361310621, 'usable'],
  ['SNDR', sndr, 0.00503727283, 0.003041964202, 'usable'],
  ['Switch-DR', () => switchDr({ tau: 5 }), 0.00504010353, 0.007418942609, 'usable'],
  ['DRos', () => dros({ lambda: 5 }), 0.00562774216, 0.007588907814, 'weak'],
];

describe('estimators on the Open Bandit Dataset, campaign men, to twelve decimals', () => {
  it.each(ORACLE)('%s', (_, create, linear, uniform, verdict) => {
    const first = evaluated(create(), randomToLinear);
    expect(first.value).toBeCloseTo(linear, 12);
    expect(first).toMatchObject({ n: 10_000, verdict, neverLoggedMass: 0 });
    expect(first.effectiveSampleSize).toBeCloseTo(7610.082959, 6);
    const second = evaluated(create(), thompsonToUniform);
    expect(second.value).toBeCloseTo(uniform, 12);
    // 69 clicks, few of them on arms that the log rarely showed: (V̂/standard error)² is about 15.
    expect(second).toMatchObject({ n: 10_000, verdict: 'weak', neverLoggedMass: 0 });
    expect(second.effectiveSampleSize).toBeCloseTo(655.70985, 6);
  });

  it('the intervals of IPW, random → LIN', () => {
    const { low, high, intervals } = evaluated(ipw({ intervals: ['clopper-pearson'] }), randomToLinear);
    // The Gaussian interval, and Clopper–Pearson on weighted counts: from the same independent sums, computed outside this repository.
    expect(low).toBeCloseTo(0.003368596323, 12);
    expect(high).toBeCloseTo(0.00665426082, 12);
    expect(intervals[0]!.low).toBeCloseTo(0.003270021409, 12);
    expect(intervals[0]!.high).toBeCloseTo(0.007345310189, 12);
    expect(intervals[0]).toMatchObject({ method: 'clopper-pearson', guarantee: 'approximate' });
    expect(intervals[0]!.note).toContain('5147.06 weighted trials');
  });

  it('every interval holds the on-policy click rate of uniform, seen from its own log', () => {
    const own = withModel(openBanditOutcomes(logs.random, uniformTarget));
    const methods = ['clopper-pearson', 'empirical-bernstein', 'bootstrap', 'anytime-valid'] as const;
    const { value, low, high, intervals } = evaluated(ipw({ intervals: methods, weightBound: 1 }), own);
    // 46 clicks in 10,000 rows: counted with awk over the published file.
    expect(value).toBeCloseTo(0.0046, 12);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    expect(intervals.map(({ guarantee }) => guarantee)).toEqual([
      'exact',
      'finite-sample',
      'asymptotic',
      'anytime',
    ]);
    for (const interval of intervals) {
      expect(interval.low).toBeLessThan(value);
      expect(interval.high).toBeGreaterThan(value);
    }
  });

  it('cross-fitted DR lies where DR with the in-sample model does, and streams to what the held rows give', () => {
    for (const outcomes of [randomToLinear, thompsonToUniform]) {
      const streamed = evaluated(dr({ priorTrials: 100, priorReward: 0.01 }), outcomes);
      const held = crossFitted(drGiven, {
        model: () => tabularRewards({ priorTrials: 100, priorReward: 0.01 }),
      });
      for (const outcome of outcomes) held.add(outcome);
      expect(streamed.value).toBeCloseTo(held.estimate().value, 12);
      const given = evaluated(drGiven(), outcomes);
      expect(Math.abs(streamed.value - given.value)).toBeLessThan(given.high - given.value);
      expect((streamed.high - streamed.low) / (given.high - given.low)).toBeCloseTo(1, 0);
    }
  });

  it('by position: the pooled IPW is the mean of all rows, and each position is what its own rows say', () => {
    const pooled = evaluated(snipw({ byPosition: true }), randomToLinear);
    const plain = evaluated(ipw(), randomToLinear);
    const strata = evaluated(ipw({ byPosition: true }), randomToLinear);
    expect(strata.value).toBeCloseTo(plain.value, 14);
    expect(pooled.positions?.map(({ position }) => position)).toEqual([1, 2, 3]);
    let weighted = 0;
    for (const { position, n, value, low } of pooled.positions!) {
      const own = evaluated(
        snipw(),
        randomToLinear.filter((outcome) => outcome.position === position),
      );
      expect(value).toBeCloseTo(own.value, 14);
      expect(low).toBeCloseTo(own.low, 14);
      weighted += (n / 10_000) * own.value;
    }
    expect(pooled.value).toBeCloseTo(weighted, 14);
  });

  it('refuses to replay the Thompson sampling log and replays the uniform one', () => {
    expect(() => evaluated(replay(seededRng(1)), thompsonToUniform)).toThrow(
      expect.objectContaining({ code: 'evaluation/not-uniform' }),
    );
    const own = openBanditOutcomes(logs.random, uniformTarget);
    const kept = evaluated(replay(seededRng(1)), own);
    // 10,000 rows kept with probability 1/34 each: 294 ± 4 standard deviations of 16.9.
    expect(Math.abs(kept.effectiveSampleSize - 10_000 / OBD_ARMS)).toBeLessThan(68);
    expect(kept.maxWeight).toBeCloseTo(OBD_ARMS, 9);
  });

  it('replay agrees with SNIPW within its own interval', () => {
    const kept = evaluated(replay(seededRng(2)), randomToLinear);
    const { value } = evaluated(snipw(), randomToLinear);
    expect(kept.low).toBeLessThan(value);
    expect(kept.high).toBeGreaterThan(value);
  });
});
