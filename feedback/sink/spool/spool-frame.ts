import { crc32 } from 'node:zlib';
import type { AnalyticsTable, PrintedRows } from '../../analytics/analytics.js';
import { partitionKey, type PartitionOffset, type WritableBatch } from '../row-batch.js';

/**
 * One batch in a spool file, little-endian:
 *
 *   0  `MQS1`
 *   4  crc32 (uint32) of every byte after it
 *   8  length of the header (uint32)
 *  12  length of the body (uint32)
 *  16  header (JSON): offsets, hours, and of each table its columns, rows and bytes
 *      body: the tables' lines, one table after the other
 */
export const FRAME_START_BYTES = 16;
const MAGIC = 0x3153514d;
/** what a length field may say at all */
const LARGEST_PART_BYTES = 2 ** 31 - 1;

interface FrameHeader {
  readonly offsets: readonly PartitionOffset[];
  readonly hours: readonly number[];
  readonly tables: readonly {
    readonly table: AnalyticsTable;
    readonly columns: readonly string[];
    readonly count: number;
    readonly bytes: number;
  }[];
}

/** @returns the frame in pieces, to be written one after the other */
export function encodeFrame(batch: WritableBatch): Uint8Array[] {
  const tables = Array.from(batch.tables, ([table, { columns, lines, count }]) => ({
    ...{ table, columns, count },
    bytes: lines.reduce((sum, { length }) => sum + length, 0),
  }));
  const header: FrameHeader = { offsets: [...batch.offsets.values()], hours: [...batch.hours], tables };
  const text = Buffer.from(JSON.stringify(header));
  const body = Array.from(batch.tables.values(), ({ lines }) => lines).flat();
  const start = Buffer.alloc(FRAME_START_BYTES);
  start.writeUInt32LE(MAGIC, 0);
  start.writeUInt32LE(text.length, 8);
  start.writeUInt32LE(
    tables.reduce((sum, { bytes }) => sum + bytes, 0),
    12,
  );
  let sum = crc32(start.subarray(8));
  for (const piece of [text, ...body]) sum = crc32(piece, sum);
  start.writeUInt32LE(sum, 4);
  return [start, text, ...body];
}

/** @returns bytes of the whole frame that begins so; undefined when none does */
export function frameBytes(start: Buffer): number | undefined {
  if (start.length < FRAME_START_BYTES || start.readUInt32LE(0) !== MAGIC) return undefined;
  const bytes = FRAME_START_BYTES + start.readUInt32LE(8) + start.readUInt32LE(12);
  return bytes <= LARGEST_PART_BYTES ? bytes : undefined;
}

/** @returns undefined when these bytes are not a whole frame as it was written */
export function decodeFrame(frame: Buffer): WritableBatch | undefined {
  if (frameBytes(frame) !== frame.length || crc32(frame.subarray(8)) !== frame.readUInt32LE(4))
    return undefined;
  const bodyAt = FRAME_START_BYTES + frame.readUInt32LE(8);
  const header = JSON.parse(frame.toString('utf8', FRAME_START_BYTES, bodyAt)) as FrameHeader;
  const tables = new Map<AnalyticsTable, PrintedRows>();
  let at = bodyAt;
  let count = 0;
  for (const { table, columns, bytes, ...rows } of header.tables) {
    tables.set(table, { columns, lines: [frame.subarray(at, at + bytes)], count: rows.count });
    at += bytes;
    count += rows.count;
  }
  const offsets = header.offsets.map(
    (offset) => [partitionKey(offset.topic, offset.partition), offset] as const,
  );
  return { tables, hours: new Set(header.hours), offsets: new Map(offsets), count };
}
