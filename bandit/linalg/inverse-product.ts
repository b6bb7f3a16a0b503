import { interleavedDot } from './interleaved-dot.js';

/** x as float64: one for the module, as long as the longest so far. */
let scratch = new Float64Array(0);

/**
 * θ += f·A⁻¹x, with A⁻¹ = WᵀW, in one sweep over W: row i adds f·(W_i·x)·W_i. O(d²), no allocation.
 *
 * @param inverseLower packed, shape (d(d+1)/2): W
 * @param x            shape (≥ d)
 * @param theta        shape (≥ d), written
 * @example const t = Float64Array.of(1); addInverseProduct(Float64Array.of(0.5), 1, Float64Array.of(2), 3, t); t // => Float64Array.of(2.5)
 */
export function addInverseProduct(
  inverseLower: Float64Array,
  dimension: number,
  x: Float32Array | Float64Array,
  factor: number,
  theta: Float64Array,
): void {
  if (scratch.length < dimension) scratch = new Float64Array(dimension);
  for (let i = 0; i < dimension; i++) scratch[i] = x[i]!;
  let row = 0;
  for (let i = 0; i < dimension; i++) {
    const step = factor * interleavedDot(inverseLower, row, scratch, 0, i + 1);
    for (let j = 0; j <= i; j++) theta[j] = theta[j]! + step * inverseLower[row + j]!;
    row += i + 1;
  }
}
