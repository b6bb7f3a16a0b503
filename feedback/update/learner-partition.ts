import type { Clock } from '../../core/clock.js';
import type { MemberId } from '../../core/ids.js';
import type { Timers } from '../../core/timers.js';
import type { EventLog, LogRecord } from '../event-log/event-log.js';
import type { LabelEvent } from '../events/events.js';
import { type JoinedTopic, type JoinOutcome, type JoinSettings } from '../join/join-outcome.js';
import { PartitionJoin } from '../join/partition-join.js';
import { readRecord } from '../join/record-reading.js';
import type { RewardExpression } from '../join/reward-expression.js';
import {
  headerOf,
  PartitionCheckpoint,
  storedExamination,
  storedModel,
  type CheckpointBatch,
  type CheckpointHeader,
  type StoredStatistics,
  type TopicOffsets,
} from './checkpoint.js';
import { EventTimes } from './event-times.js';
import { emptyExamination, foldExamination, type ExaminationStatistics } from './examination-fold.js';
import {
  emptyStatistics,
  foldLabel,
  type FoldContext,
  type Folded,
  type ModelStatistics,
} from './label-fold.js';
import { MemberHistories } from './member-histories.js';
import type { ModelSpec } from './model-spec.js';
import { PartitionLabels } from './partition-labels.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { SpilledJoins } from './spilled-joins.js';
import { TouchedRows } from './touched-rows.js';

export interface PartitionOptions {
  readonly log: EventLog;
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly context: FoldContext;
  readonly models: readonly ModelSpec[];
  readonly reward: RewardExpression;
  readonly join: JoinSettings;
  readonly maxMemberHistories: number;
  /** undefined: nothing is forgotten */
  readonly examinationHalfLifeMs?: number | undefined;
  /** who claims the partition, see PartitionLabels */
  readonly owner: string;
  /** consumer group for reading labels back that nobody else is in */
  readonly recoveryGroup: string;
}

type LabelOutcome = Extract<JoinOutcome, { kind: 'trial' | 'labelled' }>;
export interface FoldedLabel {
  readonly label: LabelEvent;
  readonly offset: number;
  readonly folded: Folded;
}

/** Everything a learner knows about one partition of the log: offsets, open decisions, statistics, histories. */
export class LearnerPartition {
  readonly consumed: TopicOffsets = { decisions: 0, impressions: 0, plays: 0 };
  readonly models: readonly ModelStatistics[];
  readonly examination: ExaminationStatistics;
  /** what a checkpoint keeps: the models' statistics in their order, then examination's */
  readonly stored: readonly StoredStatistics[];
  /** of `stored`, in its order */
  readonly touched: readonly TouchedRows[];
  readonly histories: MemberHistories;
  readonly join: PartitionJoin;
  readonly checkpoint: PartitionCheckpoint;
  /** shape (2, d), scratch */
  readonly xs: Float32Array;
  readonly labels: PartitionLabels;
  readonly joins: SpilledJoins;
  eventTimes = new EventTimes();
  /** rows that were touched by labels from this offset on are known as touched; those before came with the checkpoint */
  restoredTo = 0;

  constructor(
    readonly partition: number,
    readonly options: PartitionOptions,
  ) {
    const { schema } = options.context;
    this.models = options.models.map(emptyStatistics);
    this.examination = emptyExamination(options.examinationHalfLifeMs);
    this.stored = [
      ...this.models.map((model) => storedModel(model, schema.hash)),
      ...storedExamination(this.examination),
    ];
    this.touched = this.stored.map(({ arms }) => new TouchedRows(arms));
    this.histories = new MemberHistories(schema.embeddingSize, options.maxMemberHistories);
    this.join = new PartitionJoin(options.join, options.reward);
    this.checkpoint = new PartitionCheckpoint(options.store, partition, schema.hash);
    this.joins = new SpilledJoins(this.join, this.checkpoint.joins);
    this.xs = new Float32Array(2 * schema.dimension);
    this.labels = new PartitionLabels(partition, { ...options, readingGroup: options.recoveryGroup });
  }

  /** next offset of `labels` */
  get labelsOffset(): number {
    return this.labels.nextOffset;
  }

