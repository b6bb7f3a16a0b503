/** Gauss–Legendre rule on [0, 1], with what it takes to integrate from each node to 1 (a spectral integration matrix). */
export interface PanelRule {
  /** N */
  readonly size: number;
  /** shape (N), rising, inside (0, 1) */
  readonly nodes: Float64Array;
  /** shape (N), summing to 1 */
  readonly weights: Float64Array;
  /** shape (N, N) row-major: Σ_k tails[j·N + k]·f(x_k) ≈ ∫ from x_j to 1 of f, exact for polynomials of degree < N */
  readonly tails: Float64Array;
}

/**
 * Nodes by Newton's method on P_N from Chebyshev guesses. The tail matrix integrates the Legendre series that interpolates f at the nodes:
 *
 *   ∫ₓ¹ P_n = (P_{n−1}(x) − P_{n+1}(x)) / (2n + 1),   ∫ₓ¹ P₀ = 1 − x     (on [−1, 1])
 *
 * @param size N in [1, 32]
 * @see Abramowitz & Stegun 25.4.29; Greengard, Spectral integration and two-point boundary value problems, 1991
 * @example gaussLegendre(1).weights // => Float64Array.of(1)
 */
export function gaussLegendre(size: number): PanelRule {
  const nodes = new Float64Array(size);
  const weights = new Float64Array(size);
  const tails = new Float64Array(size * size);
  const roots = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (size + 0.5));
    for (let round = 0; round < 20; round++) x -= legendre(size, x) / slope(size, x);
    roots[i] = Math.abs(x) < 1e-15 ? 0 : x;
    nodes[i] = (1 + x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope(size, x) ** 2);
  }
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < size; k++) {
      let sum = 1 - roots[j]!;
      for (let n = 1; n < size; n++) {
        sum += legendre(n, roots[k]!) * (legendre(n - 1, roots[j]!) - legendre(n + 1, roots[j]!));
      }
      // Half of the interval [−1, 1], and weights[] already holds half of the rule's weight there.
      tails[j * size + k] = (weights[k]! * sum) / 2;
    }
  }
  return { size, nodes, weights, tails };
}

/** P_n(x) by its three-term recurrence. */
function legendre(n: number, x: number): number {
  let before = 1;
  let current = n === 0 ? 1 : x;
  for (let k = 2; k <= n; k++)
    [before, current] = [current, ((2 * k - 1) * x * current - (k - 1) * before) / k];
  return current;
}

/** P′_n(x), |x| < 1. */
function slope(n: number, x: number): number {
  return (n * (legendre(n - 1, x) - x * legendre(n, x))) / (1 - x * x);
}
