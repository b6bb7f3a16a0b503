/**
 * to[at + i] = factor·from[i], rounded to float32: a posterior into the model that is served.
 *
 * @param from  shape (≥ count)
 * @param to    shape (≥ at + count), written
 * @example const t = new Float32Array(3); narrow(Float64Array.of(1, 2), 0.5, t, 1, 2); t // => Float32Array.of(0, 0.5, 1)
 */
export function narrow(
  from: Float64Array,
  factor: number,
  to: Float32Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) to[at + i] = factor * from[i]!;
}
