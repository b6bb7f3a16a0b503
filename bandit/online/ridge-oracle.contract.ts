/** What the tests of online ridge regression share: random examples, and mathjs's closed form over all of them at once. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { packedLength } from '../linalg/packed.js';
import { batchRidge } from '../oracles.contract.js';
import { OnlineRidge, type OnlineRidgeOptions } from './online-ridge.js';

export const D = 5;
export const ZEROS = Array.from({ length: D }, () => 0);
const entry = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
export const context = fc.array(entry, { minLength: D, maxLength: D });
export const share = fc.double({ min: 0, max: 1, noNaN: true });
export const lambdas = fc.double({ min: 0.1, max: 20, noNaN: true });
export const example = fc.record({
  x: context,
  reward: share,
  weight: fc.double({ min: 0, max: 2, noNaN: true }),
  atMs: fc.double({ min: 0, max: 3000, noNaN: true }),
});
export interface Example {
  readonly x: number[];
  readonly reward: number;
  readonly weight: number;
  readonly atMs: number;
}
export const examples = fc.array(example, { maxLength: 25 });

export function learned(
  options: Partial<OnlineRidgeOptions>,
  list: readonly Example[],
  mean = ZEROS,
): OnlineRidge {
  const ridge = new OnlineRidge({ dimension: D, ...options });
  ridge.setPriorMean(Float64Array.from(mean));
  for (const { x, reward, weight, atMs } of list) ridge.learn(0, Float32Array.from(x), reward, weight, atMs);
  return ridge;
}

/** A⁻¹ of row 0, dense. */
export function inverseOf(ridge: OnlineRidge, d = D): number[][] {
  const { inverseLower, inflation } = ridge.posterior(0)!;
  return Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (__, j) => {
      let product = 0;
      for (let k = Math.max(i, j); k < d; k++)
        product += inverseLower[packedLength(k) + i]! * inverseLower[packedLength(k) + j]!;
      return product * inflation ** 2;
    }),
  );
}

export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-8): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(within);
}

/** θ and A⁻¹ as mathjs computes them in closed form over all examples at once, each with `decay(atMs)` of its weight. */
export function expectClosedForm(
  ridge: OnlineRidge,
  list: readonly Example[],
  mean: readonly number[],
  lambda = ridge.lambda,
  decay: (atMs: number) => number = () => 1,
): void {
  const { theta, inverse } = batchRidge(
    list.map((e) => e.x),
    list.map((e) => e.reward),
    list.map((e) => e.weight * decay(e.atMs)),
    lambda,
    mean,
  );
  expectNear(ridge.weights(0), theta);
  if (list.length > 0) expectNear(inverseOf(ridge).flat(), inverse.flat());
}
