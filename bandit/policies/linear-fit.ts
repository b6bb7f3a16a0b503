import type { ArmStatistics } from '../arm-statistics.js';
import { sharedKernels, type Kernels } from '../linalg/kernels.js';
import { packedLength } from '../linalg/packed.js';
import type { Prior } from '../policy.js';

/** One artwork's posterior, with the scratch to compute the next one without allocating. Its arrays live as long as it does. */
export class RidgeFit {
  /** shape (d): θ = (λI + S)⁻¹(b + λμ) */
  readonly theta: Float64Array;
  /** packed, shape (d(d+1)/2): L⁻¹, with L·Lᵀ = λI + S */
  readonly inverseLower: Float64Array;
  /** packed, shape (d(d+1)/2): L */
  readonly lower: Float64Array;

  constructor(
    dimension: number,
    readonly kernels: Kernels,
  ) {
    const packed = packedLength(dimension);
    this.theta = kernels.float64(dimension, this);
    this.inverseLower = kernels.float64(packed, this);
    this.lower = kernels.float64(packed, this);
  }
}

export function ridgeFit(dimension: number, kernels = sharedKernels()): RidgeFit {
  return new RidgeFit(dimension, kernels);
}

/**
 * Bayesian ridge regression of one row around the prior mean μ, into `fit`: θ, L and L⁻¹. O(d³/3): see benchmarks/kernels.ts. The same bits whichever kernels.
 *
 * @throws AppError `bandit/not-positive-definite` when S is not a sum of outer products
 * @see Bishop, Pattern Recognition and Machine Learning, 2006, eq. 3.50–3.51 (with m₀ = μ, S₀ = (σ²/λ)I)
 */
export function fitRidge(
  fit: RidgeFit,
  statistics: ArmStatistics,
  row: number,
  prior: Prior,
  lambda: number,
): void {
  fitRidgeMean(fit, statistics, row, prior, lambda);
  fit.kernels.invertLower(fit.lower, fit.theta.length, fit.inverseLower);
}

/**
 * θ and L alone, O(d³/6): what a policy without deviations needs; `inverseLower` stays as it was.
 *
 * @param replicate of the row's sums, in [0, B)
 * @throws as {@link fitRidge}
 */
export function fitRidgeMean(
  fit: RidgeFit,
  statistics: ArmStatistics,
  row: number,
  prior: Prior,
  lambda: number,
  replicate = 0,
): void {
  const { theta, lower, kernels } = fit;
  const d = theta.length;
  statistics.readSums(row, lower, theta, replicate);
  for (let i = 0; i < d; i++) {
    const diagonal = packedLength(i) + i;
    lower[diagonal] = lower[diagonal]! + lambda;
    theta[i] = theta[i]! + lambda * prior.mean[i]!;
  }
  kernels.choleskyInPlace(lower, d);
  kernels.solveLower(lower, d, theta);
  kernels.solveLowerTransposed(lower, d, theta);
}
