import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArmStatistics } from '../arm-statistics.js';
import { packedLength } from '../linalg/packed.js';
import { batchRidge, normalBestProbability } from '../oracles.contract.js';
import type { Prior, SlateScores } from '../policy.js';
import { fitRidge, ridgeFit } from './linear-fit.js';
import { scoreMeans } from './linear-scores.js';
import { linearThompson } from './linear-thompson.js';

const D = 5;
const entry = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
const context = fc.array(entry, { minLength: D, maxLength: D });
const observation = fc.record({
  x: context,
  reward: fc.double({ min: 0, max: 1, noNaN: true }),
  weight: fc.double({ min: 0.1, max: 2, noNaN: true }),
});

interface Observation {
  readonly x: number[];
  readonly reward: number;
  readonly weight: number;
}

function learned(observations: readonly Observation[], row = 0): ArmStatistics {
  const statistics = new ArmStatistics({ dimension: D });
  for (const { x, weight } of observations) statistics.addTrial(row, Float32Array.from(x), 0, weight, 0);
  for (const { x, reward, weight } of observations)
    statistics.addReward(row, Float32Array.from(x), 0, reward, weight, 0);
  return statistics;
}

function priorOf(mean: readonly number[]): Prior {
  return { mean: Float64Array.from(mean), meanReward: 0.1 };
}

function score(
  policy: ReturnType<typeof linearThompson>,
  statistics: ArmStatistics,
  prior: Prior,
  rows: number[],
  contexts: number[][],
): SlateScores {
  const model = policy.emptyModel();
  policy.apply(model, policy.fit(statistics, prior));
  const size = rows.length;
  const scores = {
    means: new Float64Array(size),
    deviations: new Float64Array(size),
    propensities: new Float64Array(size),
  };
  policy.score(
    model,
    { size, rows: Int32Array.from(rows), contexts: Float32Array.from(contexts.flat()) },
    scores,
  );
  return scores;
}

