import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng, type Rng } from '../core/rng.js';
import { ArmStatistics } from './arm-statistics.js';
import { createPolicy, policySettings } from './policies/index.js';
import { statisticsOf } from './policy-statistics.js';
import { POLICY_NAMES, type Model, type Policy, type Slate, type SlateScores } from './policy.js';
import { priorFrom } from './prior.js';

/** What holds over the whole range of settings and shapes, for every policy. A new one is added to POLICY_NAMES and to nothing here. */
interface World {
  readonly statistics: ArmStatistics;
  readonly shared: ArmStatistics;
}

const contextOf = (rng: Rng, dimension: number): Float32Array =>
  Float32Array.from({ length: dimension }, (_, i) => (i === 0 ? 1 : rng.normal() / Math.sqrt(dimension)));

interface Trial {
  readonly row: number;
  readonly x: Float32Array;
  readonly reward: number;
}

function trialsOf(seed: number, dimension: number, rows: number, count: number): Trial[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, () => {
    const row = rng.below(rows);
    const reward = rng.uniform() < 0.05 * (1 + (row % 5)) ? rng.uniform() : 0;
    return { row, x: contextOf(rng, dimension), reward };
  });
}

/** Every trial at its own time; with `late`, every reward after the last trial, in two halves. */
function learn(policy: Policy, dimension: number, trials: readonly Trial[], late = false): World {
  const world = {
    statistics: statisticsOf({ ...policy, dimension }, { halfLifeMs: 1000 }),
    shared: new ArmStatistics({ dimension, halfLifeMs: 1000 }),
  };
  const reward = ({ row, x }: Trial, change: number, atMs: number): void => {
    world.statistics.addReward(row, x, 0, change, 1, atMs);
    world.shared.addReward(0, x, 0, change, 1, atMs);
  };
  trials.forEach((trial, atMs) => {
    world.statistics.addTrial(trial.row, trial.x, 0, 1, atMs);
    world.shared.addTrial(0, trial.x, 0, 1, atMs);
    if (!late) reward(trial, trial.reward, atMs);
  });
  if (late)
    for (const half of [0, 1]) {
      trials.forEach((trial, atMs) => {
        reward(trial, half === 0 ? trial.reward / 4 : trial.reward * 0.75, atMs);
      });
    }
  return world;
}

function slateOf(seed: number, size: number, dimension: number, rows: number): Slate {
  const rng = seededRng(seed);
  const contexts = new Float32Array(size * dimension);
  for (let a = 0; a < size; a++) contexts.set(contextOf(rng, dimension), a * dimension);
  return { size, rows: Int32Array.from({ length: size }, () => rng.below(rows)), contexts };
}

function scored(policy: Policy, model: Model, slate: Slate): SlateScores {
  const scores = {
    means: new Float64Array(slate.size),
    deviations: new Float64Array(slate.size),
    propensities: new Float64Array(slate.size),
  };
  policy.score(model, slate, scores);
  return scores;
}

function served(policy: Policy, { statistics, shared }: World): Model {
  const model = policy.emptyModel();
  policy.apply(model, policy.fit(statistics, priorFrom(shared)));
  return model;
}

function expectProbabilities(scores: SlateScores, floor: number): void {
  const { propensities } = scores;
  expect(Math.abs(propensities.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-9);
  expect(Math.min(...propensities)).toBeGreaterThanOrEqual((floor / propensities.length) * (1 - 1e-12));
  expect([...scores.means, ...scores.deviations].every(Number.isFinite)).toBe(true);
}

describe.each(POLICY_NAMES)('over the whole range: %s', (name) => {
  const D = 4;
  const ROWS = 12;
  const world = learn(createPolicy(name, {}, D), D, trialsOf(3, D, ROWS - 3, 400));

  it('p(a) ≥ ε/K for any floor ε, and Σp = 1 ± 1e-9; ε = 1 is uniform', () => {
    const hasFloor = 'floor' in policySettings(name);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        fc.integer({ min: 1, max: 9 }),
        (floor, seed, size) => {
          const policy = createPolicy(name, hasFloor ? { floor } : {}, D);
          expect(policy.floor).toBe(hasFloor ? floor : 1);
          expectProbabilities(
            scored(policy, served(policy, world), slateOf(seed, size, D, ROWS)),
            policy.floor,
          );
        },
      ),
      { seed: 1, numRuns: 40 },
    );
    const even = createPolicy(name, hasFloor ? { floor: 1 } : {}, D);
    for (const p of scored(even, served(even, world), slateOf(1, 8, D, ROWS)).propensities)
      expect(p).toBeCloseTo(1 / 8, 12);
  });

  it.each([
    [1, 1],
    [200, 1],
    [1, 256],
    [2, 31],
    [37, 17],
    [200, 64],
    [200, 256],
  ])('K = %i, d = %i: probabilities, and the same again from the same bytes', (size, dimension) => {
    const rows = Math.min(size + 2, 24);
    const policy = createPolicy(name, {}, dimension);
    const { statistics, shared } = learn(policy, dimension, trialsOf(5, dimension, rows - 1, 60));
    const base = policy.fit(statistics, priorFrom(shared));
    const slate = slateOf(6, size, dimension, rows);
    const [first, again] = [base, base.slice()].map((bytes) => {
      const model = policy.emptyModel();
      policy.apply(model, bytes);
      return scored(policy, model, slate);
    });
    expectProbabilities(first!, policy.floor);
    expect(again).toEqual(first);
  });

  it('a late reward, in pieces and after more trials, leads to the same probabilities as an early one', () => {
    const policy = createPolicy(name, {}, D);
    const trials = trialsOf(8, D, ROWS - 3, 300);
    const [early, late] = [learn(policy, D, trials), learn(policy, D, trials, true)].map((each) =>
      served(policy, each),
    );
    for (let seed = 0; seed < 20; seed++) {
      const slate = slateOf(seed, 8, D, ROWS);
      const [a, b] = [scored(policy, early!, slate), scored(policy, late!, slate)];
      a.propensities.forEach((p, i) => {
        expect(Math.abs(b.propensities[i]! - p)).toBeLessThan(1e-4);
      });
    }
  });

  it('a score that fails changes nothing: the next one is as before', () => {
    const policy = createPolicy(name, {}, D);
    const model = served(policy, world);
    const slate = slateOf(1, 5, D, ROWS);
    const before = scored(policy, model, slate);
    for (const bad of policy.dimension > 0 ? [NaN, Infinity, -Infinity] : []) {
      const contexts = slate.contexts.slice();
      contexts[2 * D] = bad;
      expect(() => scored(policy, model, { ...slate, contexts })).toThrow(
        expect.objectContaining({ code: 'bandit/bad-score' }),
      );
    }
    expect(() => scored(policy, model, { ...slate, size: 0 })).toThrow(
      expect.objectContaining({ code: 'bandit/empty-slate' }),
    );
    expect(() => scored(policy, model, { ...slate, size: 2.5 })).toThrow(
      expect.objectContaining({ code: 'bandit/bad-shape' }),
    );
    expect(scored(policy, model, slate)).toEqual(before);
  });
});
