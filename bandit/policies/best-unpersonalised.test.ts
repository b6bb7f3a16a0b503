import { describe, expect, it } from 'vitest';
import { ArmStatistics } from '../arm-statistics.js';
import { betaBestProbability } from '../oracles.contract.js';
import type { Prior, SlateScores } from '../policy.js';
import { bestUnpersonalised } from './best-unpersonalised.js';
import type { CountModel } from './count-model.js';

const PRIOR: Prior = { mean: new Float64Array(0), meanReward: 0.1 };
const NOTHING = new Float32Array(0);
const policy = bestUnpersonalised({ priorStrength: 10, floor: 0.05 });

/** rows 0, 1, …: [trials, rewards] */
function counted(arms: readonly (readonly [number, number])[]): ArmStatistics {
  const statistics = new ArmStatistics({ dimension: 0 });
  arms.forEach(([trials, rewards], row) => {
    statistics.addTrial(row, NOTHING, 0, trials, 0);
    for (let r = 0; r < rewards; r++) statistics.addReward(row, NOTHING, 0, 1, 1, 0);
  });
  return statistics;
}

function served(statistics: ArmStatistics): CountModel {
  const model = policy.emptyModel();
  policy.apply(model, policy.fit(statistics, PRIOR));
  return model;
}

function score(model: CountModel, rows: readonly number[]): SlateScores {
  const size = rows.length;
  const scores = {
    means: new Float64Array(size),
    deviations: new Float64Array(size),
    propensities: new Float64Array(size),
  };
  policy.score(model, { size, rows: Int32Array.from(rows), contexts: NOTHING }, scores);
  return scores;
}

const ARMS = [
  [120, 11],
  [300, 45],
  [0, 0],
  [20, 4],
] as const;

describe('best unpersonalised', () => {
  it('is Beta(k·m + Σr, k·(1 − m) + n − Σr): means, deviations and propensities (oracle: @stdlib, closed forms)', () => {
    const { means, deviations, propensities } = score(served(counted(ARMS)), [0, 1, 2, 3]);
    const alphas = ARMS.map(([, r]) => 1 + r);
    const betas = ARMS.map(([n, r]) => 9 + n - r);
    ARMS.forEach((_, a) => {
      const total = alphas[a]! + betas[a]!;
      expect(means[a]).toBeCloseTo(alphas[a]! / total, 12);
      expect(deviations[a]! ** 2).toBeCloseTo((alphas[a]! * betas[a]!) / (total * total * (total + 1)), 12);
      expect(
        Math.abs(propensities[a]! - (0.95 * betaBestProbability(alphas, betas, a) + 0.0125)),
      ).toBeLessThan(1e-4);
    });
  });

  it('answers from its cache what it would compute', () => {
    const model = served(counted(ARMS));
    const first = score(model, [3, 1, 0]);
    expect(score(model, [3, 1, 0])).toEqual(first);
    expect(score(served(counted(ARMS)), [3, 1, 0])).toEqual(first);
    const turned = score(model, [0, 1, 3]);
    expect(turned.propensities[2]).toBeCloseTo(first.propensities[0]!, 9);
  });

  it('forgets a cached slate when one of its rows changes, and only then', () => {
    const model = served(counted(ARMS));
    const [before, other] = [score(model, [0, 1]), score(model, [2, 3])];
    const moved = counted([ARMS[0], [400, 90]]);
    policy.apply(model, policy.fit(moved, PRIOR, Int32Array.of(1)));
    expect(score(model, [2, 3])).toEqual(other);
    const after = score(model, [0, 1]);
    expect(after.propensities[1]).toBeGreaterThan(before.propensities[1]!);
    expect(after).toEqual(score(served(moved), [0, 1]));
  });

  it('forgets all cached slates with a new prior', () => {
    const model = served(counted(ARMS));
    score(model, [2, 3]);
    const richer = { ...PRIOR, meanReward: 0.4 };
    policy.apply(model, policy.fit(counted(ARMS), richer));
    const fresh = policy.emptyModel();
    policy.apply(fresh, policy.fit(counted(ARMS), richer));
    expect(score(model, [2, 3])).toEqual(score(fresh, [2, 3]));
  });

  it('keeps answering right when thousands of slates crowd the cache', () => {
    const model = served(counted(ARMS));
    const expected = score(served(counted(ARMS)), [0, 1, 2]);
    for (let i = 0; i < 30_000; i++) score(model, [i, i + 1]);
    expect(score(model, [0, 1, 2])).toEqual(expected);
  });

  it('serves slates too large to cache', () => {
    const rows = Array.from({ length: 40 }, (_, row) => row);
    const { propensities } = score(served(counted(ARMS)), rows);
    expect(propensities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  });

  it('survives rewards that came before their trials, and a mean reward of 0 or 1', () => {
    const early = new ArmStatistics({ dimension: 0 });
    for (let i = 0; i < 20; i++) early.addReward(0, NOTHING, 0, 1, 1, 0);
    early.addReward(1, NOTHING, 0, -1, 1, 0);
    for (const meanReward of [0, 1]) {
      const model = policy.emptyModel();
      policy.apply(model, policy.fit(early, { ...PRIOR, meanReward }));
      expect(score(model, [0, 1, 2]).propensities.every((p) => p > 0 && p < 1)).toBe(true);
    }
  });

  it('reads counts of statistics with contexts, too', () => {
    const wide = new ArmStatistics({ dimension: 3 });
    wide.addTrial(0, Float32Array.of(1, 2, 3), 0, 5, 0);
    const model = policy.emptyModel();
    policy.apply(model, policy.fit(wide, { mean: new Float64Array(3), meanReward: 0.1 }));
    expect(model.trials(0)).toBe(5);
  });
});
