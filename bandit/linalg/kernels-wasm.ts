import type { ArenaView } from './arena.js';
import { Argument } from './argument.js';
import type { KernelInstance } from './instance.js';
import { TYPESCRIPT_KERNELS } from './kernels-typescript.js';
import type { Kernels } from './kernels.js';
import { MAX_DIMENSION, WasmLearning } from './learning-wasm.js';
import type { RowTable } from './row-table.js';

/** Larger arguments that live elsewhere are left to the twin: of a slate of 200 arms and d = 256 everything fits. */
const MAX_COUNT = 200;

/** Kernels in WebAssembly; see `Kernels`. Stand-ins for arguments that live elsewhere take 1.5 MB of addresses, and memory once they are used. */
export class WasmKernels extends WasmLearning implements Kernels {
  readonly backend = 'wasm';
  readonly instance: KernelInstance;
  readonly #rows: Argument<Int32Array>;
  readonly #contexts: Argument<Float32Array>;
  readonly #unknown: Argument<Float64Array>;
  readonly #out: Argument<Float64Array>;
  readonly #wide: Argument<Float64Array>;
  readonly #narrowed: Argument<Float32Array>;

  constructor(instance: KernelInstance) {
    super(instance);
    const { arena } = instance;
    this.instance = instance;
    this.#rows = new Argument(arena, arena.int32(MAX_COUNT));
    this.#contexts = new Argument(arena, arena.float32(MAX_COUNT * MAX_DIMENSION));
    this.#unknown = new Argument(arena, arena.float64(MAX_DIMENSION));
    this.#out = new Argument(arena, arena.float64(MAX_COUNT));
    this.#wide = new Argument(arena, arena.float64(0));
    this.#narrowed = new Argument(arena, arena.float32(0));
  }

  float32(length: number, owner?: object): Float32Array {
    return this.instance.arena.float32(length, owner);
  }

  float64(length: number, owner?: object): Float64Array {
    return this.instance.arena.float64(length, owner);
  }

  int32(length: number, owner?: object): Int32Array {
    return this.instance.arena.int32(length, owner);
  }

  free(view: ArenaView): void {
    this.instance.arena.free(view);
  }

  addressOf(view: ArenaView): number {
    return this.instance.arena.addressOf(view);
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
    const bad = this.instance.exports.gatherDots(
      tableAt,
      rowsAt,
      count,
      contextsAt,
      dimension,
      unknownAt,
      outAt,
    );
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
      this.instance.exports.gatherNorms(
        tableAt,
        4 * at,
        rowsAt,
        count,
        xAt,
        dimension,
        scale,
        unknownScale,
        outAt,
      );
      this.#out.takeBack(out, count);
    }
  }

  narrow(from: Float64Array, factor: number, to: Float32Array, at: number, count: number): void {
    const fromAt = this.#wide.find(from);
    const toAt = this.#narrowed.find(to);
    if (fromAt < 0 || toAt < 0) TYPESCRIPT_KERNELS.narrow(from, factor, to, at, count);
    else this.instance.exports.narrow(fromAt, factor, toAt + 4 * at, count);
  }
}
