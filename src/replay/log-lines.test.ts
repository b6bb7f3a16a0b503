import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from './log-lines.js';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function linesOf(
  source: AsyncIterable<Uint8Array>,
  maxLineBytes = 1024,
): Promise<[number, string | undefined][]> {
  const found: [number, string | undefined][] = [];
  for await (const { firstLine, lines } of readLines(source, maxLineBytes)) {
    for (const [i, line] of lines.entries()) found.push([firstLine + i, line]);
  }
  return found;
}

describe('readLines', () => {
  it('gives the same lines however the bytes are cut, plain or gzip', async () => {
    const anyLine = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .map((text) => text.replace(/[\r\n\uFEFF]/g, ''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 2, max: 50 }),
        fc.boolean(),
        async (lines, size, zipped) => {
          const plain = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const found = await linesOf(chunked(zipped ? gzipSync(plain) : plain, size));
          expect(found).toEqual(lines.map((line, i) => [i + 1, line]));
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it('drops the byte-order mark and carriage returns, and takes a last line without an end', async () => {
    expect(await linesOf(chunked(Buffer.from('\uFEFFa,b\r\n1,2\r\n3,4'), 4))).toEqual([
      [1, 'a,b'],
      [2, '1,2'],
      [3, '3,4'],
    ]);
  });

  it('keeps a number, and no text, for a line that is too long', async () => {
    const bytes = Buffer.from(`short\n${'x'.repeat(5000)}\nafter\n${'y'.repeat(1025)}`);
    expect(await linesOf(chunked(bytes, 64))).toEqual([
      [1, 'short'],
      [2, undefined],
      [3, 'after'],
      [4, undefined],
    ]);
  });

  it('holds no more than its limit while a line without an end goes by', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.alloc(1 << 20, 'x');
      for (; given < 300; given++) yield await Promise.resolve(chunk);
    }
    const before = process.memoryUsage().arrayBuffers;
    expect(await linesOf(endless(), 1 << 20)).toEqual([[1, undefined]]);
    expect(given).toBe(300);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 << 20);
  });

  it('finds nothing in nothing', async () => {
    expect(await linesOf(chunked(Buffer.alloc(0), 1))).toEqual([]);
  });

  it.each([
    ['cut short', gzipSync(Buffer.from('a\n'.repeat(1e5))).subarray(0, 100)],
    ['not gzip after its first bytes', Buffer.from([0x1f, 0x8b, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])('says that a gzip %s cannot be read', async (_, bytes) => {
    await expect(linesOf(chunked(bytes, 16))).rejects.toMatchObject({ code: 'replay/unreadable' });
  });
});
