import { AppError } from '../core/errors.js';
import type { Hashes } from './choose.js';
import { explorationKernels, type ExplorationKernels } from './exploration-kernels.js';
import { checkSlateRun, type SlateRun } from './slate-run.js';

/**
 * {@link chooseArm} of many slates in one call, under one draw key: exactly the same arms on both backends. WebAssembly computes arrivals in float32; where the first
 * two are within 1e-5 of each other (about one slate in 150,000) `chooseArm` itself decides.
 *
 * @param propensities  shape (≥ starts[n]): each ≥ 0, not all 0 in a slate; masked arms are 0
 * @param keyA          first word of the draw key of (member, canvas, epoch): any 32 bits
 * @param keyB          second word
 * @param titleHashes   shape (≥ n): 32-bit hash of each slate's title
 * @param artworkHashes shape (≥ starts[n]): 32-bit hash of each arm's artwork
 * @param chosen        shape (≥ n), written: index of the arm drawn, counted within its slate
 * @param kernels       default: WebAssembly where there is SIMD, else the twin
 * @throws AppError `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score`
 * @example const c = new Int32Array(2); chooseArms({ count: 2, starts: Int32Array.of(0, 2, 3) }, Float64Array.of(0, 1, 1), 1, 2, Uint32Array.of(3, 4), Uint32Array.of(5, 6, 7), c); c // => Int32Array.of(1, 0)
 */
export function chooseArms(
  slates: SlateRun,
  propensities: Float64Array,
  keyA: number,
  keyB: number,
  titleHashes: Hashes,
  artworkHashes: Hashes,
  chosen: Int32Array,
  kernels: ExplorationKernels = explorationKernels(),
): void {
  checkSlateRun(slates, Math.min(propensities.length, artworkHashes.length));
  if (Math.min(titleHashes.length, chosen.length) < slates.count)
    throw new AppError(
      'bandit/bad-shape',
      `${titleHashes.length} title hashes, room for ${chosen.length} choices; expected one per slate, ${slates.count}`,
    );
  kernels.chooseArms(slates, propensities, keyA, keyB, titleHashes, artworkHashes, chosen);
}
