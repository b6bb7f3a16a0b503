import { crc32 } from 'node:zlib';
import type { LogRecord, NewRecord } from '../event-log.js';

/**
 * One record in a segment file, little-endian:
 *
 *   0  crc32 (uint32) of every byte after it
 *   4  length of key + value (uint32)
 *   8  offset (uint64)
 *  16  timestampMs (float64)
 *  24  length of the key (uint32)
 *  28  key (UTF-8), value
 *
 * The checksum covers the lengths and the offset, so a record that checks out is whole and in its place.
 */
export const RECORD_HEADER_BYTES = 28;
/** what a length field may say at all; `maxRecordBytes` is the (smaller) limit for new records */
export const LARGEST_BODY_BYTES = 1 << 28;

const TWO_32 = 2 ** 32;

/** Writes a record at `at`. The caller has made room: RECORD_HEADER_BYTES + keyBytes + value. @returns where the next one goes */
export function writeRecord(
  target: Buffer,
  at: number,
  offset: number,
  record: NewRecord,
  keyBytes: number,
): number {
  const end = at + RECORD_HEADER_BYTES + keyBytes + record.value.length;
  target.writeUInt32LE(keyBytes + record.value.length, at + 4);
  target.writeUInt32LE(offset % TWO_32, at + 8);
  target.writeUInt32LE(Math.floor(offset / TWO_32), at + 12);
  target.writeDoubleLE(record.timestampMs, at + 16);
  target.writeUInt32LE(keyBytes, at + 24);
  target.write(record.key, at + RECORD_HEADER_BYTES, keyBytes, 'utf8');
  target.set(record.value, at + RECORD_HEADER_BYTES + keyBytes);
  target.writeUInt32LE(crc32(target.subarray(at + 4, end)), at);
  return end;
}

/** What stands at a place of a segment. `short`: more bytes are needed to tell (at the end of a file: a torn record). */
export type Checked =
  | { readonly kind: 'whole'; readonly bytes: number }
  | { readonly kind: 'short'; readonly neededBytes: number }
  | { readonly kind: 'bad'; readonly why: string };

/** Checks the record at `at`, of which `source` holds the bytes up to `limit`, and that it is the one with `offset`. */
export function checkRecord(source: Buffer, at: number, limit: number, offset: number): Checked {
  if (limit - at < RECORD_HEADER_BYTES) return { kind: 'short', neededBytes: RECORD_HEADER_BYTES };
  const bodyBytes = source.readUInt32LE(at + 4);
  if (bodyBytes > LARGEST_BODY_BYTES) return { kind: 'bad', why: `a length of ${bodyBytes} bytes` };
  const bytes = RECORD_HEADER_BYTES + bodyBytes;
  if (limit - at < bytes) return { kind: 'short', neededBytes: bytes };
  if (crc32(source.subarray(at + 4, at + bytes)) !== source.readUInt32LE(at))
    return { kind: 'bad', why: 'a checksum that does not match' };
  const found = offsetAt(source, at);
  if (found !== offset) return { kind: 'bad', why: `offset ${found} where ${offset} belongs` };
  return { kind: 'whole', bytes };
}

export function offsetAt(source: Buffer, at: number): number {
  return source.readUInt32LE(at + 8) + source.readUInt32LE(at + 12) * TWO_32;
}

/** Length of a record known to be whole. */
export function recordBytesAt(source: Buffer, at: number): number {
  return RECORD_HEADER_BYTES + source.readUInt32LE(at + 4);
}

/** Reads a record known to be whole. `value` is a view of `source`. */
export function readRecord(source: Buffer, at: number): LogRecord {
  const keyBytes = source.readUInt32LE(at + 24);
  const valueAt = at + RECORD_HEADER_BYTES + keyBytes;
  const valueBytes = source.readUInt32LE(at + 4) - keyBytes;
  return {
    offset: offsetAt(source, at),
    timestampMs: source.readDoubleLE(at + 16),
    key: source.toString('utf8', at + RECORD_HEADER_BYTES, valueAt),
    value: new Uint8Array(source.buffer, source.byteOffset + valueAt, valueBytes),
  };
}
