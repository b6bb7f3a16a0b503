import { AppError } from '../../core/errors.js';
import { systemTimers, type Repeating, type Timers } from '../../core/timers.js';
import type { Batch } from '../event-log/event-log.js';
import type { JoinedTopic, JoinOutcome } from '../join/join-outcome.js';
import { CheckpointWriter } from './checkpoint-writer.js';
import { hasConsumed, joinedEnds } from './horizon-sweep.js';
import { JoinedReader } from './joined-reader.js';
import type { Learner, LearnerOptions, LearnerSettings, LearnerStats } from './learner-options.js';
import type { LearnerPartition } from './learner-partition.js';
import { LearnerPublications } from './learner-publications.js';
import { LifeLine } from './life-line.js';
import { OutcomeIntake } from './outcome-intake.js';
import { OwnedPartitions, totalsOf } from './owned-partitions.js';
import { SharedOutlet } from './partials/shared-outlet.js';
import { PartitionLost } from './partition-labels.js';
import { PartitionShares } from './partition-shares.js';
import { PartitionSweeps } from './partition-sweeps.js';
import type { SnapshotVersions } from './snapshot-versions.js';
import { hashStatistics } from './statistics-hash.js';
import { OwnOutlet, type StatisticsOutlet } from './statistics-outlet.js';
import { Turnstile } from './turnstile.js';

/** The learner at work: made by `startLearner`. */
export class RunningLearner implements Learner {
  readonly owned = new OwnedPartitions();
  readonly #life = new LifeLine();
  readonly #timers: Timers;
  readonly #intake: OutcomeIntake;
  readonly #outlet: StatisticsOutlet;
  readonly #publications: LearnerPublications;
  readonly #sweeps: PartitionSweeps;
  readonly #checkpoint: CheckpointWriter;
  readonly #shares: PartitionShares;
  readonly #reader: JoinedReader;
  /** one at a time: whatever changes the joins or the statistics, and the encoding of a checkpoint */
  readonly #changing = new Turnstile();
  readonly #lag = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #repeating: Repeating[] = [];
  #closing: Promise<void> | undefined;
  #finished: Promise<void> | undefined;

