import { AppError } from '../core/errors.js';
import { explorationKernels, type ExplorationKernels } from './exploration-kernels.js';
import { checkSize, checkSlateRun, type SlateRun } from './slate-run.js';
import { LARGEST_SCORE } from './thompson-quadrature.js';

/**
 * Exact propensities of Thompson sampling over independent normal arms, with an exploration floor:
 *
 *   P(a is best) = ∫ φ_a(z) Π_{b ≠ a} Φ_b(z) dz,   p(a) = (1 − ε)·P(a)/ΣP + ε/K
 *
 * by quadrature on the stretch of z where the maximum can lie, [max_b(μ_b − 5.2σ_b), max_b(μ_b + 5.2σ_b)]; arms that end before it cannot win and drop
 * out. One arm left: certain. Two: the closed form Φ((μ₁ − μ₂)/√(σ₁² + σ₂²)). Otherwise the trapezoid rule on nodes that widen with the distance from the lower end
 * (thompson-grid.ts), Φ and φ/Φ read from one table. Within 1e-4 of adaptive quadrature (2–50 arms; measured: 2e-5), whatever the deviations; the WebAssembly kernel (float32)
 * and its TypeScript twin agree within 1e-6. O(K · log(σ ratio)), pure, no allocation.
 *
 * Arms with equal deviations of 0 everywhere: the best share evenly. Some 0, some not: a 0 counts as 1e-6 of the largest.
 *
 * @param means        shape (≥ size): finite, at most 1e150 in size
 * @param deviations   shape (≥ size): in [0, 1e150]
 * @param size         K in [1, 200]
 * @param floor        ε in [0, 1]
 * @param propensities shape (≥ size), written: p(a) ≥ ε/K, Σ p = 1 within 1e-12
 * @param kernels      default: WebAssembly where there is SIMD, else the twin
 * @throws AppError `bandit/empty-slate` | `bandit/bad-shape` (K > 200) | `bandit/bad-score`
 * @example const p = new Float64Array(2); thompsonPropensities(Float64Array.of(1, 1), Float64Array.of(0.5, 2), 2, 0.1, p); p // => Float64Array.of(0.5, 0.5)
 * @see Thompson, Biometrika 1933; Chapelle & Li, NIPS 2011 (sampling); the integral: Russo & Van Roy, 2014, arXiv:1403.5556, §4
 */
export function thompsonPropensities(
  means: Float64Array,
  deviations: Float64Array,
  size: number,
  floor: number,
  propensities: Float64Array,
  kernels: ExplorationKernels = explorationKernels(),
): void {
  checkSize(size, 0);
  const bad = kernels.thompson(means, deviations, size, floor, propensities);
  if (bad >= 0) refuse(means, deviations, bad);
}

/**
 * {@link thompsonPropensities} of many slates in one call: WebAssembly is entered once.
 *
 * @param means        shape (≥ starts[n])
 * @param deviations   shape (≥ starts[n])
 * @param propensities shape (≥ starts[n]), written; after an error, of the slates before the bad one
 * @throws AppError `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score`, as for one
 * @example const p = new Float64Array(3); thompsonPropensitiesOfSlates({ count: 2, starts: Int32Array.of(0, 2, 3) }, Float64Array.of(1, 1, 5), Float64Array.of(1, 1, 2), 0, p); p // => Float64Array.of(0.5, 0.5, 1)
 */
export function thompsonPropensitiesOfSlates(
  slates: SlateRun,
  means: Float64Array,
  deviations: Float64Array,
  floor: number,
  propensities: Float64Array,
  kernels: ExplorationKernels = explorationKernels(),
): void {
  checkSlateRun(slates, Math.min(means.length, deviations.length, propensities.length));
  const bad = kernels.thompsonOfSlates(slates, means, deviations, floor, propensities);
  if (bad >= 0) refuse(means, deviations, bad);
}

function refuse(means: Float64Array, deviations: Float64Array, arm: number): never {
  throw new AppError(
    'bandit/bad-score',
    `arm ${arm} has mean ${means[arm]}, deviation ${deviations[arm]}; expected finite, at most ${LARGEST_SCORE}, deviation ≥ 0`,
  );
}
