/**
 * Normalises p and spreads ε evenly, in place: p(a) = (1 − ε)·p(a)/Σp + ε/K, so p(a) ≥ ε/K and Σp = 1.
 *
 * @param propensities shape (≥ size), each ≥ 0, with a positive sum
 * @param floor        ε in [0, 1]
 * @param from         the first of them; default 0
 * @example const p = Float64Array.of(3, 1); mixFloor(p, 2, 0.5); p // => Float64Array.of(0.625, 0.375)
 */
export function mixFloor(propensities: Float64Array, size: number, floor: number, from = 0): void {
  let total = 0;
  for (let a = from; a < from + size; a++) total += propensities[a]!;
  const share = (1 - floor) / total;
  const even = floor / size;
  for (let a = from; a < from + size; a++) propensities[a] = propensities[a]! * share + even;
}
