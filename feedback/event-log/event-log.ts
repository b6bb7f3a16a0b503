/**
 * The event-log port: ordered, durable, partitioned topics. Kafka's model with Kafka's words, so that Kafka is an adapter.
 * Every adapter runs `eventLogContract` (event-log.contract.ts).
 *
 * Records of one key are in one partition (`partitionOf(key, partitions)`, murmur2) and keep the order of their appends.
 */
export interface EventLog {
  /** number of partitions of every topic; fixed for the life of the log */
  readonly partitions: number;

  /**
   * Appends in order. With `synced` the promise resolves once the bytes, and all appended before them on any topic, would
   * survive power loss; with `written` once they would survive a kill -9 of this process (they are in the operating system).
   *
   * @returns the position of each record, in the order given
   * @throws AppError `log/record-too-large` (nothing of the call is appended) | `log/closed` | `log/unknown-topic`
   */
  append(
    topic: Topic,
    records: readonly NewRecord[],
    durability: 'written' | 'synced',
  ): Promise<readonly Position[]>;

  /**
   * Reads on from `start` and goes on as records come, until closed. Batches of one topic partition arrive in offset order,
   * one at a time per consumer (`onBatch` is awaited: that is the back-pressure). A rejected `onBatch` stops the consumer
   * and rejects `stopped`.
   */
  consume(options: ConsumeOptions): Promise<Consumer>;

  /** Per partition, the offset the next record will get (also: how many records were ever appended). */
  endOffsets(topic: Topic): Promise<readonly number[]>;

  /** Resolves when all that was appended is durable and every consumer has stopped. */
  close(): Promise<void>;
}

export const TOPICS = [
  'decisions',
  'impressions',
  'plays',
  'labels',
  'activations',
  'dead-letter',
  'personalizer',
] as const;
export type Topic = (typeof TOPICS)[number];

export interface NewRecord {
  /** partitioning key: the member id */
  readonly key: string;
  /** copied by `append` before it returns; in a consumed record memory that others read too: not to be written to */
  readonly value: Uint8Array;
  readonly timestampMs: number;
}

export interface LogRecord extends NewRecord {
  readonly offset: number;
}

export interface Position {
  readonly partition: number;
  readonly offset: number;
}

export interface ConsumeOptions {
  /** consumer group: its committed offsets are kept by the log; members of one group share the partitions */
  readonly group: string;
  readonly topics: readonly Topic[];
  /**
   * Where to start each topic partition. Default: the group's committed offset, else 0. A consumer that keeps its own offsets in its
   * own transaction (the learner's checkpoint) answers from there. Asked once per topic partition, on assignment.
   */
  readonly startAt?: (topic: Topic, partition: number) => Promise<number | undefined>;
  /**
   * The group gives this consumer these partitions, of all its topics together: for groups whose members all read the same topics. Awaited before `startAt` is
   * asked about them and anything of them is read. The first call comes with the first share, be it empty, and before `consume` resolves unless that share is long in
   * coming. A rejection stops the consumer.
   */
  readonly onAssigned?: (partitions: readonly number[]) => Promise<void>;
  /**
   * These partitions are given up, or taken: nothing of them is in flight, nothing more is handed on. Awaited before this consumer is given others and, where
   * the log can wait, before another reads them. A broker does not wait for a member that was silent too long, nor once a group has begun to share anew: whoever keeps
   * state of a partition fences it. Also called by `close`, with all there are; not after a fault.
   */
  readonly onRevoked?: (partitions: readonly number[]) => Promise<void>;
  readonly onBatch: (batch: Batch) => Promise<void>;
  /** most records in one batch, default 2,000 */
  readonly maxBatchRecords?: number;
}

export interface Batch {
  readonly topic: Topic;
  readonly partition: number;
  /** ascending offsets, at least one */
  readonly records: readonly LogRecord[];
  /** end offset of the partition when the batch was read: lag = endOffset − last offset − 1 */
  readonly endOffset: number;
}

export interface Consumer {
  /** Keeps, durably, where this group goes on: `offset` is the next to read. */
  commit(topic: Topic, partition: number, offset: number): Promise<void>;
  /** Waits for the batch in flight, then stops; so `onBatch` may call it but not await it. Never rejects. Idempotent. */
  close(): Promise<void>;
  /**
   * Settles when the consumer has stopped: resolves after `close`, rejects with what `onBatch` or `startAt` threw, or with `log/corrupt` |
   * `log/offset-out-of-range` (detail: topic, partition). Watch it: nothing else tells, and an unwatched rejection is silent.
   */
  readonly stopped: Promise<void>;
  /**
   * Bytes fetched over the network and not yet handed on, as they came; what a batch in flight was fetched with counts whole. The adapter's options bound it.
   * Absent where the log reads no further ahead than a batch.
   */
  readonly heldBytes?: number;
}
