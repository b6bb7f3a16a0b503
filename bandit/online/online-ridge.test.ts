import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { OnlineRidge } from './online-ridge.js';
import {
  context,
  D,
  example,
  examples,
  expectClosedForm,
  expectNear,
  inverseOf,
  lambdas,
  learned,
} from './ridge-oracle.contract.js';

describe('learning one example at a time', () => {
  it('equals ridge regression in closed form, with weights and a prior mean, within 1e-8 (oracle: mathjs)', () => {
    fc.assert(
      fc.property(
        examples,
        lambdas,
        context,
        fc.integer({ min: 1, max: 30 }),
        (list, lambda, mean, refactorEvery) => {
          expectClosedForm(learned({ lambda, refactorEvery }, list, mean), list, mean);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('before the first update λ = 10 gives 1/10, and μ', () => {
    const ridge = learned({ lambda: 10 }, [], [1, 2, 3, 4, 5]);
    expect(ridge.posterior(0)).toBeUndefined();
    ridge.learn(0, new Float32Array(D).fill(1), 1, 0, 0);
    expectNear(
      inverseOf(ridge).flat(),
      Array.from({ length: 25 }, (_, k) => (k % 6 === 0 ? 0.1 : 0)),
      1e-15,
    );
    expect(ridge.weights(0)).toEqual(Float64Array.of(1, 2, 3, 4, 5));
    expect(ridge.weights(7)).toEqual(Float64Array.of(1, 2, 3, 4, 5));
  });

  it('order does not matter', () => {
    fc.assert(
      fc.property(examples, context, (list, mean) => {
        const [forward, backward] = [learned({}, list, mean), learned({}, list.toReversed(), mean)];
        expectNear(forward.weights(0), backward.weights(0));
      }),
      { seed: 2, numRuns: 40 },
    );
  });

  it('a late reward equals an early one, also when the prior mean has moved in between', () => {
    fc.assert(
      fc.property(examples, context, (list, mean) => {
        const late = learned(
          {},
          list.map((e) => ({ ...e, reward: 0 })),
        );
        late.setPriorMean(Float64Array.from(mean));
        for (const { x, reward, weight, atMs } of list)
          late.changeReward(0, Float32Array.from(x), reward, weight, atMs);
        expectNear(late.weights(0), learned({}, list, mean).weights(0));
      }),
      { seed: 3, numRuns: 40 },
    );
  });

  it('weight 3 equals three times', () => {
    fc.assert(
      fc.property(examples, (list) => {
        const once = learned(
          {},
          list.map((e) => ({ ...e, weight: 3 })),
        );
        const thrice = learned(
          {},
          list.flatMap((e) => Array.from({ length: 3 }, () => ({ ...e, weight: 1 }))),
        );
        expectNear(once.weights(0), thrice.weights(0));
      }),
      { seed: 4, numRuns: 30 },
    );
  });

  it.each([1, 2, 31, 256])('holds at d = %i, at row 199', (d) => {
    const rng = seededRng(d);
    const ridge = new OnlineRidge({ dimension: d, lambda: 2, refactorEvery: 4 });
    const xs = Array.from({ length: 9 }, () => Float32Array.from({ length: d }, () => rng.normal()));
    xs.forEach((x, n) => {
      ridge.learn(199, x, n % 2, 1, 0);
    });
    // Where the derivative of Σ(r − x·θ)² + λ‖θ‖² is zero: λθ = Σ x·(r − x·θ).
    const theta = ridge.weights(199);
    const pull = new Float64Array(d);
    xs.forEach((x, n) => {
      const residual = (n % 2) - x.reduce((sum, value, i) => sum + value * theta[i]!, 0);
      x.forEach((value, i) => (pull[i] = pull[i]! + value * residual));
    });
    expectNear(
      theta.map((value) => 2 * value),
      pull,
      1e-9,
    );
    expect(ridge.posterior(0)).toBeUndefined();
  });

  it('rows have nothing to do with each other', () => {
    const ridge = new OnlineRidge({ dimension: D });
    const list = fc.sample(example, { seed: 5, numRuns: 60 });
    list.forEach(({ x, reward, weight }, n) => {
      ridge.learn(n % 3, Float32Array.from(x), reward, weight, 0);
    });
    const alone = learned(
      {},
      list.filter((_, n) => n % 3 === 0).map((e) => ({ ...e, atMs: 0 })),
    );
    expect(ridge.encodeRow(0)).toEqual(alone.encodeRow(0));
  });
});
