import type { EventLog, Topic } from '../event-log/event-log.js';
import type { LabelFences } from './label-fences.js';
import { partitionKey, type PartitionOffset } from './row-batch.js';
import type { SinkOffsets, StoredOffset } from './sink-offsets.js';
import type { SinkCounters } from './sink-stats.js';

export interface StartOffsetsOptions {
  readonly log: EventLog;
  readonly offsets: SinkOffsets;
  readonly counters: SinkCounters;
  readonly fences: LabelFences;
  /** how far the batches reach that a former process has left in the spool */
  readonly spooled: ReadonlyMap<string, PartitionOffset>;
  /** tries until analytics answer */
  readonly persist: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Where the sink goes on reading each topic partition: after what is in the tables, or after what stands in the spool. */
export class StartOffsets {
  readonly #asked = new Set<string>();
  #storedAtStart: ReadonlyMap<string, StoredOffset> = new Map();

  constructor(private readonly options: StartOffsetsOptions) {}

  async load(): Promise<void> {
    this.#storedAtStart = await this.options.offsets.stored();
  }

  /** Asked once per assignment of the partition; its fence is set to what it was there. */
  async of(topic: Topic, partition: number): Promise<number> {
    const { log, offsets, counters, fences, persist } = this.options;
    const key = partitionKey(topic, partition);
    const isFirst = !this.#asked.has(key);
    // One look at the tables serves the first round; a partition that comes back later was moved on by another sink.
    const stored = isFirst ? this.#storedAtStart : await persist(() => offsets.stored());
    this.#asked.add(key);
    const end = (await log.endOffsets(topic))[partition] ?? 0;
    const { offset = 0, fence } = stored.get(key) ?? {};
    const isOfFormerLog = offset > end;
    // A log that was started afresh. Written down at once, so that nobody takes the old offset for progress.
    if (isOfFormerLog) await persist(() => offsets.store([{ topic, partition, offset: 0 }]));
    const inTables = isOfFormerLog ? { offset: 0 } : { offset, fence };
    counters.reached(topic, partition, inTables.offset);
    const spooled = isFirst ? this.options.spooled.get(key) : undefined;
    const isAhead = spooled !== undefined && spooled.offset > inTables.offset && spooled.offset <= end;
    const start = isAhead ? spooled : inTables;
    if (topic === 'labels') fences.resume(partition, start.fence);
    return start.offset;
  }
}
