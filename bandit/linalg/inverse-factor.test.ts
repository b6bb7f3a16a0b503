import fc from 'fast-check';
import { add, det, inv, matrix, multiply, transpose, type Matrix } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { updateInverseFactor } from './inverse-factor.js';
import { packedLength } from './packed.js';

const MAX_D = 9;
const entry = fc.double({ min: -2, max: 2, noNaN: true });
const vector = fc.array(entry, { minLength: MAX_D, maxLength: MAX_D });
const trial = fc.record({
  x: vector,
  weight: fc.double({ min: 0, max: 3, noNaN: true }),
  reward: fc.double({ min: 0, max: 1, noNaN: true }),
});

function identityFactor(d: number, lambda: number): Float64Array {
  const inverseLower = new Float64Array(packedLength(d));
  for (let i = 0; i < d; i++) inverseLower[packedLength(i) + i] = 1 / Math.sqrt(lambda);
  return inverseLower;
}

function square(packed: Float64Array, d: number): Matrix {
  return matrix(
    Array.from({ length: d }, (_, i) =>
      Array.from({ length: d }, (__, j) => (j <= i ? packed[packedLength(i) + j]! : 0)),
    ),
  );
}

function largestDifference(a: Matrix, b: Matrix): number {
  const [left, right] = [a.toArray().flat(2) as number[], b.toArray().flat(2) as number[]];
  return Math.max(...left.map((value, i) => Math.abs(value - right[i]!)));
}

describe('updateInverseFactor (oracle: mathjs)', () => {
  it('WᵀW stays A⁻¹, θ stays A⁻¹b, and the result is det A′/det A', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_D }),
        fc.double({ min: 0.5, max: 20, noNaN: true }),
        fc.array(trial, { minLength: 1, maxLength: 12 }),
        (d, lambda, trials) => {
          const inverseLower = identityFactor(d, lambda);
          const theta = new Float64Array(d);
          let a = multiply(inv(multiply(transpose(square(inverseLower, d)), square(inverseLower, d))), 1);
          let b = matrix(Array.from({ length: d }, () => [0]));
          for (const { x, weight, reward } of trials) {
            const column = matrix(x.slice(0, d).map((value) => [value]));
            const next = add(a, multiply(multiply(column, transpose(column)), weight));
            const grown = updateInverseFactor(inverseLower, d, Float64Array.from(x), weight, theta, reward);
            expect(grown / (det(next) / det(a))).toBeCloseTo(1, 8);
            a = next;
            b = add(b, multiply(column, weight * reward));
          }
          const w = square(inverseLower, d);
          expect(largestDifference(multiply(transpose(w), w), inv(a))).toBeLessThan(1e-10);
          expect(
            largestDifference(matrix([...theta].map((value) => [value])), multiply(inv(a), b)),
          ).toBeLessThan(1e-10);
          for (let i = 0; i < d; i++) expect(inverseLower[packedLength(i) + i]).toBeGreaterThan(0);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('a weight of 0 changes nothing', () => {
    const [inverseLower, theta] = [identityFactor(3, 2), Float64Array.of(1, 2, 3)];
    expect(updateInverseFactor(inverseLower, 3, Float32Array.of(1, 2, 3), 0, theta, 1)).toBe(1);
    expect(inverseLower).toEqual(identityFactor(3, 2));
    expect(theta).toEqual(Float64Array.of(1, 2, 3));
  });
});
