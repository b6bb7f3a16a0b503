import type { Kernels } from './linalg/kernels.js';

/** Kernels read four floats at a time, so up to three behind the last. */
const ROOM = 3;

/**
 * The arms of one title as kernels read them, in their memory: K, then per arm its model row, then its draw hash, then its vector. Made once
 * and read by every page; freed when garbage.
 */
export class SlateRecord {
  /** K ≥ 1 */
  readonly size: number;
  /** shape (K) each */
  readonly rows: Int32Array;
  readonly hashes: Int32Array;
  /** shape (K, E), row-major */
  readonly vectors: Float32Array;
  /** in the kernels' memory, −1 when there was no room or they have none */
  readonly address: number;

  /**
   * @param rows    shape (K)
   * @param hashes  shape (K): 32 bits each
   * @param vectors shape (K, E)
   */
  constructor(kernels: Kernels, rows: Int32Array, hashes: Uint32Array, vectors: Float32Array) {
    const size = rows.length;
    const words = kernels.int32(1 + 2 * size + vectors.length + ROOM, this);
    words[0] = size;
    this.size = size;
    this.rows = words.subarray(1, 1 + size);
    this.hashes = words.subarray(1 + size, 1 + 2 * size);
    this.vectors = new Float32Array(words.buffer, words.byteOffset + 4 + 8 * size, vectors.length);
    this.address = kernels.addressOf(words);
    this.rows.set(rows);
    this.hashes.set(hashes);
    this.vectors.set(vectors);
  }
}
