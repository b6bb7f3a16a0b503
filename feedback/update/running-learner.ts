import { AppError, shown } from '../../core/errors.js';
import { systemTimers, type Repeating, type Timers } from '../../core/timers.js';
import type { Batch, Consumer, Topic } from '../event-log/event-log.js';
import { JOINED_TOPICS, type JoinedTopic, type JoinOutcome } from '../join/join-outcome.js';
import { CheckpointWriter } from './checkpoint-writer.js';
import { hasConsumed, HorizonSweep, joinedEnds } from './horizon-sweep.js';
import type { Learner, LearnerOptions, LearnerSettings, LearnerStats } from './learner-options.js';
import type { LearnerPartition } from './learner-partition.js';
import { OutcomeIntake } from './outcome-intake.js';
import { Publisher } from './publisher.js';
import type { SnapshotVersions } from './snapshot-versions.js';
import { hashStatistics } from './statistics-hash.js';
import { Turnstile } from './turnstile.js';

/** The learner at work: made by `startLearner`, from partitions that have recovered. */
export class RunningLearner implements Learner {
  readonly stopped: Promise<void>;
  readonly #timers: Timers;
  readonly #intake: OutcomeIntake;
  readonly #publisher: Publisher;
  readonly #sweep: HorizonSweep;
  readonly #checkpoint: CheckpointWriter;
  /** one at a time: whatever changes the joins or the statistics, and the encoding of a checkpoint */
  readonly #changing = new Turnstile();
  readonly #publishing = new Turnstile();
  readonly #lag = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #repeating: Repeating[] = [];
  #consumer: Consumer | undefined;
  #fault: { readonly cause: unknown } | undefined;
  #closing: Promise<void> | undefined;
  #settle: { resolve: () => void; reject: (fault: unknown) => void } | undefined;

