import { packedLength } from '../linalg/packed.js';

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
  for (let i = 0; i < dimension; i++) {
    const row = packedLength(i);
    let product = 0;
    for (let j = 0; j <= i; j++) product += inverseLower[row + j]! * x[j]!;
    if (product === 0) continue;
    const step = factor * product;
    for (let j = 0; j <= i; j++) theta[j] = theta[j]! + step * inverseLower[row + j]!;
  }
}
