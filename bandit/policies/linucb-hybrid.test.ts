import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { ArmStatistics } from '../arm-statistics.js';
import type { Policy, SlateScores } from '../policy.js';
import { emptyPrior } from '../prior.js';
import type { HybridModel } from './hybrid-model.js';
import { linUcbHybrid } from './linucb-hybrid.js';
import { LiteralHybrid } from './literal-hybrid.contract.js';

const D = 4;
const ARMS = 5;
const PRIOR = emptyPrior(D);

interface Observation {
  readonly row: number;
  readonly x: readonly number[];
  readonly reward: number;
}

function observed(seed: number, count: number, rows = ARMS): Observation[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, () => {
    const x = [1, ...Array.from({ length: D - 1 }, () => Math.fround(rng.normal()))];
    const row = rng.below(rows);
    return { row, x, reward: rng.uniform() < 0.1 + 0.15 * row ? 1 : 0 };
  });
}

function learned(observations: readonly Observation[]): ArmStatistics {
  const statistics = new ArmStatistics({ dimension: D });
  for (const { row, x, reward } of observations) {
    statistics.addTrial(row, Float32Array.from(x), 0, 1, 0);
    statistics.addReward(row, Float32Array.from(x), 0, reward, 1, 0);
  }
  return statistics;
}

function served(policy: Policy<HybridModel>, ...parts: readonly Uint8Array[]): HybridModel {
  const model = policy.emptyModel();
  for (const part of parts) policy.apply(model, part);
  return model;
}

/** every arm's scores, in a context of its own */
function scored(policy: Policy<HybridModel>, model: HybridModel, contexts: readonly number[][]): SlateScores {
  const size = contexts.length;
  const scores = {
    means: new Float64Array(size),
    deviations: new Float64Array(size),
    propensities: new Float64Array(size),
  };
  const rows = Int32Array.from(contexts.keys());
  policy.score(model, { size, rows, contexts: Float32Array.from(contexts.flat()) }, scores);
  return scores;
}

const CONTEXTS = observed(99, ARMS + 1).map(({ x }) => [...x]);
const settings = fc.constantFrom(0.2, 1, 10);

