import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArmStatistics } from '../arm-statistics.js';
import { batchRidge } from '../oracles.contract.js';
import { POLICY_NAMES, type Policy, type PolicyName, type SlateScores } from '../policy.js';
import { createPolicy, LinearModel, policySettings } from './index.js';
import { fitRidge, fitRidgeMean, ridgeFit } from './linear-fit.js';
import {
  contextOf,
  learn,
  learnedFrom,
  observationOf,
  priorOf,
  scoresOf,
  type Observation,
} from './linear-world.contract.js';

/** Laws of every policy over artworks' own ridge regressions: a new one with a LinearModel is covered without a line here. */
const LINEAR = POLICY_NAMES.filter((name) => createPolicy(name, {}, 1).emptyModel() instanceof LinearModel);
const D = 5;
const ROWS = [0, 1, 2];

function policyOf(name: PolicyName, settings: Record<string, number> = {}, dimension = D): Policy {
  return createPolicy(name, settings, dimension);
}

function oracle(observed: readonly Observation[], lambda: number, mean: readonly number[]) {
  return batchRidge(
    observed.map((o) => o.x),
    observed.map((o) => o.reward),
    observed.map((o) => o.weight),
    lambda,
    mean,
  );
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i]! - value)).toBeLessThan(tolerance);
  });
}

const arms = fc.array(fc.array(observationOf(D), { maxLength: 12 }), { minLength: 3, maxLength: 3 });
const contexts = fc.array(contextOf(D), { minLength: 3, maxLength: 3 });

it('covers the policies it is meant for', () => {
  expect(LINEAR).toEqual(
    expect.arrayContaining(['linear-thompson', 'epsilon-greedy', 'softmax', 'linucb', 'squarecb', 'regcb']),
  );
});

