/**
 * Σ a[aOffset + i]·b[bOffset + i], added in the order in which SIMD adds it: four sums of every fourth product, (s₀ + s₂) + (s₁ + s₃), then what is left over one
 * by one. So the WASM kernels and this give the same 64 bits; it is also faster than one sum, whose additions wait for each other.
 *
 * @example interleavedDot(Float64Array.of(9, 1, 2), 1, Float64Array.of(3, 4), 0, 2) // => 11
 */
export function interleavedDot(
  a: Float64Array,
  aOffset: number,
  b: Float64Array,
  bOffset: number,
  length: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[aOffset + i]! * b[bOffset + i]!;
    s1 += a[aOffset + i + 1]! * b[bOffset + i + 1]!;
    s2 += a[aOffset + i + 2]! * b[bOffset + i + 2]!;
    s3 += a[aOffset + i + 3]! * b[bOffset + i + 3]!;
  }
  let sum = s0 + s2 + (s1 + s3);
  for (; i < length; i++) sum += a[aOffset + i]! * b[bOffset + i]!;
  return sum;
}