describe('LinUCB, hybrid', () => {
  it('is Algorithm 2 of Li et al. computed from sums (oracle: the literal algorithm, mathjs)', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(60), settings, settings, (seed, count, lambda, lambda0) => {
        const observations = observed(seed, count);
        const oracle = new LiteralHybrid(D, lambda, lambda0);
        for (const { row, x, reward } of observations) oracle.learn(row, x, reward);
        const policy = linUcbHybrid({ dimension: D, lambda, lambda0, noise: 1, floor: 0 });
        const model = served(policy, policy.fit(learned(observations), PRIOR));
        const scores = scored(policy, model, CONTEXTS);
        const bounds = CONTEXTS.map((x, row) => {
          const { mean, variance } = oracle.score(row, x);
          expect(Math.abs(scores.means[row]! - mean)).toBeLessThan(1e-5);
          expect(Math.abs(scores.deviations[row]! - Math.sqrt(variance))).toBeLessThan(1e-5);
          return mean + Math.sqrt(variance);
        });
        const second = [...bounds].sort((a, b) => b - a)[1]!;
        const best = bounds.indexOf(Math.max(...bounds));
        if (bounds[best]! - second > 1e-4) expect(scores.propensities[best]).toBe(1);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('knows nothing at first: mean 0, variance x·x/λ + x·x/λ₀ (closed form)', () => {
    const policy = linUcbHybrid({ dimension: D, lambda: 10, lambda0: 4, noise: 1 });
    const x = [1, 2, 0, 0];
    const { means, deviations } = scored(policy, policy.emptyModel(), [x]);
    expect(means[0]).toBe(0);
    expect(deviations[0]! ** 2).toBeCloseTo(5 / 10 + 5 / 4, 12);
  });

  it('gives an artwork without trials what the others have in common, and their doubt', () => {
    const observations = observed(3, 400);
    const policy = linUcbHybrid({ dimension: D, lambda: 1, lambda0: 1, noise: 1 });
    const model = served(policy, policy.fit(learned(observations), PRIOR));
    const { means, deviations } = scored(policy, model, CONTEXTS);
    const fresh = CONTEXTS.length - 1;
    const [x, beta] = [CONTEXTS[fresh]!, [...model.beta]];
    expect(means[fresh]).toBeCloseTo(
      x.reduce((sum, xi, i) => sum + xi * beta[i]!, 0),
      12,
    );
    // Its own doubt is the prior's, x·x/λ; what is shared is better known than at first.
    const own = x.reduce((sum, xi) => sum + xi * xi, 0);
    expect(deviations[fresh]! ** 2).toBeGreaterThan(own);
    expect(deviations[fresh]! ** 2).toBeLessThan(2 * own);
  });

  it('explains by weights whose product with x is the mean', () => {
    const policy = linUcbHybrid({ dimension: D });
    const model = served(policy, policy.fit(learned(observed(4, 200)), PRIOR));
    const { means } = scored(policy, model, CONTEXTS);
    CONTEXTS.forEach((x, row) => {
      const weights = model.weights(row);
      expect(x.reduce((sum, xi, i) => sum + xi * weights[i]!, 0)).toBeCloseTo(means[row]!, 6);
    });
  });

  it('moves what is shared with every delta: base and deltas end where a new base does', () => {
    const policy = linUcbHybrid({ dimension: D, lambda: 3 });
    const [early, late] = [observed(5, 100), observed(6, 300)];
    const all = learned([...early, ...late]);
    const model = served(policy, policy.fit(learned(early), PRIOR));
    const before = [...model.beta];
    // Many deltas of the same rows: what is taken out again and again must not drift.
    for (let round = 1; round <= 300; round++) {
      const sums = learned([...early, ...late.slice(0, round)]);
      policy.apply(model, policy.fit(sums, PRIOR, Int32Array.of(late[round - 1]!.row)));
    }
    const whole = served(policy, policy.fit(all, PRIOR));
    expect(Math.abs(before[0]! - whole.beta[0]!)).toBeGreaterThan(1e-3);
    whole.beta.forEach((value, i) => expect(model.beta[i]).toBeCloseTo(value, 10));
    const [a, b] = [scored(policy, model, CONTEXTS), scored(policy, whole, CONTEXTS)];
    a.deviations.forEach((value, i) => expect(value).toBeCloseTo(b.deviations[i]!, 10));
  });

  it('does not read the prior: what artworks have in common is learned from their own sums', () => {
    const policy = linUcbHybrid({ dimension: D });
    const sums = learned(observed(7, 50));
    const other = { mean: Float64Array.of(9, -9, 9, -9), meanReward: 0.9 };
    const models = [PRIOR, other].map((prior) => served(policy, policy.fit(sums, prior)));
    const [a, b] = models.map((model) => scored(policy, model, CONTEXTS));
    expect(a).toEqual(b);
  });

  it('keeps what is shared positive definite over 20,000 artworks that teach one direction alone, whatever λ', () => {
    const statistics = new ArmStatistics({ dimension: 3 });
    // The third entry is always the sum of the others: one direction nobody ever sees, as with an intercept and one-hot groups.
    const rng = seededRng(8);
    for (let row = 0; row < 20_000; row++) {
      const [u, v] = [Math.fround(rng.uniform()), Math.fround(rng.uniform())];
      statistics.addTrial(row, Float32Array.of(u, v, u + v), 0, 1 + rng.below(50), 0);
    }
    const policy = linUcbHybrid({ dimension: 3, lambda: 100, lambda0: 0.1, noise: 1 });
    const model = served(policy, policy.fit(statistics, emptyPrior(3)));
    const scores = {
      means: new Float64Array(1),
      deviations: new Float64Array(1),
      propensities: new Float64Array(1),
    };
    const unseen = { size: 1, rows: Int32Array.of(30_000), contexts: Float32Array.of(1, 1, -1) };
    policy.score(model, unseen, scores);
    // Closed form in the unseen direction: x·x/λ + x·x/λ₀.
    expect(scores.deviations[0]! ** 2 / (3 / 100 + 3 / 0.1)).toBeCloseTo(1, 1);
  });

  it('refuses a row that comes twice, and one whose T is none; nothing has changed then', () => {
    const policy = linUcbHybrid({ dimension: D });
    const base = policy.fit(learned(observed(9, 50)), PRIOR);
    const model = served(policy, base);
    const before = scored(policy, model, CONTEXTS);
    const rowBytes = 4 + 4 * (D + 10);
    const twice = base.slice();
    twice.copyWithin(twice.length - rowBytes, twice.length - 2 * rowBytes, twice.length - rowBytes);
    const long = base.slice();
    new DataView(long.buffer).setFloat32(long.length - 4, 1.1, true);
    for (const bytes of [twice, long]) {
      expect(() => {
        policy.apply(model, bytes);
      }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
    }
    expect(scored(policy, model, CONTEXTS)).toEqual(before);
  });
});