  /** Joins records of one topic; nothing is learned yet. */
  async take(topic: JoinedTopic, records: readonly LogRecord[]): Promise<JoinOutcome[]> {
    // A record that comes twice from the log itself has been dealt with.
    const unseen = records.filter(({ offset }) => offset >= this.consumed[topic]);
    const { maxEventBytes } = this.options.join;
    const read = unseen.map(({ offset, key, value }) =>
      readRecord({ topic, offset, key, value }, maxEventBytes),
    );
    await this.joins.prepare(read);
    const outcomes: JoinOutcome[] = [];
    const nowMs = this.options.clock.nowMs();
    for (const [i, { offset, timestampMs }] of unseen.entries()) {
      if (offset < this.consumed[topic]) continue;
      for (const outcome of this.join.take(read[i]!)) outcomes.push(outcome);
      this.eventTimes.see(topic, timestampMs, nowMs);
      this.consumed[topic] = offset + 1;
    }
    return outcomes;
  }

  /**
   * Writes labels to the log, then folds them in the order in which they stand there.
   * @throws PartitionLost
   */
  async learn(outcomes: readonly LabelOutcome[]): Promise<FoldedLabel[]> {
    if (outcomes.length === 0) return [];
    await this.fetchHistories(outcomes.map(({ label }) => label.memberId));
    const counted = await this.labels.append(outcomes.map(({ label }) => label));
    await this.options.context.revisions.catchUp?.(counted.map(({ label }) => label.titleRevision));
    return counted.map(({ label, offset }) => {
      const folded = foldLabel(this.models, this.options.context, label, this.xs);
      if (folded.kind === 'folded') {
        foldExamination(this.examination, label);
        this.histories.learn(label, folded.revision);
      }
      return { label, offset, folded };
    });
  }

  /** Brings into memory what these members' histories were at the last checkpoint. */
  async fetchHistories(memberIds: readonly MemberId[]): Promise<void> {
    const missing = this.histories.missing(memberIds);
    if (missing.length === 0) return;
    const found = await this.checkpoint.readHistories(missing);
    for (const [i, memberId] of missing.entries()) this.histories.restore(memberId, found[i]);
  }

  /** What the next checkpoint has to write of this partition; afterwards nothing has changed. */
  encodeCheckpoint(): CheckpointBatch {
    const { horizonMs, floorMs, totals } = this.join.table;
    const { changes, swept } = this.joins.drain(this.options.clock.nowMs());
    const { fence } = this.labels;
    const models = this.stored.map(({ key, fingerprint }): [string, CheckpointHeader['models'][string]] => [
      key,
      { foldedTo: this.labelsOffset, fingerprint, fence },
    ]);
    return this.checkpoint.encode({
      header: headerOf({
        consumed: { ...this.consumed },
        labelsOffset: this.labelsOffset,
        fence,
        joins: { ...totals },
        watermarks: this.eventTimes.watermarks,
        horizonMs: finiteOrNull(horizonMs),
        floorMs: finiteOrNull(floorMs),
        models: { ...this.otherModels, ...Object.fromEntries(models) },
      }),
      joins: changes,
      sweptFilings: swept,
      rows: this.stored.map((statistics, i) => ({ statistics, arms: this.touched[i]!.drainUnsaved() })),
      histories: this.histories.drainUnsaved(),
    });
  }

  /** A checkpoint in the middle of a long recovery, so that memory stays bounded and the way need not be gone again. */
  async saveIfLarge(): Promise<void> {
    const { log, store, join } = this.options;
    if (this.join.table.resident.unsavedBytes < join.maxUnsavedJoinBytes) return;
    const batch = this.encodeCheckpoint();
    // As before every checkpoint: what it builds on must be on disk.
    await log.append('labels', [], 'synced');
    await store.write(batch);
    this.saved();
  }

  /** What `encodeCheckpoint` gave is written. */
  saved(): void {
    this.histories.saved();
    this.joins.saved();
  }

  /** statistics of models that are not learned at present: kept as they are, to be continued should they come back */
  otherModels: CheckpointHeader['models'] = {};
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
