import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.js';
import { partitionOf } from '../../core/hash.js';
import type { Clock } from '../../core/clock.js';
import type { Repeating, Timers } from '../../core/timers.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { Batch, Consumer, EventLog } from '../../feedback/event-log/event-log.js';
import { decodePersonalizerRecord } from '../../feedback/events/personalizer-events.js';
import { encodeCheckpoint, restoreCheckpoint } from './checkpoint.js';
import { SETTLED_EVERY, type PersonalizerFold } from './fold.js';

const TOPIC = 'personalizer';
/** One key, so one partition and one order. */
const KEY = 'personalizer';
const INSTANCE = 'personalizer/instance';
/** An example takes about a tenth of a millisecond: requests are let in between every few. */
const RECORDS_PER_BREATH = 16;
const RECORDS_PER_READ = 256;

export interface LoopOptions {
  readonly log: EventLog;
  /** this process's own */
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly fold: PersonalizerFold;
  readonly checkpointIntervalMs: number;
  readonly onFault: (error: unknown) => void;
}

/** Writes to the topic, and folds what stands there. */
export class PersonalizerLoop {
  readonly #waiting = new Set<() => void>();
  readonly #partition: number;
  #consumer: Consumer | undefined;
  #checkpoints: Repeating | undefined;
  #isCheckpointDue = false;
  #failure: unknown;

  private constructor(readonly options: LoopOptions) {
    this.#partition = partitionOf(KEY, options.log.partitions);
  }

  /** Resolves when it knows all that was in the log when it began. @throws AppError `checkpoint/corrupt` | `event/unreadable` */
  static async start(options: LoopOptions): Promise<PersonalizerLoop> {
    const loop = new PersonalizerLoop(options);
    await restoreCheckpoint(options.store, options.fold);
    const ends = await options.log.endOffsets(TOPIC);
    await loop.#consume();
    await loop.foldedTo(ends[loop.#partition]!);
    loop.#checkpoints = options.timers.every(options.checkpointIntervalMs, () => {
      loop.dueCheckpoint();
      return Promise.resolve();
    });
    return loop;
  }

  /** Settles when it has stopped; rejects when it had to. */
  get stopped(): Promise<void> {
    return this.#consumer?.stopped ?? Promise.resolve();
  }

  get fold(): PersonalizerFold {
    return this.options.fold;
  }

  /** @returns the record's offset, once it would survive what `durability` says. @throws as EventLog.append */
  async append(value: Uint8Array, durability: 'written' | 'synced'): Promise<number> {
    const { log, clock } = this.options;
    const records = [{ key: KEY, value, timestampMs: clock.nowMs() }];
    const [position] = await log.append(TOPIC, records, durability);
    return position!.offset;
  }

