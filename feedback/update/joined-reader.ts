import { AppError } from '../../core/errors.js';
import type { Batch, ConsumeOptions, Consumer, EventLog, Topic } from '../event-log/event-log.js';
import { JOINED_TOPICS, type JoinedTopic } from '../join/join-outcome.js';
import { isOutOfRange } from './labels-reader.js';
import type { LearnerPartition } from './learner-partition.js';
import type { OwnedPartitions } from './owned-partitions.js';
import { Turnstile } from './turnstile.js';

export interface JoinedReading extends Pick<ConsumeOptions, 'onAssigned' | 'onRevoked'> {
  readonly log: EventLog;
  readonly group: string;
  readonly owned: OwnedPartitions;
  readonly maxBatchRecords: number;
  readonly onBatch: (partition: LearnerPartition, topic: JoinedTopic, batch: Batch) => Promise<void>;
  readonly onReopened: () => void;
  /** reading has come to an end that nobody asked for */
  readonly onFault: (cause: unknown) => void;
}

/** Reads the topics that are joined, each partition from where it was left. */
export class JoinedReader {
  #consumer: Consumer | undefined;
  #isClosed = false;
  /** topic partitions of which the log has dropped what was not read yet: they go on with the oldest it has */
  readonly #fromOldest = new Set<string>();
  readonly #changing = new Turnstile();
  #reopening = 0;

  constructor(readonly reading: JoinedReading) {}

  /** Resolves when the group has given a first share, unless that is long in coming. */
  open(): Promise<void> {
    return this.#changing.pass(() => this.#open());
  }

  /** Between two shares. */
  get isReopening(): boolean {
    return this.#reopening > 0;
  }

  /** Leaves the group and joins it again: everything is given up, and what is given then begins where it is left. */
  async reopen(): Promise<void> {
    this.#reopening++;
    try {
      await this.#changing.pass(async () => {
        await this.#leave();
        await this.#open();
      });
    } finally {
      this.#reopening--;
    }
    this.reading.onReopened();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#changing.pass(() => this.#leave());
  }

  async #open(): Promise<void> {
    if (this.#isClosed) return;
    const { log, group, owned, maxBatchRecords, onAssigned, onRevoked, onBatch } = this.reading;
    const consumer = await log.consume({
      group,
      topics: JOINED_TOPICS,
      startAt: (topic, p) =>
        Promise.resolve(this.#fromOldest.delete(`${topic}/${p}`) ? undefined : startOf(owned.find(p), topic)),
      maxBatchRecords,
      ...(onAssigned && { onAssigned }),
      ...(onRevoked && { onRevoked }),
      async onBatch(batch) {
        const partition = owned.find(batch.partition);
        if (partition !== undefined && isJoined(batch.topic)) await onBatch(partition, batch.topic, batch);
      },
    });
    this.#consumer = consumer;
    this.#watch(consumer);
  }

  async #leave(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.close();
  }

  /** After a fault, of which the group was not told. */
  async #resume(): Promise<void> {
    const { owned, onRevoked } = this.reading;
    this.#reopening++;
    try {
      await onRevoked?.(owned.all.map(({ partition }) => partition));
    } finally {
      this.#reopening--;
    }
    await this.reopen();
  }

  #watch(consumer: Consumer): void {
    const isWanted = (): boolean => this.#consumer === consumer;
    consumer.stopped.then(
      () => {
        if (isWanted())
          this.reading.onFault(
            new AppError('log/closed', 'the log ended the consumer; expected it to stay open'),
          );
      },
      (fault: unknown) => {
        // The log has dropped what was not read yet, which it says itself. What it still has is worth more than a learner that never starts again.
        if (!isOutOfRange(fault) || !isWanted()) {
          this.reading.onFault(fault);
          return;
        }
        // What one topic has lost the others may have lost too; what was taken already is passed over.
        const partition = String((fault as AppError).detail?.['partition']);
        for (const topic of JOINED_TOPICS) this.#fromOldest.add(`${topic}/${partition}`);
        this.#resume().catch(this.reading.onFault);
      },
    );
  }
}

/** From 0 is from the oldest record there is: the reading group never commits. */
function startOf(partition: LearnerPartition | undefined, topic: Topic): number | undefined {
  const offset = partition !== undefined && isJoined(topic) ? partition.consumed[topic] : 0;
  return offset === 0 ? undefined : offset;
}

function isJoined(topic: Topic): topic is JoinedTopic {
  return JOINED_TOPICS.some((joined) => joined === topic);
}