it('θ without L⁻¹ is θ with it, to the bit, and the closed form within 1e-8 (oracle: mathjs)', () => {
  fc.assert(
    fc.property(
      fc.array(observationOf(D), { maxLength: 25 }),
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      contextOf(D),
      (observed, lambda, mean) => {
        const statistics = learnedFrom(D, [observed]);
        const [alone, full] = [ridgeFit(D), ridgeFit(D)];
        fitRidgeMean(alone, statistics, 0, priorOf(mean), lambda);
        fitRidge(full, statistics, 0, priorOf(mean), lambda);
        expect(alone.theta).toEqual(full.theta);
        expectClose(alone.theta, oracle(observed, lambda, mean).theta, 1e-8);
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

describe.each(LINEAR)('laws of linear policies: %s', (name) => {
  const policy = policyOf(name);
  const hasDeviations = 'noise' in policySettings(name);

  it('serves the closed-form ridge regression over all its trials, within float32 (oracle: mathjs)', () => {
    fc.assert(
      fc.property(
        arms,
        contexts,
        contextOf(D),
        fc.double({ min: 0.5, max: 20, noNaN: true }),
        (observed, x, mean, lambda) => {
          const strict = policyOf(name, { lambda });
          const { means, deviations } = scoresOf(strict, learnedFrom(D, observed), priorOf(mean), ROWS, x);
          ROWS.forEach((row) => {
            const { theta, inverse } = oracle(observed[row]!, lambda, mean);
            const quadratic = x[row]!.reduce(
              (sum, xi, i) => sum + x[row]!.reduce((inner, xj, j) => inner + xi * inverse[i]![j]! * xj, 0),
              0,
            );
            const predicted = x[row]!.reduce((sum, xi, i) => sum + xi * theta[i]!, 0);
            expect(Math.abs(means[row]! - predicted)).toBeLessThan(1e-5);
            // The default noise is 0.3.
            expect(
              Math.abs(deviations[row]! - (hasDeviations ? 0.3 * Math.sqrt(quadratic) : 0)),
            ).toBeLessThan(1e-5);
          });
        },
      ),
      { seed: 2, numRuns: 40 },
    );
  });

  it('merged learners serve what one learner of all the data does', () => {
    fc.assert(
      fc.property(arms, arms, contexts, contextOf(D), (first, second, x, mean) => {
        const merged = learnedFrom(D, first);
        merged.merge(learnedFrom(D, second));
        const together = learnedFrom(
          D,
          first.map((observed, row) => [...observed, ...second[row]!]),
        );
        const [a, b] = [merged, together].map((sums) => scoresOf(policy, sums, priorOf(mean), ROWS, x));
        expectClose(a!.means, [...b!.means], 1e-6);
        expectClose(a!.deviations, [...b!.deviations], 1e-6);
      }),
      { seed: 3, numRuns: 40 },
    );
  });

  it('before the first trial λ = 10 counts ten times as much as λ = 1, and an artwork is the prior', () => {
    const x = [1, 0.5, -0.5, 0, 2];
    const mean = [0.1, 0.2, 0, 0.3, 0.05];
    const untouched = new ArmStatistics({ dimension: D });
    const touched = new ArmStatistics({ dimension: D });
    touched.addTrial(0, Float32Array.from(x), 0, 0, 0);
    for (const statistics of [untouched, touched]) {
      const at = (lambda: number): SlateScores =>
        scoresOf(policyOf(name, { lambda }), statistics, priorOf(mean), [0], [x]);
      // x·μ = 0.1 + 0.1 + 0 + 0 + 0.1; ‖x‖² = 5.5, so Var = 0.3²·5.5/λ
      expect(at(10).means[0]).toBeCloseTo(0.3, 6);
      expect(at(1).deviations[0]! ** 2).toBeCloseTo(hasDeviations ? 0.495 : 0, 6);
      expect(at(10).deviations[0]! ** 2).toBeCloseTo(hasDeviations ? 0.0495 : 0, 6);
    }
    // One good play in context e₁ around μ = 0: θ₁ = 1/(λ + 1).
    const play = { x: [1, 0, 0, 0, 0], reward: 1, weight: 1 };
    const once = (lambda: number): number =>
      scoresOf(policyOf(name, { lambda }), learnedFrom(D, [[play]]), priorOf([0, 0, 0, 0, 0]), [0], [play.x])
        .means[0]!;
    expect(once(1)).toBeCloseTo(1 / 2, 6);
    expect(once(10)).toBeCloseTo(1 / 11, 6);
  });

  it('a reward that comes late, in pieces, and after forgetting, counts as one that came at once', () => {
    const x = Float32Array.of(1, 0.5, -0.25, 0, 1);
    const [early, late] = [0, 1].map(() => new ArmStatistics({ dimension: D, halfLifeMs: 1000 }));
    early!.addTrial(0, x, 0, 1, 0);
    early!.addReward(0, x, 0, 0.75, 1, 0);
    late!.addTrial(0, x, 0, 1, 0);
    for (const statistics of [early!, late!]) statistics.addTrial(0, x.map(Math.abs), 0, 1, 5000);
    late!.addReward(0, x, 0, 0.5, 1, 0);
    late!.addReward(0, x, 0, 0.25, 1, 0);
    const [a, b] = [early!, late!].map((sums) =>
      scoresOf(policy, sums, priorOf([0.1, 0, 0, 0, 0]), [0, 1], [[...x], [...x]]),
    );
    for (const key of ['means', 'deviations', 'propensities'] as const)
      expectClose(a![key], [...b![key]], 1e-7);
  });

  it('refuses contexts that are not finite, naming the arm', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      expect(() =>
        scoresOf(
          policy,
          learnedFrom(D, [[]]),
          priorOf([0.1, 0.1, 0, 0, 0]),
          [0, 1],
          [
            [1, 0, 0, 0, 0],
            [1, bad, 0, 0, 0],
          ],
        ),
      ).toThrow(
        expect.objectContaining({
          code: 'bandit/bad-score',
          message: expect.stringContaining('arm 1') as string,
        }),
      );
    }
  });

  it('refuses statistics and priors of another dimension', () => {
    for (const [dimension, length] of [
      [D + 1, D],
      [D, D + 1],
    ] as const) {
      expect(() =>
        policy.fit(new ArmStatistics({ dimension }), priorOf(Array<number>(length).fill(0))),
      ).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
    }
    for (const dimension of [0, 257, 1.5, NaN]) {
      expect(() => policyOf(name, {}, dimension)).toThrow(
        expect.objectContaining({
          code: 'bandit/bad-setting',
          message: expect.stringContaining(`${name}.dimension is ${dimension}`) as string,
        }),
      );
    }
  });

  it('refuses rows that hold NaN or infinities anywhere, and keeps what it had', () => {
    const statistics = learnedFrom(2, [[{ x: [1, 0.5], reward: 1, weight: 1 }], []]);
    learn(statistics, 1, [{ x: [1, -0.5], reward: 0, weight: 2 }]);
    const small = policyOf(name, {}, 2);
    const model = small.emptyModel();
    const base = small.fit(statistics, priorOf([0.1, 0]));
    small.apply(model, base);
    const delta = small.fit(statistics, priorOf([0.1, 0]), Int32Array.of(0, 1));
    const rowBytes = (delta.length - 16) / 2;
    for (let at = 16 + rowBytes + 4; at < delta.length; at += 4) {
      for (const bad of [NaN, Infinity]) {
        const bytes = delta.slice();
        new DataView(bytes.buffer).setFloat32(at, bad, true);
        expect(() => {
          small.apply(model, bytes);
        }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
      }
    }
    const slate = { size: 3, rows: Int32Array.of(0, 1, 2), contexts: Float32Array.of(1, 0, 0, 1, 1, 1) };
    const scores = {
      means: new Float64Array(3),
      deviations: new Float64Array(3),
      propensities: new Float64Array(3),
    };
    small.score(model, slate, scores);
    expect(scores).toEqual(
      scoresOf(small, statistics, priorOf([0.1, 0]), ROWS, [
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
    );
    expect(model.rows).toBe(2);
  });
});
