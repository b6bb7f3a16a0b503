import { AppError, shown } from '../core/errors.js';
import type { Kernels } from './linalg/kernels.js';

const TARGET_BLOCK_FLOATS = 8192;
const MAX_ROWS_PER_BLOCK = 1024;

/**
 * Sparse, growing rows of `stride` Float64 each, in blocks of a power of two rows (≈ 64 KB) that are allocated when one of their rows is first
 * touched. Nothing is ever copied to grow, and no row is an object: a row is (block, offset).
 */
export class RowBlocks {
  readonly stride: number;
  readonly #maxRows: number;
  readonly #shift: number;
  readonly #mask: number;
  readonly #kernels: Pick<Kernels, 'float64'>;
  readonly #blocks: (Float64Array | undefined)[] = [];

  /**
   * @param stride   Float64 per row, ≥ 1
   * @param maxRows  rows are integers in [0, maxRows)
   * @param kernels  who makes the blocks
   */
  constructor(stride: number, maxRows: number, kernels: Pick<Kernels, 'float64'>) {
    this.stride = stride;
    this.#kernels = kernels;
    this.#maxRows = maxRows;
    let shift = 0;
    while (2 ** (shift + 1) <= MAX_ROWS_PER_BLOCK && 2 ** (shift + 1) * stride <= TARGET_BLOCK_FLOATS)
      shift++;
    this.#shift = shift;
    this.#mask = 2 ** shift - 1;
  }

  /** @throws AppError `bandit/bad-shape` unless row is an integer in [0, maxRows) */
  check(row: number): void {
    if (!(Number.isInteger(row) && row >= 0 && row < this.#maxRows)) {
      throw new AppError(
        'bandit/bad-shape',
        `row is ${shown(row)}; expected an integer in [0, ${this.#maxRows})`,
      );
    }
  }

  /** The block that holds the row, or undefined when none of its rows was ever touched. */
  find(row: number): Float64Array | undefined {
    return this.#blocks[row >> this.#shift];
  }

  /** The block that holds the row, allocated if need be. */
  touch(row: number): Float64Array {
    const at = row >> this.#shift;
    const known = this.#blocks[at];
    if (known !== undefined) return known;
    while (this.#blocks.length <= at) this.#blocks.push(undefined);
    const block = this.#kernels.float64((this.#mask + 1) * this.stride, this);
    this.#blocks[at] = block;
    return block;
  }

  /** Where the row begins in its block. */
  offset(row: number): number {
    return (row & this.#mask) * this.stride;
  }

  /** The row's floats, to read. Undefined when its block was never touched. */
  view(row: number): Float64Array | undefined {
    const offset = this.offset(row);
    return this.find(row)?.subarray(offset, offset + this.stride);
  }

  copyFrom(other: RowBlocks): void {
    this.#blocks.length = 0;
    for (const block of other.#blocks) {
      const copy = block && this.#kernels.float64(block.length, this);
      if (block) copy?.set(block);
      this.#blocks.push(copy);
    }
  }

  get byteLength(): number {
    let bytes = 0;
    for (const block of this.#blocks) bytes += block?.byteLength ?? 0;
    return bytes;
  }
}
