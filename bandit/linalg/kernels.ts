import { AppError, shown } from '../../core/errors.js';
import { PAGE_BYTES } from './arena.js';
import { instantiate, type KernelInstance } from './instance.js';
import { TYPESCRIPT_KERNELS } from './kernels-typescript.js';
import { WasmKernels } from './kernels-wasm.js';
import type { RowTable } from './row-table.js';

/**
 * Where vectors live and what is computed on them: in WebAssembly with SIMD, or by plain TypeScript twins where that is missing.
 *
 * Every function takes any typed arrays. Those made here are used where they are; others are copied in and out, or left to the twin, with the same result.
 * Float64 functions (learning) give the same bits on both backends. Float32 ones (serving) agree within 1e-6 of Σ|a_i·b_i|: WASM adds in float32, the twin in
 * float64. Shapes are the caller's promise: these are inner loops.
 */
export interface Kernels {
  readonly backend: 'wasm' | 'typescript';
  /** what exploration-kernels.ts binds to; undefined for the twins */
  readonly instance: KernelInstance | undefined;

  /** Zeros. Given back by `free`, or when `owner` is garbage; with neither they stay for the life of the process. */
  float32(length: number, owner?: object): Float32Array;
  float64(length: number, owner?: object): Float64Array;
  int32(length: number, owner?: object): Int32Array;
  free(view: Float32Array | Float64Array | Int32Array): void;
  /** The view's byte address in the kernels' memory, −1 when it lies elsewhere. */
  addressOf(view: Float32Array | Float64Array | Int32Array): number;

  /**
   * out[a] = x_a · θ_a over `count` arms, θ_a the first d floats of the table's row, `unknown` where it has none.
   *
   * @param rows     shape (≥ count): integers ≥ 0
   * @param contexts shape (≥ count, d), row-major: x
   * @param unknown  shape (≥ d): in float64, as a prior is
   * @param out      shape (≥ count), written
   * @returns the first arm whose result is not finite; −1 when all are
   */
  gatherDots(
    table: RowTable,
    rows: Int32Array,
    count: number,
    contexts: Float32Array,
    dimension: number,
    unknown: Float64Array,
    out: Float64Array,
  ): number;

  /**
   * out[a] = scale·‖T_a·x_a‖, T_a the packed triangle that begins `at` floats into the table's row; unknownScale·‖x_a‖ where it has none. With T = L⁻¹ of
   * A = L·Lᵀ that is scale·√(xᵀA⁻¹x).
   *
   * @param rows     shape (≥ count): integers ≥ 0
   * @param contexts shape (≥ count, d), row-major: x
   * @param out      shape (≥ count), written
   */
  gatherNorms(
    table: RowTable,
    at: number,
    rows: Int32Array,
    count: number,
    contexts: Float32Array,
    dimension: number,
    scale: number,
    unknownScale: number,
    out: Float64Array,
  ): void;

  /** See rank-one.ts. */
  addOuterProduct(
    block: Float64Array,
    at: number,
    x: Float32Array,
    offset: number,
    dimension: number,
    weight: number,
    decay: number,
  ): void;

  /** See inverse-factor.ts. */
  updateInverseFactor(
    inverseLower: Float64Array,
    dimension: number,
    x: Float32Array | Float64Array,
    weight: number,
    theta: Float64Array,
    reward: number,
  ): number;

  /** See inverse-product.ts. */
  addInverseProduct(
    inverseLower: Float64Array,
    dimension: number,
    x: Float32Array | Float64Array,
    factor: number,
    theta: Float64Array,
  ): void;

  /** See narrow.ts. */
  narrow(from: Float64Array, factor: number, to: Float32Array, at: number, count: number): void;

  /** See packed.ts, as for the next three. @throws AppError `bandit/not-positive-definite` */
  choleskyInPlace(a: Float64Array, dimension: number): void;
  invertLower(lower: Float64Array, dimension: number, out: Float64Array): void;
  solveLower(lower: Float64Array, dimension: number, b: Float64Array): void;
  solveLowerTransposed(lower: Float64Array, dimension: number, y: Float64Array): void;
}

export interface KernelOptions {
  /** false: the TypeScript twins, whatever the machine can do; default true */
  readonly simd?: boolean;
  /** what the memory may grow to, in bytes: an integer in [4 MiB, 4 GiB], rounded down to pages of 64 KiB; default 4 GiB. It is reserved, not used, until it is written to */
  readonly maximumBytes?: number;
}

const LEAST_BYTES = 2 ** 22;
/** all that 32-bit addresses reach */
const MOST_BYTES = 2 ** 32;

/** Kernels with a memory of their own: WebAssembly where it has SIMD and shared memory, else the twins. @throws AppError `bandit/bad-setting` */
export function createKernels({ simd = true, maximumBytes = MOST_BYTES }: KernelOptions = {}): Kernels {
  if (!(Number.isInteger(maximumBytes) && maximumBytes >= LEAST_BYTES && maximumBytes <= MOST_BYTES)) {
    throw new AppError(
      'bandit/bad-setting',
      `maximumBytes is ${shown(maximumBytes)}; expected an integer in [${LEAST_BYTES}, ${MOST_BYTES}]`,
    );
  }
  const instance = simd ? instantiate(Math.floor(maximumBytes / PAGE_BYTES)) : undefined;
  return instance === undefined ? TYPESCRIPT_KERNELS : new WasmKernels(instance);
}

let shared: Kernels | undefined;

/** The process's kernels: made on first use, unless others were named. */
export function sharedKernels(): Kernels {
  shared ??= createKernels();
  return shared;
}

/** The process's kernels from now on: for a program that must do without WebAssembly, and for tests. What was made before keeps its own. */
export function useKernels(kernels: Kernels): void {
  shared = kernels;
}
