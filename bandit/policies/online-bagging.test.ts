import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { ArmStatistics } from '../arm-statistics.js';
import { batchRidge } from '../oracles.contract.js';
import { statisticsOf } from '../policy-statistics.js';
import type { SlateScores } from '../policy.js';
import { replicateWeight } from '../replicate-weights.js';
import { onlineBagging } from './online-bagging.js';

const D = 3;
const ARMS = 4;
const MU = [0.2, -0.1, 0];
const PRIOR = { mean: Float64Array.from(MU), meanReward: 0.1 };
const POLICY = onlineBagging({ dimension: D, replicates: 16, lambda: 2, floor: 0 });

interface Trial {
  readonly row: number;
  readonly x: readonly number[];
  readonly reward: number;
}

function trialsFrom(seed: number, count: number): Trial[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, () => {
    const row = rng.below(ARMS);
    const x = [1, Math.fround(rng.normal()), Math.fround(rng.normal())];
    return { row, x, reward: rng.uniform() < 0.2 + 0.1 * row ? 1 : 0 };
  });
}

function learned(trials: readonly Trial[]): ArmStatistics {
  const statistics = statisticsOf(POLICY);
  trials.forEach(({ row, x, reward }, key) => {
    statistics.addTrial(row, Float32Array.from(x), 0, 1, 0, key);
    statistics.addReward(row, Float32Array.from(x), 0, reward, 1, 0, key);
  });
  return statistics;
}

function scored(statistics: ArmStatistics, x: readonly number[], policy = POLICY): SlateScores {
  const model = policy.emptyModel();
  policy.apply(model, policy.fit(statistics, PRIOR));
  const contexts = Float32Array.from(Array.from({ length: ARMS }, () => x).flat());
  const scores = {
    means: new Float64Array(ARMS),
    deviations: new Float64Array(ARMS),
    propensities: new Float64Array(ARMS),
  };
  policy.score(model, { size: ARMS, rows: Int32Array.of(0, 1, 2, 3), contexts }, scores);
  return scores;
}

describe('online bagging', () => {
  it('counts the votes of ridge regressions over resampled trials (oracle: batch regression, mathjs)', () => {
    const trials = trialsFrom(1, 120);
    const statistics = learned(trials);
    for (const x of [
      [1, 0.3, -0.8],
      [1, -1, 0.5],
      [1, 2, 2],
    ]) {
      const predictions = Array.from({ length: 16 }, (_, j) =>
        Array.from({ length: ARMS }, (__, row) => {
          const own = [...trials.entries()].filter(([, trial]) => trial.row === row);
          const { theta } = batchRidge(
            own.map(([, trial]) => trial.x),
            own.map(([, { reward }]) => reward),
            own.map(([key]) => replicateWeight(key, j)),
            2,
            MU,
          );
          return theta.reduce((sum, value, i) => sum + value * x[i]!, 0);
        }),
      );
      const { means, deviations, propensities } = scored(statistics, x);
      for (let a = 0; a < ARMS; a++) {
        const votes = predictions.filter((own) => own[a] === Math.max(...own)).length;
        expect(propensities[a]).toBeCloseTo(votes / 16, 9);
        expect(means[a]).toBeCloseTo(predictions[0]![a]!, 5);
        const squares = predictions.reduce((sum, own) => sum + (own[a]! - predictions[0]![a]!) ** 2, 0);
        expect(deviations[a]).toBeCloseTo(Math.sqrt(squares / 15), 5);
      }
    }
  });

  it('spreads less the more it has seen', () => {
    const spread = (count: number): number => {
      const { deviations } = scored(learned(trialsFrom(2, count)), [1, 0, 0]);
      return deviations.reduce((sum, deviation) => sum + deviation, 0);
    };
    expect(spread(100)).toBeGreaterThan(1.5 * spread(1_600));
  });

  it('agrees with itself before anything is learned: ties share evenly', () => {
    const { means, deviations, propensities } = scored(statisticsOf(POLICY), [1, 1, 1]);
    expect([...propensities]).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect([...deviations]).toEqual([0, 0, 0, 0]);
    expect(means[0]).toBeCloseTo(0.1, 7);
  });

  it('one replicate is greedy, and the floor is mixed in', () => {
    const greedy = onlineBagging({ dimension: D, replicates: 1, floor: 0.2 });
    const statistics = statisticsOf(greedy);
    statistics.addTrial(2, Float32Array.of(1, 0, 0), 0, 1, 0);
    statistics.addReward(2, Float32Array.of(1, 0, 0), 0, 1, 1, 0);
    const { propensities } = scored(statistics, [1, 0, 0], greedy);
    expect([...propensities].map((p) => p.toFixed(12))).toEqual(
      [0.05, 0.05, 0.85, 0.05].map((p) => p.toFixed(12)),
    );
  });

  it('refuses statistics of other replicates, contexts that are not finite and settings out of range', () => {
    const plain = new ArmStatistics({ dimension: D });
    expect(() => POLICY.fit(plain, PRIOR)).toThrow('statistics of 1 replicates; expected 16');
    expect(() => scored(learned([]), [1, NaN, 0])).toThrow(
      expect.objectContaining({ code: 'bandit/bad-score' }),
    );
    for (const replicates of [0, 65, 2.5])
      expect(() => onlineBagging({ dimension: D, replicates })).toThrow('expected an integer in [1, 64]');
  });

  it('explains by the regression that saw every trial once', () => {
    const statistics = learned(trialsFrom(3, 50));
    const model = POLICY.emptyModel();
    POLICY.apply(model, POLICY.fit(statistics, PRIOR));
    const x = [1, 0.5, -0.5];
    const { means } = scored(statistics, x);
    for (let row = 0; row < ARMS; row++) {
      const weights = model.weights(row);
      expect(x.reduce((sum, xi, i) => sum + xi * weights[i]!, 0)).toBeCloseTo(means[row]!, 6);
    }
    expect([...Array.from(model.weights(99))]).toEqual(MU);
  });
});
