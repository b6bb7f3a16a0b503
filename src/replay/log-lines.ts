import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../core/errors.js';

/** Consecutive lines as they came out of one chunk. An entry is undefined where the line was longer than allowed: its text was not kept. */
export interface LineBatch {
  /** number of the first line, from 1 */
  readonly firstLine: number;
  readonly lines: readonly (string | undefined)[];
}

const NEWLINE = 10;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Splits bytes into lines (\n or \r\n, UTF-8, byte-order mark dropped), unzipping them first when they begin as gzip does, whatever the file is
 * called. Holds one chunk and at most `maxLineBytes` of an unfinished line.
 *
 * @throws AppError `replay/unreadable` when reading or unzipping fails, also in the middle
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<LineBatch> {
  const pending = new PendingLine(maxLineBytes);
  let firstLine = 1;
  for await (const chunk of unzipped(source)) {
    const lines: (string | undefined)[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pending.hold(chunk.subarray(start, end));
      lines.push(pending.take(firstLine + lines.length === 1));
      start = end + 1;
    }
    pending.hold(chunk.subarray(start));
    if (lines.length === 0) continue;
    yield { firstLine, lines };
    firstLine += lines.length;
  }
  if (pending.bytes > 0) yield { firstLine, lines: [pending.take(firstLine === 1)] };
}

/** The parts of a line that several chunks hold between them. */
class PendingLine {
  private parts: Uint8Array[] = [];
  /** of the line so far, kept or not */
  bytes = 0;

  constructor(private readonly maxBytes: number) {}

  hold(part: Uint8Array): void {
    this.bytes += part.length;
    if (this.bytes > this.maxBytes) this.parts = [];
    else if (part.length > 0) this.parts.push(part);
  }

  take(isFirst: boolean): string | undefined {
    const kept = this.bytes <= this.maxBytes;
    const text = this.parts.length === 1 ? decode(this.parts[0]!) : decode(Buffer.concat(this.parts));
    this.parts = [];
    this.bytes = 0;
    if (!kept) return undefined;
    const line = isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

async function* unzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    if (first.done === true) return;
    const whole = startingWith(first.value, iterator);
    const zipped = GZIP_MAGIC.every((byte, i) => first.value[i] === byte);
    yield* zipped ? gunzipped(whole) : whole;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'replay/unreadable',
      `the log cannot be read on: ${reason}; expected CSV, plain or gzip`,
      undefined,
      error,
    );
  }
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* gunzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // A failure reaches the reader below through the stream itself; the promise must only not go unhandled.
  const fed = pipeline(Readable.from(source), gunzip).catch(() => undefined);
  for await (const chunk of gunzip) yield chunk as Uint8Array;
  await fed;
}
