import { Argument } from './argument.js';
import type { KernelExports, KernelInstance } from './instance.js';
import { TYPESCRIPT_KERNELS } from './kernels-typescript.js';
import { notPositiveDefinite, packedLength } from './packed.js';

/** Larger problems are left to the twins. */
export const MAX_DIMENSION = 256;
const MAX_PACKED = packedLength(MAX_DIMENSION);

/** The float64 kernels in WebAssembly; see `Kernels`. Triangles that live elsewhere are copied where the kernel saves more than the copy costs. */
export class WasmLearning {
  readonly #exports: KernelExports;
  readonly #sums: Argument<Float64Array>;
  readonly #triangle: Argument<Float64Array>;
  readonly #inverse: Argument<Float64Array>;
  readonly #vector: Argument<Float64Array>;
  readonly #x: Float64Array;
  readonly #xAddress: number;
  /** 4·(d + 1) and d² float64 that kernels need for themselves */
  readonly #scratch: number;
  readonly #square: number;

  constructor({ exports, arena }: KernelInstance) {
    this.#exports = exports;
    this.#sums = new Argument(arena, arena.float64(0));
    this.#triangle = new Argument(arena, arena.float64(MAX_PACKED));
    this.#inverse = new Argument(arena, arena.float64(MAX_PACKED));
    this.#vector = new Argument(arena, arena.float64(MAX_DIMENSION));
    this.#x = arena.float64(MAX_DIMENSION);
    this.#xAddress = arena.addressOf(this.#x);
    this.#scratch = arena.addressOf(arena.float64(4 * (MAX_DIMENSION + 1)));
    this.#square = arena.addressOf(arena.float64(MAX_DIMENSION * MAX_DIMENSION));
  }

  addOuterProduct(
    block: Float64Array,
    at: number,
    x: Float32Array,
    offset: number,
    dimension: number,
    weight: number,
    decay: number,
  ): void {
    // Copying the sums there and back would take longer than the twin does.
    const sumsAt = this.#sums.find(block);
    if (sumsAt < 0 || dimension > MAX_DIMENSION)
      TYPESCRIPT_KERNELS.addOuterProduct(block, at, x, offset, dimension, weight, decay);
    else {
      this.#bringContext(x, offset, dimension);
      this.#exports.addOuterProduct(sumsAt + 8 * at, this.#xAddress, dimension, weight, decay);
    }
  }

  updateInverseFactor(
    inverseLower: Float64Array,
    dimension: number,
    x: Float32Array | Float64Array,
    weight: number,
    theta: Float64Array,
    reward: number,
  ): number {
    if (dimension > MAX_DIMENSION)
      return TYPESCRIPT_KERNELS.updateInverseFactor(inverseLower, dimension, x, weight, theta, reward);
    this.#bringContext(x, 0, dimension);
    const count = packedLength(dimension);
    const grown = this.#exports.updateInverseFactor(
      this.#inverse.bring(inverseLower, 0, count),
      dimension,
      this.#xAddress,
      this.#scratch,
      weight,
      this.#vector.bring(theta, 0, dimension),
      reward,
    );
    this.#inverse.takeBack(inverseLower, count);
    this.#vector.takeBack(theta, dimension);
    return grown;
  }

  addInverseProduct(
    inverseLower: Float64Array,
    dimension: number,
    x: Float32Array | Float64Array,
    factor: number,
    theta: Float64Array,
  ): void {
    const inverseAt = this.#inverse.find(inverseLower);
    // A copy of W would take longer than the twin does.
    if (inverseAt < 0 || dimension > MAX_DIMENSION) {
      TYPESCRIPT_KERNELS.addInverseProduct(inverseLower, dimension, x, factor, theta);
      return;
    }
    this.#bringContext(x, 0, dimension);
    const thetaAt = this.#vector.bring(theta, 0, dimension);
    this.#exports.addInverseProduct(inverseAt, dimension, this.#xAddress, factor, thetaAt);
    this.#vector.takeBack(theta, dimension);
  }

  choleskyInPlace(a: Float64Array, dimension: number): void {
    if (dimension > MAX_DIMENSION) {
      TYPESCRIPT_KERNELS.choleskyInPlace(a, dimension);
      return;
    }
    const count = packedLength(dimension);
    const bad = this.#exports.choleskyInPlace(this.#triangle.bring(a, 0, count), dimension, this.#scratch);
    this.#triangle.takeBack(a, count);
    if (bad >= 0) notPositiveDefinite(bad, dimension, a[packedLength(bad) + bad]!);
  }

  invertLower(lower: Float64Array, dimension: number, out: Float64Array): void {
    if (dimension > MAX_DIMENSION) {
      TYPESCRIPT_KERNELS.invertLower(lower, dimension, out);
      return;
    }
    const count = packedLength(dimension);
    this.#exports.invertLower(
      this.#triangle.bring(lower, 0, count),
      dimension,
      this.#inverse.bring(out, 0, count),
      this.#scratch,
      this.#square,
    );
    this.#inverse.takeBack(out, count);
  }

  solveLower(lower: Float64Array, dimension: number, b: Float64Array): void {
    this.#solve('solveLower', lower, dimension, b);
  }

  solveLowerTransposed(lower: Float64Array, dimension: number, y: Float64Array): void {
    this.#solve('solveLowerTransposed', lower, dimension, y);
  }

  #solve(
    which: 'solveLower' | 'solveLowerTransposed',
    lower: Float64Array,
    dimension: number,
    vector: Float64Array,
  ): void {
    if (dimension > MAX_DIMENSION) {
      TYPESCRIPT_KERNELS[which](lower, dimension, vector);
      return;
    }
    const lowerAt = this.#triangle.bring(lower, 0, packedLength(dimension));
    this.#exports[which](lowerAt, dimension, this.#vector.bring(vector, 0, dimension));
    this.#vector.takeBack(vector, dimension);
  }

  /** x as float64 to where the kernels read it. */
  #bringContext(x: Float32Array | Float64Array, offset: number, dimension: number): void {
    const context = this.#x;
    for (let i = 0; i < dimension; i++) context[i] = x[offset + i]!;
  }
}
