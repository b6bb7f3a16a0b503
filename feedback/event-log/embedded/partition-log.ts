import { type FileHandle, mkdir, open, stat, unlink } from 'node:fs/promises';
import type { Clock } from '../../../core/clock.js';
import type { NewRecord, Topic } from '../event-log.js';
import { syncDirectory } from '../../files/durable-file.js';
import { MemoryTail } from './memory-tail.js';
import {
  createSegment,
  listSegments,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type Segment,
} from './segment-file.js';
import { recoverSegment } from './segment-recovery.js';
import { type Chunk, StagingBuffer } from './staging-buffer.js';

export interface PartitionSettings {
  readonly clock: Clock;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly tailBytes: number;
}

export interface Recovered {
  readonly topic: Topic;
  readonly partition: number;
  readonly file: string;
  /** bytes of a torn tail that were cut off, 0: only a file without a whole header was remade */
  readonly tornBytes: number;
  readonly endOffset: number;
}

/** One partition of one topic: segments on disk, staged records, the memory tail. Written to by one flush at a time. */
export class PartitionLog {
  readonly tail: MemoryTail;
  readonly segments: Segment[] = [];
  /** sizes of closed segments, by path */
  readonly closedBytes = new Map<string, number>();
  #staging = new StagingBuffer();
  #handle!: FileHandle;
  #sizeBytes = 0;
  #stagedEnd = 0;
  #writtenEnd = 0;

  private constructor(
    readonly topic: Topic,
    readonly partition: number,
    readonly directory: string,
    private readonly settings: PartitionSettings,
  ) {
    this.tail = new MemoryTail(settings.tailBytes);
  }

  static async open(
    place: { topic: Topic; partition: number; directory: string },
    settings: PartitionSettings,
    onRecovered: (recovered: Recovered) => void,
  ): Promise<PartitionLog> {
    const log = new PartitionLog(place.topic, place.partition, place.directory, settings);
    await mkdir(place.directory, { recursive: true });
    const found = await listSegments(place.directory);
    const last = found.pop();
    for (const { path } of found) await log.#openClosed(path);
    if (last === undefined) await log.#begin(0);
    else await log.#recoverLast(last, onRecovered);
    return log;
  }

  /** offset after the last record that is in the operating system: what consumers may read */
  get writtenEnd(): number {
    return this.#writtenEnd;
  }

  get startOffset(): number {
    return this.segments[0]!.baseOffset;
  }

  get activeSizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Gives the record its offset. Nothing is written yet. @returns offset and bytes */
  stage(record: NewRecord, keyBytes: number): { offset: number; bytes: number } {
    const offset = this.#stagedEnd++;
    return { offset, bytes: this.#staging.stage(record, keyBytes, offset) };
  }

  /** Writes what was staged, in one call to the operating system. @returns bytes written */
  async write(): Promise<number> {
    const chunks = this.#staging.take(this.#stagedEnd);
    const endOffset = this.#stagedEnd;
    if (chunks.length === 0) return 0;
    if (this.#mustRoll()) await this.#roll();
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    const buffers = chunks.map((chunk) => chunk.bytes);
    const { bytesWritten } = await this.#handle.writev(buffers, this.#sizeBytes);
    if (bytesWritten !== bytes) throw new Error(`${bytesWritten} of ${bytes} bytes written`);
    this.#keep(chunks);
    this.#writtenEnd = endOffset;
    return bytes;
  }

  /** Makes all that has been written survive power loss. */
  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  /** Deletes the oldest segments, `count` of them; the last one always stays. */
  async dropOldest(count: number): Promise<void> {
    const dropped = this.segments.splice(0, Math.min(count, this.segments.length - 1));
    for (const { path } of dropped) {
      this.closedBytes.delete(path);
      await unlink(path);
    }
    if (dropped.length > 0) await syncDirectory(this.directory);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #keep(chunks: readonly Chunk[]): void {
    const segment = this.segments[this.segments.length - 1]!;
    for (const chunk of chunks) {
      this.tail.push({ ...chunk, segment, position: this.#sizeBytes });
      this.#sizeBytes += chunk.bytes.length;
    }
  }

  #mustRoll(): boolean {
    if (this.#sizeBytes <= SEGMENT_HEADER_BYTES) return false;
    const { madeAtMs } = this.segments[this.segments.length - 1]!;
    return (
      this.#sizeBytes >= this.settings.segmentBytes ||
      this.settings.clock.nowMs() - madeAtMs >= this.settings.segmentMs
    );
  }

  /** Only the last segment may have a torn tail, so the one before is durable before the next exists. */
  async #roll(): Promise<void> {
    const full = this.#handle;
    await full.datasync();
    this.closedBytes.set(this.segments[this.segments.length - 1]!.path, this.#sizeBytes);
    // A sync may be asked for at any moment: the old handle stays open until the new one has taken its place.
    await this.#begin(this.#writtenEnd);
    await full.close();
  }

  async #begin(baseOffset: number): Promise<void> {
    const { segment, handle } = await createSegment(this.directory, baseOffset, this.settings.clock.nowMs());
    this.segments.push(segment);
    this.#handle = handle;
    this.#sizeBytes = SEGMENT_HEADER_BYTES;
    this.#stagedEnd = Math.max(this.#stagedEnd, baseOffset);
    this.#writtenEnd = baseOffset;
  }

  async #openClosed(path: string): Promise<void> {
    const handle = await open(path, 'r');
    try {
      this.segments.push(await readSegmentHeader(handle, path));
      this.closedBytes.set(path, (await handle.stat()).size);
    } finally {
      await handle.close();
    }
  }

  async #recoverLast(
    last: { path: string; baseOffset: number },
    onRecovered: (recovered: Recovered) => void,
  ): Promise<void> {
    const { topic, partition } = this;
    const { size } = await stat(last.path);
    if (size < SEGMENT_HEADER_BYTES) {
      // The process ended while it made this file: nothing was in it, and its name says where the log goes on.
      await this.#begin(last.baseOffset);
      onRecovered({ topic, partition, file: last.path, tornBytes: size, endOffset: last.baseOffset });
      return;
    }
    const handle = await open(last.path, 'r+');
    try {
      const segment = await readSegmentHeader(handle, last.path);
      const { endOffset, sizeBytes, tornBytes } = await recoverSegment(handle, segment);
      if (tornBytes > 0) {
        await handle.truncate(sizeBytes);
        onRecovered({ topic, partition, file: last.path, tornBytes, endOffset });
      }
      // What a killed process had only written becomes durable before anything cites it.
      await handle.datasync();
      this.segments.push(segment);
      this.#sizeBytes = sizeBytes;
      this.#stagedEnd = this.#writtenEnd = endOffset;
    } catch (cause) {
      await handle.close();
      throw cause;
    }
    this.#handle = handle;
  }
}
