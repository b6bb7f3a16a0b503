import type { FileHandle } from 'node:fs/promises';
import { checkRecord, LARGEST_BODY_BYTES, offsetAt, RECORD_HEADER_BYTES } from './record-format.js';
import { corrupt, SEGMENT_HEADER_BYTES, type Segment } from './segment-file.js';

const WINDOW_BYTES = 1 << 20;

export interface RecoveredSegment {
  readonly endOffset: number;
  /** end of the last whole record */
  readonly sizeBytes: number;
  /** bytes after it that are not a record: the tail of a write that was cut off */
  readonly tornBytes: number;
}

/**
 * Reads a segment from its first record to the end of the last whole one.
 *
 * What follows may be a torn tail, which a crash leaves behind: it was never acknowledged as `synced`. But when a whole record of this
 * partition is found beyond the damage, something that was written has been changed since, and the log refuses to guess.
 *
 * @throws AppError `log/corrupt` naming file and byte
 */
export async function recoverSegment(handle: FileHandle, segment: Segment): Promise<RecoveredSegment> {
  const { size } = await handle.stat();
  let position = SEGMENT_HEADER_BYTES;
  let offset = segment.baseOffset;
  let window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  while (position < size) {
    const { bytesRead } = await handle.read(window, 0, Math.min(window.length, size - position), position);
    let at = 0;
    let checked = checkRecord(window, at, bytesRead, offset);
    while (checked.kind === 'whole') {
      at += checked.bytes;
      offset++;
      checked = checkRecord(window, at, bytesRead, offset);
    }
    position += at;
    if (checked.kind === 'short' && position + checked.neededBytes <= size) {
      if (checked.neededBytes > window.length) window = Buffer.allocUnsafeSlow(checked.neededBytes);
      continue;
    }
    const why = checked.kind === 'bad' ? checked.why : 'a record that ends beyond the file';
    if (position < size) await refuseIfRecordsFollow(handle, segment, { position, size, offset, why });
    break;
  }
  return { endOffset: offset, sizeBytes: position, tornBytes: size - position };
}

async function refuseIfRecordsFollow(
  handle: FileHandle,
  segment: Segment,
  damage: { position: number; size: number; offset: number; why: string },
): Promise<void> {
  const { position, size, offset, why } = damage;
  const rest = Buffer.allocUnsafeSlow(size - position);
  await handle.read(rest, 0, rest.length, position);
  if (findRecordAfter(rest, 1, offset)) throw corrupt(segment.path, position, why);
}

/** Whether a whole record with a later offset stands anywhere from `at` on. A checksum is taken only where the offset looks right. */
function findRecordAfter(rest: Buffer, at: number, offset: number): boolean {
  for (; at + RECORD_HEADER_BYTES <= rest.length; at++) {
    const found = offsetAt(rest, at);
    if (found <= offset || found > offset + rest.length / RECORD_HEADER_BYTES) continue;
    if (rest.readUInt32LE(at + 4) > LARGEST_BODY_BYTES) continue;
    if (checkRecord(rest, at, rest.length, found).kind === 'whole') return true;
  }
  return false;
}