  constructor(
    readonly options: LearnerOptions,
    readonly settings: LearnerSettings,
    readonly partitions: readonly LearnerPartition[],
    readonly versions: SnapshotVersions,
  ) {
    const { log, models, schema, store, clock, timers = systemTimers } = options;
    this.#timers = timers;
    this.#intake = new OutcomeIntake(log, clock, timers);
    this.#sweep = new HorizonSweep(clock);
    this.#checkpoint = new CheckpointWriter(partitions, log, store, clock, options.group ?? 'learner');
    const onSnapshot: LearnerOptions['onSnapshot'] = (snapshot) => {
      this.#intake.counters.snapshots++;
      options.onSnapshot(snapshot);
    };
    this.#publisher = new Publisher({
      partitions,
      models,
      contextSchema: schema.hash,
      store,
      versions,
      clock,
      timers,
      settings,
      onSnapshot,
    });
    this.stopped = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever cares waits for it; nobody has to.
    this.stopped.catch(() => undefined);
  }

  /** Publishes what was recovered, then begins to read on. */
  async start(): Promise<void> {
    await this.publishNow({ base: true });
    const { log, group = 'learner' } = this.options;
    const owned = new Map(this.partitions.map((partition) => [partition.partition, partition]));
    this.#consumer = await log.consume({
      group,
      topics: JOINED_TOPICS,
      startAt: (topic, p) => Promise.resolve(startOf(owned.get(p), topic)),
      maxBatchRecords: this.settings.maxBatchRecords,
      onBatch: async (batch) => {
        const partition = owned.get(batch.partition);
        if (partition !== undefined && isJoined(batch.topic))
          await this.#takeBatch(partition, batch.topic, batch);
      },
    });
    const ended = new AppError(
      'log/closed',
      'the log ended the learner’s consumer; expected it to stay open',
    );
    this.#consumer.stopped.then(
      () => {
        if (this.#closing === undefined) this.#fail(ended);
      },
      (fault: unknown) => {
        this.#fail(fault);
      },
    );
    const every = (intervalMs: number, work: () => Promise<void>): Repeating =>
      this.#timers.every(intervalMs, () =>
        work().catch((fault: unknown) => {
          this.#fail(fault);
        }),
      );
    this.#repeating = [
      every(this.settings.publishIntervalMs, () => this.publishNow()),
      every(this.settings.checkpointIntervalMs, () => this.checkpointNow()),
      every(this.settings.sweepIntervalMs, () => this.sweepNow()),
    ];
  }

  async drained(): Promise<void> {
    const ends = await joinedEnds(this.options.log);
    while (!this.partitions.every((partition) => hasConsumed(partition, ends))) {
      this.#throwIfStopped();
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    // The batch that came this far may still be writing its labels.
    await this.#changing.pass(() => Promise.resolve());
    await this.publishNow();
  }

  publishNow({ base = false }: { readonly base?: boolean } = {}): Promise<void> {
    return this.#publishing.pass(async () => {
      this.#throwIfStopped();
      const receipts = this.#intake.drainReceipts();
      const histories = this.partitions.flatMap((partition) => partition.histories.drainUnpublished());
      if (histories.length > 0) await this.options.onHistories?.(histories);
      await this.#publisher.publish(base);
      for (const receivedAtMs of receipts) this.options.onLearned?.(receivedAtMs);
    });
  }

  async checkpointNow(): Promise<void> {
    await this.#checkpoint.write((work) =>
      this.#changing.pass(() => {
        this.#throwIfStopped();
        this.#intake.labelsSinceCheckpoint = 0;
        return Promise.resolve(work());
      }),
    );
    this.#intake.counters.checkpoints++;
  }

  async sweepNow(): Promise<void> {
    const ends = await joinedEnds(this.options.log);
    for (const partition of this.partitions)
      await this.#change(partition, () => this.#sweep.sweep(partition, ends));
  }

  stats(): LearnerStats {
    const sum = (of: (partition: LearnerPartition) => number): number =>
      this.partitions.reduce((total, partition) => total + of(partition), 0);
    return {
      counters: this.#intake.counters,
      openJoins: sum(({ join }) => join.table.openJoins),
      heldEvents: sum(({ join }) => join.table.heldCount),
      lag: [...this.#lag.values()].reduce((total, lag) => total + lag, 0),
      checkpointAgeMs: this.options.clock.nowMs() - this.#checkpoint.writtenAtMs,
      snapshotVersion: this.versions.last,
    };
  }

  totals(modelKey: string): { trials: number; rewardSum: number } {
    const keys = this.options.models.map(({ key }) => key);
    const m = keys.indexOf(modelKey);
    if (m < 0)
      throw new AppError('config/bad-value', `model ${shown(modelKey)}; expected one of ${shown(keys)}`);
    const all = this.partitions.map(({ models }) => models[m]!.arms.totals());
    return all.reduce((a, b) => ({ trials: a.trials + b.trials, rewardSum: a.rewardSum + b.rewardSum }), {
      trials: 0,
      rewardSum: 0,
    });
  }

  hash(): string {
    return hashStatistics(this.partitions.map(({ partition, models }) => ({ partition, models })));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const repeating of this.#repeating) repeating.stop();
    // After a fault nothing is saved: the last checkpoint and the log know better than this process.
    await this.#consumer?.close();
    if (this.#fault !== undefined) return this.#checkpoint.close();
    await this.publishNow({ base: true });
    await this.#publisher.persistNow();
    await this.checkpointNow();
    await this.#checkpoint.close();
    this.#fail(new AppError('log/closed', 'the learner is closed; expected a running one'));
  }

  async #takeBatch(partition: LearnerPartition, topic: JoinedTopic, batch: Batch): Promise<void> {
    await this.#change(partition, () => partition.take(topic, batch.records));
    this.#lag.set(`${topic}/${batch.partition}`, batch.endOffset - partition.consumed[topic]);
    this.#wake();
    if (this.#intake.labelsSinceCheckpoint >= this.settings.checkpointLabels) await this.checkpointNow();
    await this.#timers.breathe();
  }

  /** Changes a partition's joins and learns what came of it. Should that fail half-way, no checkpoint may follow. */
  #change(partition: LearnerPartition, work: () => JoinOutcome[]): Promise<void> {
    return this.#changing.pass(async () => {
      this.#throwIfStopped();
      try {
        await this.#intake.settle(partition, work());
      } catch (fault) {
        this.#fail(fault);
        throw fault;
      }
    });
  }

  #fail(cause: unknown): void {
    if (this.#fault !== undefined) return;
    this.#fault = { cause };
    for (const repeating of this.#repeating) repeating.stop();
    if (this.#closing === undefined) this.#settle?.reject(cause);
    else this.#settle?.resolve();
    this.#wake();
  }

  #throwIfStopped(): void {
    if (this.#fault !== undefined) throw this.#fault.cause;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** From 0 is from the oldest record there is: the reading group never commits. */
function startOf(partition: LearnerPartition | undefined, topic: Topic): number | undefined {
  const offset = partition !== undefined && isJoined(topic) ? partition.consumed[topic] : 0;
  return offset === 0 ? undefined : offset;
}

function isJoined(topic: string): topic is JoinedTopic {
  return JOINED_TOPICS.some((joined) => joined === topic);
}
