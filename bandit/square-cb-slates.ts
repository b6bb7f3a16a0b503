import { AppError } from '../core/errors.js';
import { explorationKernels, type ExplorationKernels } from './exploration-kernels.js';
import { checkSlateRun, type SlateRun } from './slate-run.js';
import { checkGamma, refuseScore } from './square-cb.js';

/**
 * SquareCB with an exploration floor, p = (1 − ε)·squareCb + ε/K, of many slates in one call: WebAssembly is entered once. The same bits on both backends. See square-cb.ts.
 *
 * @param scores       shape (≥ starts[n]): finite
 * @param gammas       shape (≥ n): one γ per slate, finite, ≥ 0
 * @param floor        ε in [0, 1]
 * @param propensities shape (≥ starts[n]), written; after an error, of the slates before the bad one
 * @param kernels      default: WebAssembly where there is SIMD, else the twin
 * @throws AppError `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score` | `bandit/bad-gamma`
 * @example const p = new Float64Array(3); squareCbOfSlates({ count: 2, starts: Int32Array.of(0, 2, 3) }, Float64Array.of(0.5, 0.25, 7), Float64Array.of(8, 1), 0, p); p // => Float64Array.of(0.75, 0.25, 1)
 */
export function squareCbOfSlates(
  slates: SlateRun,
  scores: Float64Array,
  gammas: Float64Array,
  floor: number,
  propensities: Float64Array,
  kernels: ExplorationKernels = explorationKernels(),
): void {
  checkSlateRun(slates, Math.min(scores.length, propensities.length));
  if (gammas.length < slates.count)
    throw new AppError(
      'bandit/bad-shape',
      `${gammas.length} gammas; expected one per slate, ${slates.count}`,
    );
  for (let s = 0; s < slates.count; s++) checkGamma(gammas[s]!);
  const bad = kernels.squareCbOfSlates(slates, scores, gammas, floor, propensities);
  if (bad >= 0) refuseScore(scores, bad);
}
