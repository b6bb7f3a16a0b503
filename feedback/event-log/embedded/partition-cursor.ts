import { type FileHandle, open } from 'node:fs/promises';
import type { Cursor } from '../consumer-groups.js';
import type { LogRecord } from '../event-log.js';
import type { PartitionLog } from './partition-log.js';
import { checkRecord, readRecord, recordBytesAt } from './record-format.js';
import { corrupt, SEGMENT_HEADER_BYTES, type Segment } from './segment-file.js';

const WINDOW_BYTES = 1 << 18;
/** a batch ends after this many bytes of records even if fewer than asked for */
const BATCH_BYTES = 1 << 20;

/** Reads a partition onward from an offset: from memory while it keeps up, else from the files, with checksums. */
export class PartitionCursor implements Cursor {
  nextOffset: number;
  /** where the record `nextOffset` stands, when known */
  #at: { segment: Segment; position: number } | undefined;
  #open: { segment: Segment; handle: FileHandle } | undefined;

  constructor(
    private readonly log: PartitionLog,
    offset: number,
  ) {
    this.nextOffset = offset;
  }

  async read(maxRecords: number): Promise<readonly LogRecord[]> {
    const end = this.log.writtenEnd;
    if (this.nextOffset >= end) return [];
    const fromMemory = this.#readTail(maxRecords);
    if (fromMemory.length > 0) return fromMemory;
    return await this.#readFiles(maxRecords, end);
  }

  async close(): Promise<void> {
    const opened = this.#open;
    this.#open = undefined;
    await opened?.handle.close();
  }

  #readTail(maxRecords: number): LogRecord[] {
    const records: LogRecord[] = [];
    let bytes = 0;
    while (records.length < maxRecords && bytes < BATCH_BYTES) {
      const chunk = this.log.tail.find(this.nextOffset);
      if (chunk === undefined) break;
      const known = this.#at?.segment === chunk.segment && this.#at.position >= chunk.position;
      let at = known ? this.#at!.position - chunk.position : 0;
      if (!known)
        for (let o = chunk.firstOffset; o < this.nextOffset; o++) at += recordBytesAt(chunk.bytes, at);
      while (this.nextOffset < chunk.endOffset && records.length < maxRecords && bytes < BATCH_BYTES) {
        records.push(readRecord(chunk.bytes, at));
        const size = recordBytesAt(chunk.bytes, at);
        at += size;
        bytes += size;
        this.nextOffset++;
      }
      this.#at = { segment: chunk.segment, position: chunk.position + at };
    }
    return records;
  }

  /** One window of one segment: at least one record, or the fault that keeps it from being read. */
  async #readFiles(maxRecords: number, end: number): Promise<LogRecord[]> {
    const start = await this.#locate();
    const { segment, handle } = await this.#segment(start.segment);
    let window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(window, 0, window.length, start.position);
      const records: LogRecord[] = [];
      let at = 0;
      let checked = checkRecord(window, at, bytesRead, this.nextOffset);
      while (checked.kind === 'whole' && records.length < maxRecords && this.nextOffset < end) {
        records.push(readRecord(window, at));
        at += checked.bytes;
        this.nextOffset++;
        checked = checkRecord(window, at, bytesRead, this.nextOffset);
      }
      this.#at = { segment, position: start.position + at };
      if (records.length > 0) return records;
      if (checked.kind === 'short' && checked.neededBytes > window.length)
        window = Buffer.allocUnsafeSlow(checked.neededBytes);
      else
        throw corrupt(
          segment.path,
          start.position,
          checked.kind === 'bad' ? checked.why : `the end of the file before offset ${this.nextOffset}`,
        );
    }
  }

  /** Where `nextOffset` stands: known from the last read, at the beginning of a segment, or found by walking its segment. */
  async #locate(): Promise<{ segment: Segment; position: number }> {
    const index = this.log.segments.findLastIndex((candidate) => candidate.baseOffset <= this.nextOffset);
    const segment = this.log.segments[Math.max(index, 0)]!;
    // Retention may have dropped what was not read yet: go on with the oldest that is left.
    if (index < 0) this.nextOffset = segment.baseOffset;
    if (this.nextOffset === segment.baseOffset) return { segment, position: SEGMENT_HEADER_BYTES };
    if (this.#at?.segment === segment) return this.#at;
    return { segment, position: await this.#walk(segment) };
  }

  async #walk(segment: Segment): Promise<number> {
    const { handle } = await this.#segment(segment);
    let window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
    let position = SEGMENT_HEADER_BYTES;
    let offset = segment.baseOffset;
    while (offset < this.nextOffset) {
      const { bytesRead } = await handle.read(window, 0, window.length, position);
      let at = 0;
      let checked = checkRecord(window, at, bytesRead, offset);
      for (
        ;
        checked.kind === 'whole' && offset < this.nextOffset;
        checked = checkRecord(window, at, bytesRead, offset)
      ) {
        at += checked.bytes;
        offset++;
      }
      position += at;
      if (checked.kind === 'bad' && offset < this.nextOffset)
        throw corrupt(segment.path, position, checked.why);
      if (at > 0) continue;
      if (checked.kind === 'short' && checked.neededBytes > window.length)
        window = Buffer.allocUnsafeSlow(checked.neededBytes);
      else throw corrupt(segment.path, position, `the end of the file before offset ${this.nextOffset}`);
    }
    return position;
  }

  async #segment(segment: Segment): Promise<{ segment: Segment; handle: FileHandle }> {
    if (this.#open?.segment === segment) return this.#open;
    await this.close();
    this.#open = { segment, handle: await open(segment.path, 'r') };
    return this.#open;
  }
}
