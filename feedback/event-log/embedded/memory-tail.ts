import type { Segment } from './segment-file.js';
import type { Chunk } from './staging-buffer.js';

/** A chunk that has been written, and where. */
export interface WrittenChunk extends Chunk {
  readonly segment: Segment;
  /** byte of the segment at which it begins */
  readonly position: number;
}

/** The newest written records of a partition, for consumers that keep up: they never touch the files. Bounded in bytes. */
export class MemoryTail {
  readonly #chunks: WrittenChunk[] = [];
  #bytes = 0;

  constructor(private readonly mostBytes: number) {}

  push(chunk: WrittenChunk): void {
    const last = this.#chunks[this.#chunks.length - 1];
    this.#bytes += chunk.bytes.length;
    if (last?.block === chunk.block && last.segment === chunk.segment) {
      // It stands right behind the last one in the same block: one longer view instead of many small ones.
      last.bytes = Buffer.from(
        chunk.block.buffer,
        last.bytes.byteOffset,
        last.bytes.length + chunk.bytes.length,
      );
      last.endOffset = chunk.endOffset;
    } else {
      this.#chunks.push(chunk);
    }
    while (this.#bytes > this.mostBytes) this.#bytes -= this.#chunks.shift()!.bytes.length;
  }

  /** @returns the chunk that holds `offset`, if it is still kept */
  find(offset: number): WrittenChunk | undefined {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle]!;
      if (offset < chunk.firstOffset) high = middle - 1;
      else if (offset >= chunk.endOffset) low = middle + 1;
      else return chunk;
    }
    return undefined;
  }
}
