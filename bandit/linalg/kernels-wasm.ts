import type { Arena, ArenaView } from './arena.js';
import { Argument } from './argument.js';
import type { KernelExports, KernelInstance } from './instance.js';
import { TYPESCRIPT_KERNELS } from './kernels-typescript.js';
import type { Kernels } from './kernels.js';
import { notPositiveDefinite, packedLength } from './packed.js';
import type { RowTable } from './row-table.js';

/** Larger arguments that live elsewhere are left to the twin: of a slate of 200 arms and d = 256 everything fits. */
const MAX_COUNT = 200;
const MAX_DIMENSION = 256;
const MAX_PACKED = packedLength(MAX_DIMENSION);

/** Kernels in WebAssembly; see `Kernels`. Stand-ins for arguments that live elsewhere take 1.5 MB of addresses, and memory once they are used. */
export class WasmKernels implements Kernels {
  readonly backend = 'wasm';
  readonly instance: KernelInstance;
  readonly #exports: KernelExports;
  readonly #arena: Arena;
  readonly #rows: Argument<Int32Array>;
  readonly #contexts: Argument<Float32Array>;
  readonly #unknown: Argument<Float64Array>;
  readonly #out: Argument<Float64Array>;
  readonly #sums: Argument<Float64Array>;
  readonly #triangle: Argument<Float64Array>;
  readonly #inverse: Argument<Float64Array>;
  readonly #vector: Argument<Float64Array>;
  readonly #wide: Argument<Float64Array>;
  readonly #narrowed: Argument<Float32Array>;
  readonly #x: Float64Array;
  readonly #xAddress: number;
  /** 4·(d + 1) and d² float64 that kernels need for themselves */
  readonly #scratch: number;
  readonly #square: number;

  constructor(instance: KernelInstance) {
    const { exports, arena } = instance;
    this.instance = instance;
    this.#exports = exports;
    this.#arena = arena;
    const stand64 = (length: number): Argument<Float64Array> => new Argument(arena, this.float64(length));
    this.#rows = new Argument(arena, this.int32(MAX_COUNT));
    this.#contexts = new Argument(arena, this.float32(MAX_COUNT * MAX_DIMENSION));
    this.#unknown = stand64(MAX_DIMENSION);
    this.#out = stand64(MAX_COUNT);
    this.#sums = stand64(0);
    this.#triangle = stand64(MAX_PACKED);
    this.#inverse = stand64(MAX_PACKED);
    this.#vector = stand64(MAX_DIMENSION);
    this.#wide = stand64(0);
    this.#narrowed = new Argument(arena, this.float32(0));
    this.#x = this.float64(MAX_DIMENSION);
    this.#xAddress = arena.addressOf(this.#x);
    this.#scratch = arena.addressOf(this.float64(4 * (MAX_DIMENSION + 1)));
    this.#square = arena.addressOf(this.float64(MAX_DIMENSION * MAX_DIMENSION));
  }

  // A memory that is full is no fault: what no longer fits is an ordinary array, and its kernels are copies or twins.
  float32(length: number, owner?: object): Float32Array {
    return this.#arena.allocate(Float32Array, length, owner) ?? new Float32Array(length);
  }

  float64(length: number, owner?: object): Float64Array {
    return this.#arena.allocate(Float64Array, length, owner) ?? new Float64Array(length);
  }

  int32(length: number, owner?: object): Int32Array {
    return this.#arena.allocate(Int32Array, length, owner) ?? new Int32Array(length);
  }

  free(view: ArenaView): void {
    this.#arena.free(view);
  }

  addressOf(view: ArenaView): number {
    return this.#arena.addressOf(view);
  }

  gatherDots(
    table: RowTable,
    rows: Int32Array,
    count: number,
    contexts: Float32Array,
    dimension: number,
    unknown: Float64Array,
    out: Float64Array,
  ): number {
    const tableAt = table.kernels === this ? table.address : -1;
    const rowsAt = this.#rows.bring(rows, 0, count);
    const contextsAt = this.#contexts.bring(contexts, 0, count * dimension);
    const unknownAt = this.#unknown.bring(unknown, 0, dimension);
    const outAt = this.#out.bring(out, 0, count);
    if (Math.min(tableAt, rowsAt, contextsAt, unknownAt, outAt) < 0)
      return TYPESCRIPT_KERNELS.gatherDots(table, rows, count, contexts, dimension, unknown, out);
    const bad = this.#exports.gatherDots(tableAt, rowsAt, count, contextsAt, dimension, unknownAt, outAt);
    this.#out.takeBack(out, count);
    return bad;
  }

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
  ): void {
    const tableAt = table.kernels === this ? table.address : -1;
    const rowsAt = this.#rows.bring(rows, 0, count);
    const xAt = this.#contexts.bring(contexts, 0, count * dimension);
    const outAt = this.#out.bring(out, 0, count);
    if (Math.min(tableAt, rowsAt, xAt, outAt) < 0)
      TYPESCRIPT_KERNELS.gatherNorms(table, at, rows, count, contexts, dimension, scale, unknownScale, out);
    else {
      this.#exports.gatherNorms(tableAt, 4 * at, rowsAt, count, xAt, dimension, scale, unknownScale, outAt);
      this.#out.takeBack(out, count);
    }
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

  narrow(from: Float64Array, factor: number, to: Float32Array, at: number, count: number): void {
    const fromAt = this.#wide.find(from);
    const toAt = this.#narrowed.find(to);
    if (fromAt < 0 || toAt < 0) TYPESCRIPT_KERNELS.narrow(from, factor, to, at, count);
    else this.#exports.narrow(fromAt, factor, toAt + 4 * at, count);
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
