import fc from 'fast-check';
import { det, inv, matrix, multiply, transpose } from 'mathjs';
import { describe, expect, it } from 'vitest';
import {
  choleskyInPlace,
  dot,
  invertLower,
  packedLength,
  solveLower,
  solveLowerTransposed,
  squaredNormOfProduct,
} from './packed.js';

const entry = fc.double({ min: -2, max: 2, noNaN: true });

/** A = M·Mᵀ + I/2: positive definite whatever M. */
const positiveDefinite = fc
  .integer({ min: 1, max: 9 })
  .chain((d) => fc.array(fc.array(entry, { minLength: d, maxLength: d }), { minLength: d, maxLength: d }))
  .map((m) => {
    const product = multiply(matrix(m), transpose(matrix(m))).toArray() as number[][];
    return product.map((row, i) => row.map((value, j) => value + (i === j ? 0.5 : 0)));
  });

function pack(a: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(a.flatMap((row, i) => row.slice(0, i + 1)));
}

function unpackLower(packed: Float64Array | Float32Array, d: number): number[][] {
  return Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (__, j) => (j <= i ? packed[packedLength(i) + j]! : 0)),
  );
}

function expectMatrix(actual: number[][], expected: number[][], tolerance: number): void {
  actual.forEach((row, i) => {
    row.forEach((value, j) => {
      expect(Math.abs(value - expected[i]![j]!)).toBeLessThan(
        tolerance * Math.max(1, Math.abs(expected[i]![j]!)),
      );
    });
  });
}

describe('packed triangles (oracle: mathjs)', () => {
  it('L·Lᵀ = A, and Π L(i,i)² = det A', () => {
    fc.assert(
      fc.property(positiveDefinite, (a) => {
        const lower = pack(a);
        choleskyInPlace(lower, a.length);
        const l = matrix(unpackLower(lower, a.length));
        expectMatrix(multiply(l, transpose(l)).toArray() as number[][], a, 1e-10);
        const determinant = a.reduce((product, _, i) => product * lower[packedLength(i) + i]! ** 2, 1);
        expect(determinant / det(matrix(a))).toBeCloseTo(1, 8);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('L⁻¹ is the inverse, and (L⁻¹)ᵀL⁻¹ is A⁻¹', () => {
    fc.assert(
      fc.property(positiveDefinite, (a) => {
        const d = a.length;
        const lower = pack(a);
        choleskyInPlace(lower, d);
        const inverse = new Float64Array(packedLength(d)).fill(NaN);
        invertLower(lower, d, inverse);
        const li = matrix(unpackLower(inverse, d));
        expectMatrix(
          multiply(transpose(li), li).toArray() as number[][],
          inv(matrix(a)).toArray() as number[][],
          1e-9,
        );
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('forward and back substitution solve A·x = b', () => {
    fc.assert(
      fc.property(positiveDefinite, fc.array(entry, { minLength: 9, maxLength: 9 }), (a, values) => {
        const d = a.length;
        const b = values.slice(0, d);
        const lower = pack(a);
        choleskyInPlace(lower, d);
        const x = Float64Array.from(b);
        solveLower(lower, d, x);
        solveLowerTransposed(lower, d, x);
        const expected = multiply(inv(matrix(a)), matrix(b)).toArray() as number[];
        expectMatrix([[...x]], [expected], 1e-9);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('‖T·x‖² for odd and even d, from any offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.nat(5),
        fc.nat(5),
        fc.integer(),
        (d, offset, xOffset, seed) => {
          const value = (i: number): number => Math.sin(i * 1.7 + seed);
          const triangle = Float32Array.from({ length: offset + packedLength(d) }, (_, i) => value(i));
          const x = Float32Array.from({ length: xOffset + d }, (_, i) => value(i + 99));
          const product = multiply(
            matrix(unpackLower(triangle.subarray(offset), d)),
            matrix([...x.subarray(xOffset)]),
          );
          const expected = (product.toArray() as number[]).reduce((sum, v) => sum + v * v, 0);
          expect(squaredNormOfProduct(triangle, offset, x, xOffset, d)).toBeCloseTo(expected, 10);
        },
      ),
      { seed: 4, numRuns: 100 },
    );
  });

  it('dot takes offsets on both sides', () => {
    expect(dot(Float64Array.of(9, 1, 2), 1, Float32Array.of(9, 9, 3, 4), 2, 2)).toBe(11);
  });

  it.each([
    { name: 'indefinite', a: [1, 2, 1] },
    { name: 'singular', a: [1, 1, 1] },
    { name: 'negative', a: [-1] },
    { name: 'NaN', a: [1, NaN, 1] },
    { name: 'infinite', a: [Infinity] },
  ])('never repairs a matrix that is $name', ({ a }) => {
    expect(() => {
      choleskyInPlace(Float64Array.from(a), a.length === 1 ? 1 : 2);
    }).toThrow(expect.objectContaining({ code: 'bandit/not-positive-definite' }));
  });
});
