import { AppError } from '../../core/errors.js';

/**
 * Dense kernels on packed lower triangles: entry (i, j), j ≤ i, of a d × d triangle is at i·(i + 1)/2 + j. Half the memory of a square, read in order.
 * Shapes are the caller's promise (these are inner loops); values are checked where a wrong one would go unnoticed.
 */

/** Floats in a packed d × d triangle. @example packedLength(3) // => 6 */
export function packedLength(dimension: number): number {
  return (dimension * (dimension + 1)) / 2;
}

/**
 * A = L·Lᵀ (Cholesky–Banachiewicz, row by row), in place.
 *
 * No jitter is ever added: a matrix that is not positive definite is a fault of the caller's, and a silent repair would change the posterior.
 *
 * @example const a = Float64Array.of(4, 2, 5); choleskyInPlace(a, 2); a // => Float64Array.of(2, 1, 2)
 * @param a packed, shape (d(d+1)/2): A, symmetric positive definite; becomes L
 * @throws AppError `bandit/not-positive-definite` when a pivot is ≤ 0 or not finite; `a` is then half overwritten
 * @see Golub & Van Loan, Matrix Computations, 4th ed., §4.2
 */
export function choleskyInPlace(a: Float64Array, dimension: number): void {
  let rowI = 0;
  for (let i = 0; i < dimension; i++) {
    let pivot = a[rowI + i]!;
    let rowJ = 0;
    for (let j = 0; j < i; j++) {
      let sum = a[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= a[rowI + k]! * a[rowJ + k]!;
      const value = sum / a[rowJ + j]!;
      a[rowI + j] = value;
      pivot -= value * value;
      rowJ += j + 1;
    }
    if (!(pivot > 0 && pivot < Infinity)) notPositiveDefinite(i, dimension, pivot);
    a[rowI + i] = Math.sqrt(pivot);
    rowI += i + 1;
  }
}

/** @throws AppError `bandit/not-positive-definite`, always */
export function notPositiveDefinite(row: number, dimension: number, pivot: number): never {
  throw new AppError(
    'bandit/not-positive-definite',
    `pivot ${row} of ${dimension} is ${pivot}; expected a finite number > 0`,
  );
}

/** Solves L·y = b in place. @param b shape (d): b, becomes y */
export function solveLower(lower: Float64Array, dimension: number, b: Float64Array): void {
  for (let i = 0; i < dimension; i++) {
    const row = packedLength(i);
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= lower[row + k]! * b[k]!;
    b[i] = sum / lower[row + i]!;
  }
}

/** Solves Lᵀ·x = y in place. @param y shape (d): y, becomes x */
export function solveLowerTransposed(lower: Float64Array, dimension: number, y: Float64Array): void {
  for (let i = dimension - 1; i >= 0; i--) {
    const row = packedLength(i);
    const value = y[i]! / lower[row + i]!;
    y[i] = value;
    for (let k = 0; k < i; k++) y[k] = y[k]! - lower[row + k]! * value;
  }
}

/**
 * Writes L⁻¹, packed, to `out` (not the same array): row i is −(Σ_{k<i} L(i,k)·row k)/L(i,i), then 1/L(i,i). Rows are added whole, so memory is read in order.
 */
export function invertLower(lower: Float64Array, dimension: number, out: Float64Array): void {
  let rowI = 0;
  for (let i = 0; i < dimension; i++) {
    const inversePivot = 1 / lower[rowI + i]!;
    for (let j = 0; j < i; j++) out[rowI + j] = 0;
    let rowK = 0;
    for (let k = 0; k < i; k++) {
      const factor = -lower[rowI + k]! * inversePivot;
      for (let j = 0; j <= k; j++) out[rowI + j] = out[rowI + j]! + factor * out[rowK + j]!;
      rowK += k + 1;
    }
    out[rowI + i] = inversePivot;
    rowI += i + 1;
  }
}

/** Σ a[aOffset + i]·b[bOffset + i] over `length` entries. */
export function dot(
  a: Float32Array | Float64Array,
  aOffset: number,
  b: Float32Array | Float64Array,
  bOffset: number,
  length: number,
): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aOffset + i]! * b[bOffset + i]!;
  return sum;
}

/**
 * ‖T·x‖² for a packed lower triangle T: with T = L⁻¹ of A = L·Lᵀ that is xᵀA⁻¹x.
 *
 * @param triangle shape (≥ offset + d(d+1)/2): T begins at `offset`
 * @param x        shape (≥ xOffset + d)
 */
export function squaredNormOfProduct(
  triangle: Float32Array,
  offset: number,
  x: Float32Array,
  xOffset: number,
  dimension: number,
): number {
  let squares = 0;
  let i = 0;
  let row = offset;
  // Four rows at a time share each x(j) and keep four sums going: about 2.5× as fast as one row.
  for (; i + 3 < dimension; i += 4) {
    const row1 = row + i + 1;
    const row2 = row1 + i + 2;
    const row3 = row2 + i + 3;
    let y0 = 0;
    let y1 = 0;
    let y2 = 0;
    let y3 = 0;
    for (let j = 0; j <= i; j++) {
      const xj = x[xOffset + j]!;
      y0 += triangle[row + j]! * xj;
      y1 += triangle[row1 + j]! * xj;
      y2 += triangle[row2 + j]! * xj;
      y3 += triangle[row3 + j]! * xj;
    }
    // The corner, where the rows differ in length.
    y1 += dot(triangle, row1 + i + 1, x, xOffset + i + 1, 1);
    y2 += dot(triangle, row2 + i + 1, x, xOffset + i + 1, 2);
    y3 += dot(triangle, row3 + i + 1, x, xOffset + i + 1, 3);
    squares += y0 * y0 + y1 * y1 + y2 * y2 + y3 * y3;
    row = row3 + i + 4;
  }
  for (; i < dimension; i++) {
    const y = dot(triangle, row, x, xOffset, i + 1);
    squares += y * y;
    row += i + 1;
  }
  return squares;
}
