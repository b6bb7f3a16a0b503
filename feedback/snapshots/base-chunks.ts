import { crc32 } from 'node:zlib';
import { corrupt } from '../update/pieces.js';
import type { BaseRecord } from './manifest.js';

/** Largest value of a base: a Redis that answers larger ones keeps others waiting. */
export const CHUNK_BYTES = 262_144;
const CRC_BYTES = 4;
const LENGTH_BYTES = 4;

type Extent = Omit<BaseRecord, 'token' | 'version' | 'crc32'>;

/** What a base will take: known before any of it is made. @param chunkBytes > 4, checksum included */
export function baseExtent(parts: readonly Uint8Array[], chunkBytes = CHUNK_BYTES): Extent {
  const bytes = parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0);
  return { parts: parts.length, bytes, chunks: Math.max(1, Math.ceil(bytes / (chunkBytes - CRC_BYTES))) };
}

/**
 * A base's parts as one run of bytes, parts × (u32 length · bytes), cut to chunks: up to `chunkBytes` − 4 of them · u32 CRC-32 of the run so far, the chunks
 * before included. So a chunk that is damaged, missing or another base's is found where it stands. Little-endian; one chunk in memory at a time.
 *
 * The last chunk's checksum is the base's. Where there is nothing to cut there is one chunk, of a checksum alone.
 */
export function* baseChunks(
  parts: readonly Uint8Array[],
  chunkBytes = CHUNK_BYTES,
): Generator<{ readonly chunk: Uint8Array; readonly crc32: number }> {
  const capacity = chunkBytes - CRC_BYTES;
  let sum = 0;
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let filled = 0;
  let left = baseExtent(parts, chunkBytes).chunks;
  const close = (): { chunk: Uint8Array; crc32: number } => {
    sum = crc32(chunk.subarray(0, filled), sum);
    chunk.writeUInt32LE(sum, filled);
    const closed = chunk.subarray(0, filled + CRC_BYTES);
    [chunk, filled] = [Buffer.allocUnsafe(chunkBytes), 0];
    left--;
    return { chunk: closed, crc32: sum };
  };
  for (const part of parts) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(part.length);
    for (const piece of [length, part]) {
      for (let from = 0; from < piece.length;) {
        const taken = piece.subarray(from, from + capacity - filled);
        chunk.set(taken, filled);
        filled += taken.length;
        from += taken.length;
        if (filled === capacity) yield close();
      }
    }
  }
  if (left > 0) yield close();
}

/** Puts chunks together to parts again, in order, holding no more than one part and one chunk. */
export class ChunkReader {
  #sum = 0;
  #bytes = 0;
  #parts = 0;
  /** what is being put together: a part, or the length of the next one */
  #piece: Buffer = Buffer.alloc(LENGTH_BYTES);
  /** of lengths, and of parts: used again, for what would be garbage the next moment stops a thread for long */
  readonly #length = this.#piece;
  #part: Buffer = Buffer.alloc(0);
  #filled = 0;
  #isPart = false;

  constructor(readonly base: Omit<BaseRecord, 'token' | 'version'>) {}

  /** @yields the parts that this chunk completes; the bytes are valid until the next. @throws AppError `snapshot/corrupt` */
  *read(chunk: Uint8Array): Generator<Uint8Array> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = bytes.length - CRC_BYTES;
    if (end < 0) throw corrupt(`a chunk of ${bytes.length} bytes; expected at least ${CRC_BYTES}`);
    this.#sum = crc32(bytes.subarray(0, end), this.#sum);
    if (this.#sum !== bytes.readUInt32LE(end))
      throw corrupt(`a chunk's CRC-32 ${this.#sum}; expected ${bytes.readUInt32LE(end)}`);
    this.#bytes += end;
    for (let from = 0; ;) {
      const copied = bytes.copy(this.#piece, this.#filled, from, end);
      from += copied;
      this.#filled += copied;
      if (this.#filled < this.#piece.length) return;
      if (this.#isPart) yield this.#piece;
      this.#begin();
    }
  }

  /** @throws AppError `snapshot/corrupt` unless all of the base was read and nothing else */
  finish(): void {
    const { bytes, parts, crc32: sum } = this.base;
    const whole = !this.#isPart && this.#filled === 0;
    if (whole && this.#bytes === bytes && this.#parts === parts && this.#sum === sum) return;
    throw corrupt(
      `a base of ${this.#parts} parts in ${this.#bytes} bytes, CRC-32 ${this.#sum}; expected ${parts} in ${bytes}, ${sum}`,
    );
  }

  /** After a length comes its part, after a part the next length. */
  #begin(): void {
    const length = this.#isPart ? LENGTH_BYTES : this.#piece.readUInt32LE();
    if (length > this.base.bytes) throw corrupt(`a part of ${length} bytes in a base of ${this.base.bytes}`);
    if (this.#isPart) this.#parts++;
    this.#isPart = !this.#isPart;
    this.#piece = this.#isPart ? this.#roomFor(length) : this.#length;
    this.#filled = 0;
  }
  #roomFor(length: number): Buffer {
    if (this.#part.length < length) this.#part = Buffer.allocUnsafe(length);
    return this.#part.subarray(0, length);
  }
}
