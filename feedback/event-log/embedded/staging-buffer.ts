import type { NewRecord } from '../event-log.js';
import { RECORD_HEADER_BYTES, writeRecord } from './record-format.js';

/** Whole records in a row, as they stand in a segment. */
export interface Chunk {
  /** grows while later records are appended to the same block */
  bytes: Buffer;
  readonly block: Buffer;
  readonly firstOffset: number;
  endOffset: number;
}

const BLOCK_BYTES = 1 << 16;

/**
 * Encodes records one after another into blocks. What has been staged is taken whole by each write; the blocks then live on as the
 * partition's memory tail, so a record is copied once between the caller and the consumers.
 */
export class StagingBuffer {
  #block = Buffer.alloc(0);
  #from = 0;
  #to = 0;
  #firstOffset = 0;
  #full: Chunk[] = [];

  /** @returns bytes staged for this record */
  stage(record: NewRecord, keyBytes: number, offset: number): number {
    const bytes = RECORD_HEADER_BYTES + keyBytes + record.value.length;
    if (this.#to + bytes > this.#block.length) {
      this.#seal(offset);
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
      this.#from = this.#to = 0;
    }
    if (this.#from === this.#to) this.#firstOffset = offset;
    this.#to = writeRecord(this.#block, this.#to, offset, record, keyBytes);
    return bytes;
  }

  /** Everything staged since the last time. @param endOffset offset after the last staged record */
  take(endOffset: number): Chunk[] {
    this.#seal(endOffset);
    const chunks = this.#full;
    this.#full = [];
    return chunks;
  }

  #seal(endOffset: number): void {
    if (this.#from === this.#to) return;
    const bytes = this.#block.subarray(this.#from, this.#to);
    this.#full.push({ bytes, block: this.#block, firstOffset: this.#firstOffset, endOffset });
    this.#from = this.#to;
  }
}
