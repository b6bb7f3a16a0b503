import type { EachBatchPayload } from 'kafkajs';
import { AppError, shown } from '../../../core/errors.js';
import type { ConsumeOptions, Topic } from '../event-log.js';
import { toRecords } from './kafka-record.js';
import type { Wire } from './wire.js';

const DEFAULT_BATCH_RECORDS = 2_000;

/** What a reader of one topic partition needs of the consumer around it. */
export interface ReaderOptions {
  readonly topic: Topic;
  readonly partition: number;
  readonly consumption: ConsumeOptions;
  /** first offset kept and offset after the newest */
  readonly range: () => Promise<{ readonly low: number; readonly high: number }>;
  /** where the group goes on; -1: nothing was committed */
  readonly committed: () => Promise<number>;
  readonly seek: (offset: number) => void;
  readonly wire: Wire;
  /** Shall no other batch be handed on? */
  readonly interrupted: () => boolean;
}

/**
 * One topic partition while it is ours. Knows where it is, because after each rebalance kafkajs begins again at what the group committed, which a consumer that
 * keeps its own offsets never does.
 */
export class PartitionReader {
  #next: number | undefined;
  #positioned: Promise<void> | undefined;

  constructor(private readonly options: ReaderOptions) {}

  /**
   * Asks where to start, once, and goes there; after a rebalance that left the partition here, goes back to where we were.
   *
   * @param isNewMember others may have read the partition in between: what they committed is passed over
   * @throws AppError `log/offset-out-of-range`
   */
  async position(isNewMember: boolean): Promise<void> {
    if (this.#next !== undefined) {
      if (isNewMember) this.#next = Math.max(this.#next, await this.options.committed());
      this.options.seek(this.#next);
    }
    await (this.#positioned ??= this.#start());
  }

  /** Hands a fetch on in batches. Where that is interrupted the rest is fetched again. */
  async read(fetched: EachBatchPayload): Promise<void> {
    const { topic, partition, consumption, interrupted } = this.options;
    await this.#positioned;
    // Fetched before a seek: the next fetch is at the right place.
    if (fetched.isStale()) return;
    const { batch } = fetched;
    const records = await toRecords(batch.messages, this.options.wire);
    const most = consumption.maxBatchRecords ?? DEFAULT_BATCH_RECORDS;
    for (let at = 0; at < records.length; at += most) {
      if (interrupted()) return;
      const some = records.slice(at, at + most);
      await consumption.onBatch({ topic, partition, records: some, endOffset: Number(batch.highWatermark) });
      this.#next = some[some.length - 1]!.offset + 1;
      fetched.resolveOffset(String(this.#next - 1));
    }
  }

  async #start(): Promise<void> {
    const { topic, partition, consumption, range, seek } = this.options;
    const start = await consumption.startAt?.(topic, partition);
    if (start === undefined) return;
    const { low, high } = await range();
    if (!(Number.isInteger(start) && start >= low && start <= high))
      throw outOfRange(topic, partition, start, low, high);
    this.#next = start;
    seek(start);
  }
}

export function outOfRange(
  topic: Topic,
  partition: number,
  offset: number,
  low: number,
  high: number,
): AppError {
  return new AppError(
    'log/offset-out-of-range',
    `offset ${shown(offset)} of ${topic}/${partition}; expected an integer in [${low}, ${high}]`,
    { topic, partition },
  );
}