  constructor(
    readonly options: LearnerOptions,
    readonly settings: LearnerSettings,
    partitionOf: (partition: number) => LearnerPartition,
    readonly versions: SnapshotVersions,
    holder: string,
  ) {
    const { log, store, clock, timers = systemTimers, group = 'learner' } = options;
    const { owned } = this;
    const intake = new OutcomeIntake(log, clock, timers);
    this.#timers = timers;
    this.#intake = intake;
    this.#sweeps = new PartitionSweeps(this, clock);
    this.#checkpoint = new CheckpointWriter(log, store, clock, group);
    this.#outlet = this.#newOutlet(holder);
    this.#publications = new LearnerPublications({ options, clock, owned, intake, outlet: this.#outlet });
    this.#shares = new PartitionShares({
      ...{ owned, clock, partitionOf, checkpoint: this.#checkpoint },
      between: (work) => this.#between(work),
      onLeaving: (partitions) => this.#publications.handOn(partitions),
      onMoved: () => {
        this.#moved();
      },
    });
    this.#reader = new JoinedReader({
      ...{ log, group, owned, maxBatchRecords: settings.maxBatchRecords },
      ...(options.partitions === undefined && {
        onAssigned: (partitions) => this.#life.guard(() => this.#shares.take(partitions)),
        onRevoked: (partitions) => this.#revoked(partitions),
      }),
      onBatch: (partition, topic, batch) => this.#takeBatch(partition, topic, batch),
      onReopened: () => {
        this.#wake();
      },
      onFault: (cause) => {
        this.#life.break(cause);
      },
    });
    this.#life.onEnd(() => {
      for (const repeating of this.#repeating) repeating.stop();
      this.#wake();
      // Whoever has broken down must not keep others from publishing. What fails here has been told by then.
      this.#outlet.close().catch(() => undefined);
    });
  }

  get stopped(): Promise<void> {
    return this.#life.stopped;
  }

  /** Recovers what is its own, begins to read on, and publishes. */
  async start(): Promise<void> {
    const { partitions } = this.options;
    if (partitions !== undefined) await this.#life.guard(() => this.#shares.take([...new Set(partitions)]));
    await this.#life.guard(() => this.#reader.open());
    await this.#until(() => !this.#isMoving);
    await this.#outlet.open();
    await this.publishNow({ base: true });
    // A failure ends the learner's life, which is where whoever watches learns of it.
    const every = (intervalMs: number, work: () => Promise<void>): Repeating =>
      this.#timers.every(intervalMs, () => work().catch(() => undefined));
    const { publishIntervalMs, checkpointIntervalMs, sweepIntervalMs } = this.settings;
    this.#repeating = [
      every(publishIntervalMs, () => this.#life.guard(() => this.#publications.publishRested())),
      every(checkpointIntervalMs, () => this.checkpointNow()),
      every(sweepIntervalMs, () => this.sweepNow()),
    ];
  }

  async drained(): Promise<void> {
    const ends = await joinedEnds(this.options.log);
    await this.#until(
      () => !this.#isMoving && this.owned.all.every((partition) => hasConsumed(partition, ends)),
    );
    // The batch that came this far may still be writing its labels.
    await this.#changing.pass(() => Promise.resolve());
    await this.publishNow();
  }

  publishNow(options: { readonly base?: boolean } = {}): Promise<void> {
    return this.#life.guard(() => this.#publications.publish(options));
  }

  checkpointNow(): Promise<void> {
    return this.#life.guard(async () => {
      // What is shared goes first: a checkpoint that is ahead of it would have to share everything anew.
      if (this.options.shared !== undefined) await this.#publications.handOn(this.owned.all);
      await this.#checkpoint.write(
        (work) => this.#between(work),
        () => {
          this.#intake.labelsSinceCheckpoint = 0;
          return this.owned.all;
        },
      );
      this.#intake.counters.checkpoints++;
    });
  }

  sweepNow(): Promise<void> {
    return this.#life.guard(() => this.#sweeps.sweep(this.owned.all));
  }

  stats(): LearnerStats {
    const { owned, options } = this;
    return {
      partitions: owned.all.map(({ partition }) => partition),
      counters: this.#intake.counters,
      openJoins: owned.sum(({ join }) => join.table.totals.openJoins),
      heldEvents: owned.sum(({ join }) => join.table.totals.heldEvents),
      voided: owned.sum(({ labels }) => labels.voided),
      lag: [...this.#lag.values()].reduce((total, lag) => total + lag, 0),
      checkpointAgeMs: options.clock.nowMs() - this.#checkpoint.writtenAtMs,
      snapshotVersion: this.#outlet.snapshotVersion,
      publishes: this.#outlet.publishes,
    };
  }

  totals(modelKey: string): { trials: number; rewardSum: number } {
    return totalsOf(this.owned, this.options.models, modelKey);
  }

  hash(): string {
    return hashStatistics(this.owned.all);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Changes a partition's joins and learns what came of it. Should that fail half-way, no checkpoint may follow. A partition that has gone meanwhile is left
   * alone.
   */
  change(
    partition: LearnerPartition,
    work: () => readonly JoinOutcome[] | Promise<readonly JoinOutcome[]>,
  ): Promise<void> {
    return this.#changing.pass(() =>
      this.#life.guard(async () => {
        if (!this.owned.has(partition)) return;
        try {
          await this.#intake.settle(partition, await work());
        } catch (error) {
          if (!(error instanceof PartitionLost)) throw error;
          this.#lost(partition, error);
        }
      }),
    );
  }

  async #close(): Promise<void> {
    for (const repeating of this.#repeating) repeating.stop();
    this.#shares.close();
    await this.#reader.close();
    // After a fault nothing is saved: the last checkpoint and the log know better than this process.
    if (!this.#life.isBroken) {
      await this.#finish();
      this.#life.stop(new AppError('log/closed', 'the learner is closed; expected a running one'));
    }
    await this.#publications.close();
    await this.#checkpoint.close();
  }

  /** Once: a group that takes everything back has it done before it goes on, a reader without a group does not ask. */
  #finish(): Promise<void> {
    this.#finished ??= (async () => {
      await this.#life.guard(() => this.#publications.finish());
      await this.checkpointNow();
    })();
    return this.#finished;
  }

  async #revoked(partitions: readonly number[]): Promise<void> {
    if (this.#life.isBroken) return;
    // A learner that closes still tells what it knew.
    if (this.#closing !== undefined) await this.#finish();
    else await this.#life.guard(() => this.#shares.give(partitions));
  }

  #newOutlet(holder: string): StatisticsOutlet {
    const { options, settings, owned, versions } = this;
    const onSnapshot: LearnerOptions['onSnapshot'] = (snapshot) => {
      this.#intake.counters.snapshots++;
      options.onSnapshot(snapshot);
    };
    if (options.shared === undefined) return new OwnOutlet(options, settings, owned, versions, onSnapshot);
    return new SharedOutlet({
      ...{ options, settings, shared: options.shared, holder, owned, onSnapshot },
      versionFloor: versions.last,
      between: (work) => this.#between(work),
      onFenced: (partition) => {
        this.#fenced(partition);
      },
    });
  }

  /** What the shared store refused, the log would too: that is not waited for. */
  #fenced(partition: LearnerPartition): void {
    this.change(partition, () => {
      throw new PartitionLost(partition.partition);
    }).catch(() => undefined);
  }

  #lost(partition: LearnerPartition, error: PartitionLost): void {
    this.#intake.counters.lost++;
    const isTooMuch = this.#shares.lose(partition);
    if (this.options.partitions !== undefined || isTooMuch) throw error;
    // What it had read of it is forgotten, so it is to be read again, by whomever the group gives it to.
    this.#life.guard(() => this.#reader.reopen()).catch(() => undefined);
  }

  #moved(): void {
    for (const key of this.#lag.keys()) {
      const partition = Number(key.slice(key.indexOf('/') + 1));
      if (this.owned.find(partition) === undefined) this.#lag.delete(key);
    }
    this.#publications.moved();
    this.#wake();
  }

  async #takeBatch(partition: LearnerPartition, topic: JoinedTopic, batch: Batch): Promise<void> {
    await this.change(partition, () => partition.take(topic, batch.records));
    if (this.owned.has(partition))
      this.#lag.set(`${topic}/${batch.partition}`, batch.endOffset - partition.consumed[topic]);
    this.#wake();
    const { checkpointLabels, maxUnsavedJoinBytes } = this.settings;
    const isLong =
      this.#intake.labelsSinceCheckpoint >= checkpointLabels ||
      partition.join.table.resident.unsavedBytes >= maxUnsavedJoinBytes;
    if (isLong) await this.checkpointNow();
    await this.#timers.breathe();
  }

  #between<T>(work: () => T): Promise<T> {
    return this.#changing.pass(() => {
      // Had the last batch failed half-way, its joins would be here and its labels would not.
      this.#life.check();
      return Promise.resolve(work());
    });
  }

  /** Partitions are on their way here or away from here. */
  get #isMoving(): boolean {
    return this.#shares.isMoving || this.#reader.isReopening;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#life.check();
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
