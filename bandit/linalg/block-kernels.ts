import type { KernelExports } from './instance.js';
import { sharedKernels, type Kernels } from './kernels.js';
import { TYPESCRIPT_BLOCKS } from './block-typescript.js';

/**
 * How alike a query q and a row e are, larger is more alike: `dot` Σ qᵢeᵢ; `l1` −Σ|qᵢ − eᵢ|; `l2` −√Σ(qᵢ − eᵢ)²; `modulus` −Σ|qⱼ − eⱼ| over complex numbers whose
 * real parts are the first half of the vector and whose imaginary parts are the second.
 */
export const LIKENESSES = ['dot', 'l1', 'l2', 'modulus'] as const;
export type Likeness = (typeof LIKENESSES)[number];

/**
 * One vector against a block of rows: exact scans and the training of embeddings. In WebAssembly with SIMD when every array was made by the same kernels' `float32` or
 * `int32` (views into them count), else by plain TypeScript twins, which add in float64: they agree within 1e-6 of Σ|terms|. Blocks are row-major; `length`
 * is a multiple of 4 (`modulus`: of 8; int8: of 16). Shapes are the caller's promise: these are inner loops.
 */
export interface BlockKernels {
  readonly backend: 'wasm' | 'typescript';

  /** out[c] = the likeness of `query` and row `first + c` of `block`, for c < count. @param query shape (≥ length) @param out shape (≥ count), written */
  scores(
    likeness: Likeness,
    query: Float32Array,
    block: Float32Array,
    first: number,
    count: number,
    length: number,
    out: Float32Array,
  ): void;

  /**
   * Adds Σ weights[c]·∂s_c/∂q to queryGradient and weights[c]·∂s_c/∂e_c to row c of blockGradient. For `l2` s is −½‖q − e‖², so that its gradient needs no root: divide
   * the weight by the distance for that of −‖q − e‖. Rows of weight 0 are not touched.
   */
  gradients(
    likeness: Likeness,
    query: Float32Array,
    block: Float32Array,
    count: number,
    length: number,
    weights: Float32Array,
    queryGradient: Float32Array,
    blockGradient: Float32Array,
  ): void;

  /** Adagrad: squares += g², values −= rate·g/(√squares + 1e-10); the gradient becomes 0. Offsets in elements. @see Duchi, Hazan & Singer, JMLR 12, 2011 */
  adagradStep(
    values: Float32Array,
    squares: Float32Array,
    at: number,
    gradient: Float32Array,
    gradientAt: number,
    length: number,
    rate: number,
  ): void;

  /** out[c] = scale·scales[first + c]·Σ queryᵢ·block(first + c, i). @param query int8 values held as int16, so that they are widened once */
  dotsInt8(
    query: Int16Array,
    block: Int8Array,
    first: number,
    count: number,
    length: number,
    scales: Float32Array,
    scale: number,
    out: Float32Array,
  ): void;
}

const bound = new WeakMap<Kernels, BlockKernels>();

/** The block kernels beside `kernels`, in the same memory; without an argument the process's own. */
export function blockKernels(kernels: Kernels = sharedKernels()): BlockKernels {
  let blocks = bound.get(kernels);
  if (blocks === undefined) {
    const { instance } = kernels;
    blocks = instance === undefined ? TYPESCRIPT_BLOCKS : new WasmBlocks(kernels, instance.exports);
    bound.set(kernels, blocks);
  }
  return blocks;
}

class WasmBlocks implements BlockKernels {
  readonly backend = 'wasm';
  readonly #kernels: Kernels;
  readonly #exports: KernelExports;

  constructor(kernels: Kernels, exports: KernelExports) {
    this.#kernels = kernels;
    this.#exports = exports;
  }

  scores(
    likeness: Likeness,
    query: Float32Array,
    block: Float32Array,
    first: number,
    count: number,
    length: number,
    out: Float32Array,
  ): void {
    const [q, b, o] = [this.#at(query), this.#at(block), this.#at(out)];
    if (Math.min(q, b, o) < 0) TYPESCRIPT_BLOCKS.scores(likeness, query, block, first, count, length, out);
    else this.#exports.blockScores(LIKENESSES.indexOf(likeness), q, b + 4 * first * length, count, length, o);
  }

  gradients(
    likeness: Likeness,
    query: Float32Array,
    block: Float32Array,
    count: number,
    length: number,
    weights: Float32Array,
    queryGradient: Float32Array,
    blockGradient: Float32Array,
  ): void {
    const [q, b, w] = [this.#at(query), this.#at(block), this.#at(weights)];
    const [toQuery, toBlock] = [this.#at(queryGradient), this.#at(blockGradient)];
    if (Math.min(q, b, w, toQuery, toBlock) < 0)
      TYPESCRIPT_BLOCKS.gradients(
        likeness,
        query,
        block,
        count,
        length,
        weights,
        queryGradient,
        blockGradient,
      );
    else this.#exports.blockGradients(LIKENESSES.indexOf(likeness), q, b, count, length, w, toQuery, toBlock);
  }

  adagradStep(
    values: Float32Array,
    squares: Float32Array,
    at: number,
    gradient: Float32Array,
    gradientAt: number,
    length: number,
    rate: number,
  ): void {
    const [v, s, g] = [this.#at(values), this.#at(squares), this.#at(gradient)];
    if (Math.min(v, s, g) < 0)
      TYPESCRIPT_BLOCKS.adagradStep(values, squares, at, gradient, gradientAt, length, rate);
    else this.#exports.adagradStep(v + 4 * at, s + 4 * at, g + 4 * gradientAt, length, rate);
  }

  dotsInt8(
    query: Int16Array,
    block: Int8Array,
    first: number,
    count: number,
    length: number,
    scales: Float32Array,
    scale: number,
    out: Float32Array,
  ): void {
    const [q, b, s, o] = [this.#at(query), this.#at(block), this.#at(scales), this.#at(out)];
    if (Math.min(q, b, s, o) < 0)
      TYPESCRIPT_BLOCKS.dotsInt8(query, block, first, count, length, scales, scale, out);
    else this.#exports.blockDotsInt8(q, b + first * length, count, length, s + 4 * first, scale, o);
  }

  /** Only the buffer and the offset matter, whatever the elements. */
  #at(view: Float32Array | Int16Array | Int8Array): number {
    return this.#kernels.addressOf(view as Float32Array);
  }
}
