/** A ratio of sums with its 95 % interval. */
export interface RatioInterval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** z with Φ(z) = 0.975 */
const Z = 1.959963984540054;

/**
 * Interval of R = Σy / Σx when the n clusters (members) are independent and what is inside one is not (delta method):
 *
 *   Var R ≈ n/(n − 1) · Σᵢ (yᵢ − R·xᵢ)² / (Σx)²
 *
 * Large-sample: from some thirty clusters on. Cut to [0, 1], being of a share. With fewer than two clusters, or nothing in them, [0, 1].
 *
 * @param y shape (n): good plays of each member
 * @param x shape (n): impressions of each member
 * @see Cochran, Sampling Techniques, 3rd ed. 1977, eq. 6.13 (without the finite-population factor)
 * @example ratioInterval([1, 3], [10, 10]).ratio // => 0.2
 */
export function ratioInterval(y: ArrayLike<number>, x: ArrayLike<number>): RatioInterval {
  const n = x.length;
  let sumY = 0;
  let sumX = 0;
  for (let i = 0; i < n; i++) {
    sumY += y[i]!;
    sumX += x[i]!;
  }
  const ratio = sumX > 0 ? sumY / sumX : 0;
  if (n < 2 || sumX === 0) return { ratio, low: 0, high: 1 };
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (y[i]! - ratio * x[i]!) ** 2;
  const deviation = Math.sqrt((n / (n - 1)) * squares) / sumX;
  return { ratio, low: Math.max(0, ratio - Z * deviation), high: Math.min(1, ratio + Z * deviation) };
}
