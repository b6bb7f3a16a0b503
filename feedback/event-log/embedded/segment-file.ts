import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AppError } from '../../../core/errors.js';
import { syncDirectory } from '../../files/durable-file.js';

/**
 * A segment file begins with 32 bytes, little-endian, and goes on with records (record-format.ts):
 *
 *   0  magic 'MQLG'   4  format version (uint32) = 1   8  offset of the first record (float64)
 *  16  made at, epoch ms (float64)   24  reserved = 0 (uint32)   28  crc32 of the 28 bytes before
 *
 * Its name is the first offset, so a directory listing is the index. Only the last segment of a partition is written to.
 */
export const SEGMENT_HEADER_BYTES = 32;
export const SEGMENT_FORMAT_VERSION = 1;
const MAGIC = 'MQLG';
const NAME = /^(\d{16})\.segment$/;

export interface Segment {
  readonly path: string;
  /** offset of its first record */
  readonly baseOffset: number;
  readonly madeAtMs: number;
}

/** @returns paths and first offsets, ascending; [] when the directory does not exist */
export async function listSegments(directory: string): Promise<{ path: string; baseOffset: number }[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  });
  const found = names.flatMap((name) => {
    const match = NAME.exec(name);
    return match === null ? [] : [{ path: join(directory, name), baseOffset: Number(match[1]) }];
  });
  return found.sort((a, b) => a.baseOffset - b.baseOffset);
}

/** Makes a segment whose header and name are durable before it is used. */
export async function createSegment(
  directory: string,
  baseOffset: number,
  madeAtMs: number,
): Promise<{ segment: Segment; handle: FileHandle }> {
  const path = join(directory, `${String(baseOffset).padStart(16, '0')}.segment`);
  const handle = await open(path, 'w+');
  await handle.write(header(baseOffset, madeAtMs), 0, SEGMENT_HEADER_BYTES, 0);
  await handle.datasync();
  await syncDirectory(directory);
  return { segment: { path, baseOffset, madeAtMs }, handle };
}

function header(baseOffset: number, madeAtMs: number): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(SEGMENT_FORMAT_VERSION, 4);
  bytes.writeDoubleLE(baseOffset, 8);
  bytes.writeDoubleLE(madeAtMs, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28);
  return bytes;
}

/** @throws AppError `log/corrupt` */
export async function readSegmentHeader(handle: FileHandle, path: string): Promise<Segment> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const { bytesRead } = await handle.read(bytes, 0, SEGMENT_HEADER_BYTES, 0);
  if (bytesRead < SEGMENT_HEADER_BYTES) throw corrupt(path, 0, `a header of ${bytesRead} bytes`);
  if (bytes.toString('latin1', 0, 4) !== MAGIC)
    throw corrupt(path, 0, `magic ${bytes.toString('hex', 0, 4)}`);
  if (crc32(bytes.subarray(0, 28)) !== bytes.readUInt32LE(28))
    throw corrupt(path, 0, 'a header checksum that does not match');
  const version = bytes.readUInt32LE(4);
  if (version !== SEGMENT_FORMAT_VERSION)
    throw corrupt(path, 4, `format version ${version}, not ${SEGMENT_FORMAT_VERSION}`);
  const baseOffset = bytes.readDoubleLE(8);
  if (Number(NAME.exec(basename(path))?.[1]) !== baseOffset)
    throw corrupt(path, 8, `first offset ${baseOffset}, unlike its name`);
  return { path, baseOffset, madeAtMs: bytes.readDoubleLE(16) };
}

export function corrupt(path: string, position: number, why: string): AppError {
  const file = join(basename(dirname(dirname(path))), basename(dirname(path)), basename(path));
  return new AppError(
    'log/corrupt',
    `${file} at byte ${position}: found ${why}; expected a whole record of this log`,
    { file, position },
  );
}
