import type { Hashes } from './choose.js';
import { TYPESCRIPT_EXPLORATION } from './exploration-typescript.js';
import { wasmExploration } from './exploration-wasm.js';
import { sharedKernels, type Kernels } from './linalg/kernels.js';
import type { SlateRun } from './slate-run.js';

/**
 * What exploring costs most: in WebAssembly with SIMD, or by plain TypeScript twins where that is missing. Arguments are the caller's promise; the functions that check
 * them are in thompson-propensity.ts, square-cb.ts and choose.ts. Arrays made by the same kernels' `float64` and `int32` are used where they are, others copied.
 */
export interface ExplorationKernels {
  readonly backend: 'wasm' | 'typescript';

  /**
   * See `thompsonPropensities`.
   *
   * @returns −1, or the first arm out of range; then nothing is written
   */
  thompson(
    means: Float64Array,
    deviations: Float64Array,
    size: number,
    floor: number,
    propensities: Float64Array,
  ): number;

  /** See `thompsonPropensitiesOfSlates`. @returns −1, or the index of the first arm out of range; slates before its own are written */
  thompsonOfSlates(
    slates: SlateRun,
    means: Float64Array,
    deviations: Float64Array,
    floor: number,
    propensities: Float64Array,
  ): number;

  /** See `squareCbOfSlates`. @returns as `thompsonOfSlates` */
  squareCbOfSlates(
    slates: SlateRun,
    scores: Float64Array,
    gammas: Float64Array,
    floor: number,
    propensities: Float64Array,
  ): number;

  /** See `chooseArms`. @throws AppError as `chooseArm` */
  chooseArms(
    slates: SlateRun,
    propensities: Float64Array,
    keyA: number,
    keyB: number,
    titleHashes: Hashes,
    artworkHashes: Hashes,
    chosen: Int32Array,
  ): void;

  /**
   * Pairs `first` … `first + count − 1` of the stream of a 64-bit seed to out[0 … 2·count − 1]: two uniforms each, or the two normals made of them. See `randomStream`.
   *
   * @param first integer in [0, 2⁵³ − count]
   */
  fillPairs(
    seedLow: number,
    seedHigh: number,
    first: number,
    count: number,
    normal: boolean,
    out: Float64Array,
  ): void;
}

const bound = new WeakMap<Kernels, ExplorationKernels>();
let shared: ExplorationKernels | undefined;

/** The exploration kernels beside `kernels`, in the same memory; without an argument the process's own. */
export function explorationKernels(kernels?: Kernels): ExplorationKernels {
  if (kernels === undefined) return (shared ??= explorationKernels(sharedKernels()));
  let exploration = bound.get(kernels);
  if (exploration === undefined) {
    const { instance } = kernels;
    // No room left in the memory: the twins need none.
    exploration = (instance === undefined ? undefined : wasmExploration(instance)) ?? TYPESCRIPT_EXPLORATION;
    bound.set(kernels, exploration);
  }
  return exploration;
}
