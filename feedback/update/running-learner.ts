import { AppError, shown } from '../../core/errors.js';
import { systemTimers, type Repeating, type Timers } from '../../core/timers.js';
import type { Batch, Consumer } from '../event-log/event-log.js';
import type { JoinedTopic, JoinOutcome } from '../join/join-outcome.js';
import { CheckpointWriter } from './checkpoint-writer.js';
import { ExaminationPublisher } from './examination-publisher.js';
import { hasConsumed, HorizonSweep, joinedEnds } from './horizon-sweep.js';
import { readJoined } from './joined-reader.js';
import { isOutOfRange } from './labels-reader.js';
import type { Learner, LearnerOptions, LearnerSettings, LearnerStats } from './learner-options.js';
import type { LearnerPartition } from './learner-partition.js';
import { LifeLine } from './life-line.js';
import { OutcomeIntake } from './outcome-intake.js';
import { Publisher, REST } from './publisher.js';
import type { SnapshotVersions } from './snapshot-versions.js';
import { hashStatistics } from './statistics-hash.js';
import { Turnstile } from './turnstile.js';

/** However long a publication took, the next one comes soon enough for a play to be served within a second. */
const LONGEST_REST_MS = 400;

/** The learner at work: made by `startLearner`, from partitions that have recovered. */
export class RunningLearner implements Learner {
  readonly #life = new LifeLine();
  readonly #timers: Timers;
  readonly #intake: OutcomeIntake;
  readonly #publisher: Publisher;
  readonly #examination: ExaminationPublisher;
  readonly #sweep: HorizonSweep;
  readonly #checkpoint: CheckpointWriter;
  /** one at a time: whatever changes the joins or the statistics, and the encoding of a checkpoint */
  readonly #changing = new Turnstile();
  readonly #publishing = new Turnstile();
  readonly #lag = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #repeating: Repeating[] = [];
  #restUntilMs = -Infinity;
  #consumer: Consumer | undefined;
  #closing: Promise<void> | undefined;

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
    this.#examination = new ExaminationPublisher({
      partitions,
      store,
      clock,
      intervalMs: settings.priorIntervalMs,
      halfLifeMs: options.examination?.halfLifeMs,
      prior: options.examination ?? {},
      onExamination: (curves) => options.onExamination?.(curves),
    });
    this.#life.onEnd(() => {
      for (const repeating of this.#repeating) repeating.stop();
      this.#wake();
    });
  }

  get stopped(): Promise<void> {
    return this.#life.stopped;
  }

  /** Publishes what was recovered, then begins to read on. */
  async start(): Promise<void> {
    await this.publishNow({ base: true });
    await this.#read();
    // A failure ends the learner's life, which is where whoever watches learns of it.
    const every = (intervalMs: number, work: () => Promise<void>): Repeating =>
      this.#timers.every(intervalMs, () => work().catch(() => undefined));
    this.#repeating = [
      every(this.settings.publishIntervalMs, () => this.#publishRested()),
      every(this.settings.checkpointIntervalMs, () => this.checkpointNow()),
      every(this.settings.sweepIntervalMs, () => this.sweepNow()),
    ];
  }

  async drained(): Promise<void> {
    const ends = await joinedEnds(this.options.log);
    while (!this.partitions.every((partition) => hasConsumed(partition, ends))) {
      this.#life.check();
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    // The batch that came this far may still be writing its labels.
    await this.#changing.pass(() => Promise.resolve());
    await this.publishNow();
  }

  /** Publishes, unless the last publication took so long that others should have the thread first. */
  async #publishRested(): Promise<void> {
    const { clock } = this.options;
    const startedAtMs = clock.nowMs();
    if (startedAtMs < this.#restUntilMs) return;
    await this.publishNow();
    const endedAtMs = clock.nowMs();
    this.#restUntilMs = endedAtMs + Math.min(LONGEST_REST_MS, REST * (endedAtMs - startedAtMs));
  }

  publishNow({ base = false }: { readonly base?: boolean } = {}): Promise<void> {
    return this.#publishing.pass(() =>
      this.#life.guard(async () => {
        const receipts = this.#intake.drainReceipts();
        const histories = this.partitions.flatMap((partition) => partition.histories.drainUnpublished());
        if (histories.length > 0) await this.options.onHistories?.(histories);
        await this.#publisher.publish(base);
        await this.#examination.publish(base);
        for (const receivedAtMs of receipts) this.options.onLearned?.(receivedAtMs);
      }),
    );
  }

  checkpointNow(): Promise<void> {
    return this.#life.guard(async () => {
      await this.#checkpoint.write((work) =>
        this.#changing.pass(() => {
          // Had the last batch failed half-way, its joins would be here and its labels would not.
          this.#life.check();
          this.#intake.labelsSinceCheckpoint = 0;
          return Promise.resolve(work());
        }),
      );
      this.#intake.counters.checkpoints++;
    });
  }

  async sweepNow(): Promise<void> {
    const times = this.partitions.map((partition) => this.#sweep.timeIn(partition));
    const ends = await this.#life.guard(() => joinedEnds(this.options.log));
    for (const [i, partition] of this.partitions.entries()) {
      await this.#change(partition, () => {
        const horizonMs = this.#sweep.horizon(partition, times[i]!, ends);
        return horizonMs === undefined ? [] : partition.join.advanceHorizon(horizonMs);
      });
      await this.#sweepStored(partition);
    }
  }

  /** What is out of its windows and not in memory: a slice at a time, so that batches come in between. */
  async #sweepStored(partition: LearnerPartition): Promise<void> {
    const slices = partition.joins.sweep();
    for (let isDone = false; !isDone;) {
      await this.#change(partition, async () => {
        const slice = await slices.next();
        isDone = slice.done === true;
        return slice.value ?? [];
      });
      if (partition.join.table.resident.unsavedBytes >= this.settings.maxUnsavedJoinBytes)
        await this.checkpointNow();
    }
  }

  stats(): LearnerStats {
    const sum = (of: (partition: LearnerPartition) => number): number =>
      this.partitions.reduce((total, partition) => total + of(partition), 0);
    return {
      counters: this.#intake.counters,
      openJoins: sum(({ join }) => join.table.totals.openJoins),
      heldEvents: sum(({ join }) => join.table.totals.heldEvents),
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
    const totals = { trials: 0, rewardSum: 0 };
    for (const { models } of this.partitions) {
      const { trials, rewardSum } = models[m]!.arms.totals();
      totals.trials += trials;
      totals.rewardSum += rewardSum;
    }
    return totals;
  }

  hash(): string {
    return hashStatistics(this.partitions);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const repeating of this.#repeating) repeating.stop();
    await this.#consumer?.close();
    // After a fault nothing is saved: the last checkpoint and the log know better than this process.
    if (!this.#life.isBroken) {
      await this.publishNow({ base: true });
      await this.#life.guard(() => this.#publisher.persistNow());
      await this.checkpointNow();
      this.#life.stop(new AppError('log/closed', 'the learner is closed; expected a running one'));
    }
    await this.#checkpoint.close();
  }

  async #takeBatch(partition: LearnerPartition, topic: JoinedTopic, batch: Batch): Promise<void> {
    await this.#change(partition, () => partition.take(topic, batch.records));
    this.#lag.set(`${topic}/${batch.partition}`, batch.endOffset - partition.consumed[topic]);
    this.#wake();
    const { checkpointLabels, maxUnsavedJoinBytes } = this.settings;
    const isLong =
      this.#intake.labelsSinceCheckpoint >= checkpointLabels ||
      partition.join.table.resident.unsavedBytes >= maxUnsavedJoinBytes;
    if (isLong) await this.checkpointNow();
    await this.#timers.breathe();
  }

  /** Changes a partition's joins and learns what came of it. Should that fail half-way, no checkpoint may follow. */
  #change(
    partition: LearnerPartition,
    work: () => readonly JoinOutcome[] | Promise<readonly JoinOutcome[]>,
  ): Promise<void> {
    return this.#changing.pass(() =>
      this.#life.guard(async () => this.#intake.settle(partition, await work())),
    );
  }

  async #read({ fromOldest = false } = {}): Promise<void> {
    const { log, group = 'learner' } = this.options;
    this.#consumer = await readJoined(log, {
      group,
      partitions: this.partitions,
      maxBatchRecords: this.settings.maxBatchRecords,
      fromOldest,
      onBatch: (partition, topic, batch) => this.#takeBatch(partition, topic, batch),
    });
    this.#watch(this.#consumer);
  }

  #watch(consumer: Consumer): void {
    const ended = new AppError('log/closed', 'the log ended the consumer; expected it to stay open');
    consumer.stopped.then(
      () => {
        if (this.#closing === undefined) this.#life.break(ended);
      },
      (fault: unknown) => {
        // The log has dropped what was not read yet, which it says itself. What it still has is worth more than a learner that never starts again.
        if (isOutOfRange(fault) && this.#closing === undefined)
          this.#read({ fromOldest: true }).catch((cause: unknown) => this.#life.break(cause));
        else this.#life.break(fault);
      },
    );
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
