import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedLength } from '../linalg/packed.js';
import { batchRidge } from '../oracles.contract.js';
import { OnlineRidge } from './online-ridge.js';

const D = 5;
const entry = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
const context = fc.array(entry, { minLength: D, maxLength: D });
const example = fc.record({
  x: context,
  reward: fc.double({ min: 0, max: 1, noNaN: true }),
  weight: fc.double({ min: 0, max: 2, noNaN: true }),
});
type Example = typeof example extends fc.Arbitrary<infer T> ? T : never;

function learnAll(ridge: OnlineRidge, examples: readonly Example[], row = 0): void {
  for (const { x, reward, weight } of examples) ridge.learn(row, Float32Array.from(x), reward, weight, 0);
}

/** θ and A⁻¹ within `tolerance` of mathjs's closed form over all examples at once. */
function expectClosedForm(
  ridge: OnlineRidge,
  examples: readonly Example[],
  mean: readonly number[],
  tolerance = 1e-8,
): void {
  const { theta, inverse } = batchRidge(
    examples.map((e) => e.x),
    examples.map((e) => e.reward),
    examples.map((e) => e.weight),
    ridge.lambda,
    mean,
  );
  const weights = ridge.weights(0);
  theta.forEach((value, i) => {
    expect(Math.abs(weights[i]! - value)).toBeLessThan(tolerance);
  });
  const posterior = ridge.posterior(0);
  if (posterior === undefined) return;
  inverse.forEach((line, i) => {
    line.forEach((value, j) => {
      let product = 0;
      for (let k = Math.max(i, j); k < mean.length; k++)
        product +=
          posterior.inverseLower[packedLength(k) + i]! * posterior.inverseLower[packedLength(k) + j]!;
      expect(Math.abs(product * posterior.inflation ** 2 - value)).toBeLessThan(tolerance);
    });
  });
}

describe('learning one example at a time', () => {
  it('equals ridge regression in closed form, with weights and a prior mean, within 1e-8 (oracle: mathjs)', () => {
    fc.assert(
      fc.property(
        fc.array(example, { maxLength: 25 }),
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        context,
        fc.integer({ min: 1, max: 30 }),
        (examples, lambda, mean, refactorEvery) => {
          const ridge = new OnlineRidge({ dimension: D, lambda, refactorEvery });
          ridge.setPriorMean(Float64Array.from(mean));
          learnAll(ridge, examples);
          expectClosedForm(ridge, examples, mean);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });
});
