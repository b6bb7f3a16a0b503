import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseChunks, baseExtent, ChunkReader } from './base-chunks.js';

const PARTS = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
const CHUNK_BYTES = fc.integer({ min: 5, max: 60 });

interface Cut {
  readonly chunks: Uint8Array[];
  readonly base: ConstructorParameters<typeof ChunkReader>[0];
}

function cut(parts: readonly Uint8Array[], chunkBytes: number): Cut {
  const cuts = [...baseChunks(parts, chunkBytes)];
  const base = { ...baseExtent(parts, chunkBytes), crc32: cuts[cuts.length - 1]!.crc32 };
  return { chunks: cuts.map(({ chunk }) => chunk), base };
}

function read({ chunks, base }: Cut): Uint8Array[] {
  const reader = new ChunkReader(base);
  const parts: Uint8Array[] = [];
  for (const chunk of chunks) for (const part of reader.read(chunk)) parts.push(Uint8Array.from(part));
  reader.finish();
  return parts;
}

describe('a base cut to chunks', () => {
  it('is put together again, whatever the sizes, from as many chunks of at most that size as were announced', () => {
    fc.assert(
      fc.property(PARTS, CHUNK_BYTES, (parts, chunkBytes) => {
        const made = cut(parts, chunkBytes);
        expect(made.chunks).toHaveLength(made.base.chunks);
        for (const chunk of made.chunks) expect(chunk.length).toBeLessThanOrEqual(chunkBytes);
        expect(read(made)).toEqual(parts.map((part) => Uint8Array.from(part)));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('holds what its docstring says', () => {
    const { chunks, base } = cut([Uint8Array.of(1, 2, 3), new Uint8Array(0)], 10);
    const [first, second] = [Buffer.of(3, 0, 0, 0, 1, 2), Buffer.of(3, 0, 0, 0, 0)];
    const u32 = (value: number): Buffer => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      return bytes;
    };
    expect(chunks.map((chunk) => Buffer.from(chunk).toString('hex'))).toEqual([
      Buffer.concat([first, u32(crc32(first))]).toString('hex'),
      Buffer.concat([second, u32(crc32(Buffer.concat([first, second])))]).toString('hex'),
    ]);
    expect(base).toEqual({ parts: 2, bytes: 11, chunks: 2, crc32: crc32(Buffer.concat([first, second])) });
  });

  it('is refused when a byte of it changed, or a chunk is missing, twice there or another’s', () => {
    const parts = [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), Uint8Array.of(9), Uint8Array.of(10, 11)];
    const { chunks, base } = cut(parts, 12);
    const other = cut([...parts].reverse(), 12).chunks;
    const refused = expect.objectContaining({ code: 'snapshot/corrupt' }) as Error;
    const attempt = (given: Uint8Array[]) => () => read({ chunks: given, base });
    for (const [i, chunk] of chunks.entries()) {
      for (let at = 0; at < chunk.length; at++) {
        const changed = Uint8Array.from(chunk, (byte, b) => (b === at ? byte ^ 4 : byte));
        expect(attempt(chunks.with(i, changed))).toThrow(refused);
        expect(attempt(chunks.with(i, chunk.subarray(0, at)))).toThrow(refused);
      }
      expect(attempt(chunks.toSpliced(i, 1))).toThrow(refused);
      expect(attempt(chunks.toSpliced(i, 0, chunk))).toThrow(refused);
      expect(attempt(chunks.with(i, other[i]!))).toThrow(refused);
    }
  });

  it('never asks for more memory than the base has bytes', () => {
    const { chunk } = [...baseChunks([new Uint8Array(4)], 100)][0]!;
    const long = Buffer.from(chunk);
    long.writeUInt32LE(0xffff_ffff);
    long.writeUInt32LE(crc32(long.subarray(0, 8)), 8);
    expect(() => [...new ChunkReader({ parts: 1, bytes: 8, chunks: 1, crc32: 0 }).read(long)]).toThrow(
      'a part of 4294967295 bytes in a base of 8',
    );
  });
});
