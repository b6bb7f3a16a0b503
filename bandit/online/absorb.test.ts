import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { createPolicy } from '../policies/index.js';
import { POLICY_NAMES, type Model, type Policy } from '../policy.js';
import { OnlineRidge } from './online-ridge.js';

const D = 6;
const prior = { mean: Float64Array.of(0.2, 0.1, 0, -0.1, 0, 0.05), meanReward: 0.1 };
const policies = POLICY_NAMES.map((name) => createPolicy(name, {}, D)).filter(
  (policy) => policy.incremental !== undefined,
);

function scores(policy: Policy, model: Model, contexts: Float32Array): number[] {
  const [means, deviations, propensities] = [0, 1, 2].map(() => new Float64Array(4));
  const slate = { size: 4, rows: Int32Array.of(0, 1, 2, 9), contexts };
  policy.score(model, slate, { means: means!, deviations: deviations!, propensities: propensities! });
  return [...means!, ...deviations!, ...propensities!];
}

it('most policies keep rows current without a fit', () => {
  expect(policies.map((policy) => policy.name)).toEqual(
    expect.arrayContaining(['linear-thompson', 'epsilon-greedy', 'softmax', 'linucb', 'squarecb', 'regcb']),
  );
});

describe.each(policies.map((policy) => [policy.name, policy] as const))('absorb: %s', (_, policy) => {
  it.each([Infinity, 2000])(
    'serves what a fit of the same sums serves, within 1e-5 (half-life %d ms)',
    (halfLifeMs) => {
      const rng = seededRng(2);
      const incremental = policy.incremental!;
      const ridge = new OnlineRidge({ dimension: D, lambda: incremental.lambda, halfLifeMs });
      ridge.setPriorMean(prior.mean);
      const swept = policy.emptyModel();
      policy.apply(swept, policy.fit(new OnlineRidge({ dimension: D }).statistics, prior));
      for (let n = 0; n < 300; n++) {
        const x = Float32Array.from({ length: D }, () => rng.normal());
        ridge.learn(n % 3, x, rng.below(2), 1, n);
      }
      for (const row of [0, 1, 2]) {
        // With forgetting, λ is exact only after a factorisation; see OnlineRidge.
        if (halfLifeMs !== Infinity) ridge.refactorise(row);
        incremental.absorb(swept, row, ridge.posterior(row)!);
      }
      const fitted = policy.emptyModel();
      policy.apply(fitted, policy.fit(ridge.statistics, prior));
      const contexts = Float32Array.from({ length: 4 * D }, () => rng.normal());
      scores(policy, swept, contexts).forEach((value, i) => {
        expect(Math.abs(value - scores(policy, fitted, contexts)[i]!)).toBeLessThan(1e-5);
      });
    },
  );
});
