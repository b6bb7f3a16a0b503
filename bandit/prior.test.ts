import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { ArmStatistics } from './arm-statistics.js';
import { batchRidge } from './oracles.contract.js';
import { emptyPrior, priorFrom } from './prior.js';

describe('priorFrom', () => {
  const rng = seededRng(5);
  const contexts = Array.from({ length: 60 }, () =>
    Array.from({ length: 5 }, () => Math.fround(rng.normal())),
  );
  const rewards = contexts.map(() => (rng.uniform() < 0.3 ? 1 : 0));
  const shared = new ArmStatistics({ dimension: 5 });
  contexts.forEach((x, i) => {
    shared.addTrial(0, Float32Array.from(x), 0, 1, 0);
    shared.addReward(0, Float32Array.from(x), 0, rewards[i]!, 1, 0);
  });

  it('μ is ridge regression over everything (oracle: mathjs, closed form)', () => {
    const { theta } = batchRidge(
      contexts,
      rewards,
      contexts.map(() => 1),
      2.5,
      [0, 0, 0, 0, 0],
    );
    priorFrom(shared, { lambda: 2.5 }).mean.forEach((value, i) => {
      expect(Math.abs(value - theta[i]!)).toBeLessThan(1e-10);
    });
  });

  it('the mean reward is shrunk to its guess: (Σr + k·m₀)/(n + k)', () => {
    const plays = rewards.filter((r) => r === 1).length;
    expect(priorFrom(shared, { meanRewardGuess: 0.2, guessTrials: 5 }).meanReward).toBeCloseTo(
      (plays + 1) / 65,
      12,
    );
  });

  it('before anything is learned, μ = 0 and the guess stands', () => {
    expect(priorFrom(new ArmStatistics({ dimension: 3 }))).toEqual(emptyPrior(3));
  });

  it('a correction that came before its trial cannot push the mean reward out of [0, 1]', () => {
    const early = new ArmStatistics({ dimension: 1 });
    for (let i = 0; i < 50; i++) early.addReward(0, Float32Array.of(1), 0, 1, 1, 0);
    expect(priorFrom(early).meanReward).toBe(1);
  });

  it.each([
    { lambda: 0 },
    { lambda: NaN },
    { meanRewardGuess: 0 },
    { meanRewardGuess: 1 },
    { guessTrials: -1 },
  ])('refuses %j', (options) => {
    expect(() => priorFrom(shared, options)).toThrow(expect.objectContaining({ code: 'bandit/bad-setting' }));
  });
});
