import { blockKernels, createKernels, type BlockKernels, type Kernels } from '../../bandit/index.js';
import { AppError, shown } from '../../core/errors.js';
import { quantise, type Int8Rows } from './int8-rows.js';
import { BestSoFar } from './best-so-far.js';

export interface Neighbour {
  readonly id: string;
  /** cosine, in [−1, 1]; within 0.01 of exact with int8 (d ≥ 32) */
  readonly score: number;
}

export interface NeighbourOptions {
  /** int8: d + 4 bytes per vector, the default; float32: 4·d */
  readonly precision?: 'int8' | 'float32';
  /** default: with a memory of their own, which goes with the index */
  readonly kernels?: Kernels;
}

export interface NearestOptions {
  /** is this id one that may be answered? default: every id */
  readonly accepts?: (id: string) => boolean;
}

/** rows scored at a time: their scores stay in the nearest cache */
const CHUNK_ROWS = 2048;
const MOST_DIMENSIONS = 4096;

/**
 * The nearest of many vectors by cosine, found by comparing with every one: exact (with int8: but for rounding), the same answer every time, and nothing to build or
 * tune. Not for millions: time grows with rows · d.
 */
export class NeighbourIndex {
  readonly dimension: number;
  readonly precision: 'int8' | 'float32';
  /** what the vectors take, in bytes; ids and their numbers come on top */
  readonly vectorBytes: number;
  readonly #ids: readonly string[];
  readonly #rowOf = new Map<string, number>();
  readonly #blocks: BlockKernels;
  /** floats per row as they lie: a multiple of 16, zeros at the end */
  readonly #stride: number;
  readonly #rows: Float32Array | Int8Rows;
  readonly #query: Float32Array;
  readonly #wideQuery: Int16Array;
  readonly #scores: Float32Array;