  /** Resolves once all before this offset has been folded. @throws what stopped the loop */
  async foldedTo(offset: number): Promise<void> {
    while (this.fold.head.nextOffset < offset) {
      if (this.#failure !== undefined) throw this.#failure as Error;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /**
   * Has a checkpoint written as soon as the fold is settled, which is every {@link SETTLED_EVERY} records: until then, and after the last, a restart reads those
   * few again.
   */
  dueCheckpoint(): void {
    this.#isCheckpointDue = true;
  }

  /** Records from an offset, or from the oldest there is, to where the topic ends now, in order: for evaluations. `take` may say that it has had enough. */
  async read(fromOffset: number, take: (offset: number, value: Uint8Array) => boolean): Promise<void> {
    const end = (await this.options.log.endOffsets(TOPIC))[this.#partition]!;
    if (fromOffset >= end) return;
    try {
      await this.#read(fromOffset, end, take);
    } catch (error) {
      // Dropped by now: what is left begins later.
      if (!(error instanceof AppError && error.code === 'log/offset-out-of-range')) throw error;
      await this.#read(0, end, take);
    }
  }

  /** When the first event was asked for that the logs still hold; undefined: there is none. */
  async firstAtMs(): Promise<number | undefined> {
    let atMs: number | undefined;
    await this.read(this.fold.head.logsFromOffset, (_offset, value) => {
      const record = decodePersonalizerRecord(value);
      if (record.kind === 'rank') atMs = record.rank.atMs;
      return atMs === undefined;
    });
    return atMs;
  }

  async close(): Promise<void> {
    this.#checkpoints?.stop();
    await this.#consumer?.close();
  }

  /** @param start 0: the oldest there is */
  async #read(
    start: number,
    end: number,
    take: (offset: number, value: Uint8Array) => boolean,
  ): Promise<void> {
    const { log, timers } = this.options;
    const done = { isDone: false, resolve: (): void => undefined };
    const finished = new Promise<void>((resolve) => (done.resolve = resolve));
    const reader = await log.consume({
      group: `personalizer-read-${randomBytes(9).toString('base64url')}`,
      topics: [TOPIC],
      startAt: (_topic, partition) =>
        Promise.resolve(partition === this.#partition && start > 0 ? start : undefined),
      maxBatchRecords: RECORDS_PER_READ,
      onBatch: async ({ partition, records }) => {
        if (partition !== this.#partition) return;
        for (const [i, { offset, value }] of records.entries()) {
          if (done.isDone) break;
          done.isDone = offset >= end || !take(offset, value) || offset + 1 >= end;
          if (i % RECORDS_PER_BREATH === 0) await timers.breathe();
        }
        if (done.isDone) done.resolve();
      },
    });
    await Promise.race([finished, reader.stopped]);
    await reader.close();
    if (!done.isDone) throw new AppError('log/closed', 'the log was closed while it was read');
  }

  async #consume(): Promise<void> {
    const { log, fold } = this.options;
    const group = `personalizer-${await this.#instance()}`;
    const { nextOffset } = fold.head;
    this.#consumer = await log.consume({
      ...{ group, topics: [TOPIC], maxBatchRecords: RECORDS_PER_READ },
      startAt: (_topic, partition) =>
        Promise.resolve(partition === this.#partition && nextOffset > 0 ? nextOffset : undefined),
      onBatch: (batch) => this.#take(batch),
    });
    this.#consumer.stopped.catch((error: unknown) => {
      this.#failure = error;
      this.#wake();
      this.options.onFault(error);
    });
    // From here on the log keeps for this process what it has not saved.
    await this.#consumer.commit(TOPIC, this.#partition, nextOffset);
  }

  async #take({ partition, records }: Batch): Promise<void> {
    if (partition !== this.#partition) return;
    const { fold, timers } = this.options;
    for (const [i, { offset, value }] of records.entries()) {
      if (offset < fold.head.nextOffset) continue;
      fold.apply(offset, value);
      if (fold.head.nextOffset % SETTLED_EVERY === 0 && this.#isCheckpointDue) await this.#save();
      if (i % RECORDS_PER_BREATH === RECORDS_PER_BREATH - 1) await timers.breathe();
    }
    this.#wake();
  }

  async #save(): Promise<void> {
    const { log, store, fold } = this.options;
    const { nextOffset } = fold.head;
    this.#isCheckpointDue = false;
    const batch = encodeCheckpoint(fold);
    // A barrier: what the checkpoint builds on must be on disk before it, or a power loss would leave it ahead of the log.
    await log.append(TOPIC, [], 'synced');
    await store.write(batch);
    // Should it fail the log keeps more than it must until the next.
    await this.#consumer?.commit(TOPIC, this.#partition, nextOffset).catch(() => undefined);
  }

  /** A group of this data directory's own: each process folds everything. */
  async #instance(): Promise<string> {
    const { store } = this.options;
    const [known] = await store.getMany([INSTANCE]);
    if (known !== undefined) return Buffer.from(known).toString('utf8');
    const made = randomBytes(9).toString('hex');
    await store.write({ puts: [[INSTANCE, Buffer.from(made)]] });
    return made;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