describe('learning one trial at a time', () => {
  it('equals ridge regression in closed form over the whole batch, within 1e-8 (oracle: mathjs)', () => {
    fc.assert(
      fc.property(
        fc.array(observation, { maxLength: 25 }),
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        context,
        (observed, lambda, mean) => {
          const fit = ridgeFit(D);
          fitRidge(fit, learned(observed), 0, priorOf(mean), lambda);
          const { theta, inverse } = batchRidge(
            observed.map((o) => o.x),
            observed.map((o) => o.reward),
            observed.map((o) => o.weight),
            lambda,
            mean,
          );
          theta.forEach((value, i) => {
            expect(Math.abs(fit.theta[i]! - value)).toBeLessThan(1e-8);
          });
          // (L⁻¹)ᵀ·L⁻¹ = (λI + S)⁻¹
          inverse.forEach((line, i) => {
            line.forEach((value, j) => {
              let product = 0;
              for (let k = Math.max(i, j); k < D; k++)
                product += fit.inverseLower[packedLength(k) + i]! * fit.inverseLower[packedLength(k) + j]!;
              expect(Math.abs(product - value)).toBeLessThan(1e-8);
            });
          });
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('is served in float32 within 1e-5: mean x·θ, deviation σ√(xᵀ(λI + S)⁻¹x)', () => {
    fc.assert(
      fc.property(
        fc.array(observation, { minLength: 1, maxLength: 25 }),
        context,
        context,
        (observed, mean, x) => {
          const policy = linearThompson({ dimension: D, lambda: 2, noise: 0.4 });
          const { means, deviations } = score(policy, learned(observed), priorOf(mean), [0], [x]);
          const { theta, inverse } = batchRidge(
            observed.map((o) => o.x),
            observed.map((o) => o.reward),
            observed.map((o) => o.weight),
            2,
            mean,
          );
          const quadratic = x.reduce(
            (sum, xi, i) => sum + x.reduce((inner, xj, j) => inner + xi * inverse[i]![j]! * xj, 0),
            0,
          );
          expect(Math.abs(means[0]! - x.reduce((sum, xi, i) => sum + xi * theta[i]!, 0))).toBeLessThan(1e-5);
          expect(Math.abs(deviations[0]! - 0.4 * Math.sqrt(quadratic))).toBeLessThan(1e-5);
        },
      ),
      { seed: 2, numRuns: 60 },
    );
  });
});

describe('before the first update', () => {
  it('λ = 10 gives a tenth of the variance of λ = 1, and the mean x·μ', () => {
    const x = [1, 0.5, -0.5, 0, 2];
    const mean = [0.1, 0.2, 0, 0.3, 0.05];
    const empty = new ArmStatistics({ dimension: D });
    const at = (lambda: number): SlateScores =>
      score(linearThompson({ dimension: D, lambda, noise: 0.3 }), empty, priorOf(mean), [7], [x]);
    // ‖x‖² = 5.5, so Var = 0.3²·5.5/λ; x·μ = 0.1 + 0.1 + 0.1 = 0.3
    expect(at(1).deviations[0]! ** 2).toBeCloseTo(0.495, 12);
    expect(at(10).deviations[0]! ** 2).toBeCloseTo(0.0495, 12);
    expect(at(10).means[0]).toBeCloseTo(0.3, 12);
  });

  it('a row fitted from nothing but a touch is the prior as well: λ acts once', () => {
    const touched = new ArmStatistics({ dimension: D });
    touched.addTrial(0, new Float32Array(D).fill(1), 0, 0, 0);
    const { means, deviations } = score(
      linearThompson({ dimension: D, lambda: 10 }),
      touched,
      priorOf([1, 0, 0, 0, 0]),
      [0, 1],
      [
        [1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
      ],
    );
    expect(means[0]).toBeCloseTo(means[1]!, 6);
    expect(deviations[0]).toBeCloseTo(deviations[1]!, 6);
  });
});

describe('propensities', () => {
  it('are the floor mixed into P(best) of the posteriors it states (oracle: adaptive quadrature)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(observation, { maxLength: 12 }), { minLength: 2, maxLength: 6 }),
        fc.array(context, { minLength: 6, maxLength: 6 }),
        (arms, contexts) => {
          const statistics = new ArmStatistics({ dimension: D });
          arms.forEach((observed, row) => {
            statistics.merge(learned(observed, row));
          });
          const used = contexts.slice(0, arms.length).map((x) => x.with(0, 1));
          const policy = linearThompson({ dimension: D, floor: 0.1 });
          const { means, deviations, propensities } = score(
            policy,
            statistics,
            priorOf([0.1, 0, 0, 0, 0]),
            arms.map((_, row) => row),
            used,
          );
          propensities.forEach((p, a) => {
            expect(
              Math.abs(p - (0.9 * normalBestProbability([...means], [...deviations], a) + 0.1 / arms.length)),
            ).toBeLessThan(1e-4);
          });
        },
      ),
      { seed: 3, numRuns: 25 },
    );
  });
});

describe('the served model', () => {
  const observed = [{ x: [1, 0, 0, 0, 0], reward: 1, weight: 1 }];

  it('scoreMeans gives the means alone, the same to the bit', () => {
    const policy = linearThompson({ dimension: D });
    const model = policy.emptyModel();
    policy.apply(model, policy.fit(learned(observed), priorOf([0.1, 0.2, 0.3, 0.4, 0.5])));
    const slate = {
      size: 2,
      rows: Int32Array.of(0, 9),
      contexts: Float32Array.of(1, 2, 3, 4, 5, 5, 4, 3, 2, 1),
    };
    const scores = {
      means: new Float64Array(2),
      deviations: new Float64Array(2),
      propensities: new Float64Array(2),
    };
    policy.score(model, slate, scores);
    const means = new Float64Array(2);
    scoreMeans(model, slate, means);
    expect(means).toEqual(scores.means);
  });

  it('holds 2,240 bytes per fitted artwork at d = 32, and 4 per row number', () => {
    const statistics = new ArmStatistics({ dimension: 32 });
    for (let row = 0; row < 6400; row++) statistics.addTrial(row, new Float32Array(32).fill(1), 0, 1, 0);
    const policy = linearThompson({ dimension: 32 });
    const model = policy.emptyModel();
    policy.apply(model, policy.fit(statistics, { mean: new Float64Array(32), meanReward: 0.1 }));
    expect(model.rows).toBe(6400);
    expect(model.byteLength / 6400).toBeLessThan(2400);
  });

  it('refuses contexts that are not finite', () => {
    const policy = linearThompson({ dimension: D });
    expect(() =>
      score(
        policy,
        learned(observed),
        priorOf([0.1, 0, 0, 0, 0]),
        [0, 1],
        [
          [1, NaN, 0, 0, 0],
          [1, 0, 0, 0, 0],
        ],
      ),
    ).toThrow(expect.objectContaining({ code: 'bandit/bad-score' }));
  });

  it('refuses statistics and priors of another dimension', () => {
    const policy = linearThompson({ dimension: D });
    expect(() => policy.fit(new ArmStatistics({ dimension: D + 1 }), priorOf([0, 0, 0, 0, 0]))).toThrow(
      expect.objectContaining({ code: 'bandit/bad-shape' }),
    );
    expect(() => policy.fit(learned(observed), priorOf([0]))).toThrow(
      expect.objectContaining({ code: 'bandit/bad-shape' }),
    );
  });

  it('refuses rows that hold NaN, and keeps what it had', () => {
    const policy = linearThompson({ dimension: D });
    const base = policy.fit(learned(observed), priorOf([0, 0, 0, 0, 0]));
    const model = policy.emptyModel();
    policy.apply(model, base);
    const bad = base.slice();
    new DataView(bad.buffer).setFloat32(bad.length - 4, NaN, true);
    expect(() => {
      policy.apply(model, bad);
    }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
    expect(model.rows).toBe(1);
  });
});