  /**
   * @param ids     shape (n), each once
   * @param vectors shape (n, d) row-major, finite; copied, and scaled to length 1 (one of zeros stays: its score is 0)
   * @throws AppError `vectors/bad-shape` | `vectors/not-finite` | `vectors/duplicate-id`
   */
  constructor(
    ids: readonly string[],
    vectors: Float32Array,
    { precision = 'int8', kernels = createKernels() }: NeighbourOptions = {},
  ) {
    const dimension = ids.length === 0 ? 0 : vectors.length / ids.length;
    if (!(
      Number.isInteger(dimension) &&
      dimension <= MOST_DIMENSIONS &&
      (dimension > 0 || vectors.length === 0)
    ))
      throw new AppError(
        'vectors/bad-shape',
        `${vectors.length} numbers for ${ids.length} ids; expected the same number for each, 1 to ${MOST_DIMENSIONS}`,
      );
    for (const [row, id] of ids.entries()) {
      if (this.#rowOf.has(id))
        throw new AppError('vectors/duplicate-id', `id ${shown(id)} comes twice; expected each once`);
      this.#rowOf.set(id, row);
    }
    this.#ids = ids;
    this.dimension = dimension;
    this.precision = precision;
    this.#stride = 16 * Math.ceil(dimension / 16);
    this.#blocks = blockKernels(kernels);
    const unit = this.#unitRows(vectors, precision === 'float32' ? kernels : undefined);
    this.#rows = precision === 'float32' ? unit : quantise(unit, ids.length, this.#stride, kernels);
    this.vectorBytes =
      this.#rows instanceof Float32Array
        ? this.#rows.byteLength
        : this.#rows.values.byteLength + this.#rows.scales.byteLength;
    this.#query = kernels.float32(this.#stride);
    const wide = kernels.int32(this.#stride / 2);
    this.#wideQuery = new Int16Array(wide.buffer, wide.byteOffset, this.#stride);
    this.#scores = kernels.float32(CHUNK_ROWS);
  }

  get size(): number {
    return this.#ids.length;
  }

  /**
   * The `k` most like `vector`, best first; equal scores in the order of the ids given. Fewer when there are no more.
   *
   * @param vector shape (d), finite
   * @throws AppError `vectors/bad-shape` | `vectors/not-finite`
   */
  nearest(vector: ArrayLike<number>, k: number, options: NearestOptions = {}): readonly Neighbour[] {
    if (vector.length !== this.dimension)
      throw new AppError(
        'vectors/bad-shape',
        `the vector has ${vector.length} numbers; expected ${this.dimension}`,
      );
    this.#query.fill(0);
    for (let i = 0; i < vector.length; i++) this.#query[i] = vector[i]!;
    toUnitLength(this.#query, 0, this.#stride, 'the vector');
    return this.#scan(k, -1, options);
  }

  /** The `k` most like the vector of `id`, but itself. @throws AppError `vectors/unknown-id` */
  nearestTo(id: string, k: number, options: NearestOptions = {}): readonly Neighbour[] {
    const row = this.#rowOf.get(id);
    if (row === undefined)
      throw new AppError('vectors/unknown-id', `id ${shown(id)} has no vector; expected one of ${this.size}`);
    const at = row * this.#stride;
    const rows = this.#rows;
    if (rows instanceof Float32Array) this.#query.set(rows.subarray(at, at + this.#stride));
    else for (let i = 0; i < this.#stride; i++) this.#query[i] = rows.values[at + i]! * rows.scales[row]!;
    return this.#scan(k, row, options);
  }

  #scan(k: number, except: number, { accepts }: NearestOptions): readonly Neighbour[] {
    if (!(Number.isInteger(k) && k >= 0))
      throw new AppError('vectors/bad-shape', `k is ${shown(k)}; expected a whole number ≥ 0`);
    const best = new BestSoFar(Math.min(k, this.size));
    const scale = this.#rows instanceof Float32Array ? 1 : this.#widenQuery();
    for (let first = 0; first < this.size && best.capacity > 0; first += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, this.size - first);
      this.#score(first, count, scale);
      for (let c = 0; c < count; c++) {
        if (!(this.#scores[c]! > best.least)) continue;
        const row = first + c;
        if (row !== except && (accepts === undefined || accepts(this.#ids[row]!)))
          best.offer(row, this.#scores[c]!);
      }
    }
    return best.sorted().map(([row, score]) => ({ id: this.#ids[row]!, score }));
  }

  #score(first: number, count: number, scale: number): void {
    const rows = this.#rows;
    if (rows instanceof Float32Array)
      this.#blocks.scores('dot', this.#query, rows, first, count, this.#stride, this.#scores);
    else {
      const { values, scales } = rows;
      this.#blocks.dotsInt8(this.#wideQuery, values, first, count, this.#stride, scales, scale, this.#scores);
    }
  }

  /** @returns what one step of the query's int16 is worth: 12 bits, so that rounding the query adds nothing to that of the rows */
  #widenQuery(): number {
    const most = this.#query.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const scale = most / 2047;
    for (let i = 0; i < this.#stride; i++)
      this.#wideQuery[i] = scale === 0 ? 0 : Math.round(this.#query[i]! / scale);
    return scale;
  }

  #unitRows(vectors: Float32Array, kernels: Kernels | undefined): Float32Array {
    const length = this.size * this.#stride;
    const rows = kernels?.float32(length) ?? new Float32Array(length);
    for (let row = 0; row < this.size; row++) {
      const at = row * this.#stride;
      rows.set(vectors.subarray(row * this.dimension, (row + 1) * this.dimension), at);
      toUnitLength(rows, at, this.#stride, `the vector of ${shown(this.#ids[row])}`);
    }
    return rows;
  }
}

function toUnitLength(values: Float32Array, at: number, length: number, name: string): void {
  let square = 0;
  for (let i = 0; i < length; i++) square += values[at + i]! ** 2;
  if (!Number.isFinite(square))
    throw new AppError('vectors/not-finite', `${name} has a number that is not finite; expected finite ones`);
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let i = 0; i < length; i++) values[at + i] = values[at + i]! * scale;
}
