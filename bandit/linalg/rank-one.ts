/**
 * S = decay·S + w·x·xᵀ on a packed lower triangle. No allocation; 1–2 µs at d = 32.
 *
 * @param block shape (≥ at + d(d+1)/2): S begins at `at`
 * @param x     shape (≥ offset + d)
 */
export function addOuterProduct(
  block: Float64Array,
  at: number,
  x: Float32Array,
  offset: number,
  dimension: number,
  weight: number,
  decay: number,
): void {
  let k = at;
  for (let i = 0; i < dimension; i++) {
    const xi = weight * x[offset + i]!;
    // Contexts hold one-hot groups: most rows of xxᵀ are zero, and adding zero changes nothing unless the row decays too.
    if (xi === 0 && decay === 1) {
      k += i + 1;
      continue;
    }
    for (let j = 0; j <= i; j++, k++) block[k] = block[k]! * decay + xi * x[offset + j]!;
  }
}

/** Multiplies `count` entries from `at`. */
export function scale(block: Float64Array, at: number, count: number, factor: number): void {
  for (let i = at; i < at + count; i++) block[i] = block[i]! * factor;
}
