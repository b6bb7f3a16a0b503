import type { EventLog, LogRecord } from '../event-log/event-log.js';
import type { LabelEvent } from '../events/events.js';
import { LabelFence, type FenceState } from '../events/label-fence.js';
import { decodeLabelsRecord } from '../events/labels-record.js';
import { emptyExamination, foldExamination } from './examination-fold.js';
import { emptyStatistics, foldLabel, type FoldContext } from './label-fold.js';
import { readLabels } from './labels-reader.js';
import type { ModelSpec } from './model-spec.js';
import { hashStatistics, type PartitionStatistics } from './statistics-hash.js';

/** Where in the labels the folding begins: everything, or of each partition what has this offset, or this time, and later. */
export type ReplayStart =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'time'; readonly atMs: number };

export interface ReplayCounts {
  /** labels that count, and were folded or found to teach nothing */
  readonly labels: number;
  /** of them: nothing can be learned from them, to a learner as little (their title is not known, their contexts are others) */
  readonly unlearnable: number;
  /** records passed over, see label-fence.ts */
  readonly voided: number;
  /** labels that count, from before the start */
  readonly skipped: number;
}

export interface ReplayedPartition extends PartitionStatistics, ReplayCounts {
  /** of the oldest record that the log still has; undefined: it has none */
  readonly firstOffset: number | undefined;
  /** up to where the labels were read, and the fence as it was there */
  readonly endOffset: number;
  readonly fence: FenceState;
  /** of the statistics as they were at `hashAt`; undefined: not asked for, or the log does not reach so far */
  readonly hashThen: string | undefined;
}

export interface ReplayedLabels extends ReplayCounts {
  readonly partitions: readonly ReplayedPartition[];
  /** equals `Learner.hash()` of the learner that wrote the labels, when it has folded all of them */
  readonly hash: string;
}

export interface ReplayLabelsOptions {
  /** default: everything that is kept */
  readonly start?: ReplayStart;
  /** a consumer group of its own; default `replay-labels` */
  readonly group?: string;
  /** default: all */
  readonly partitions?: readonly number[];
  /** of the examination statistics, as the learner has it; undefined: nothing is forgotten */
  readonly examinationHalfLifeMs?: number;
  /** per partition, the offset to read up to; default: as many as there are at the call */
  readonly endOffsets?: readonly number[];
  /** per partition, an offset at which the statistics are hashed on the way: a checkpoint's, to compare it */
  readonly hashAt?: (partition: number) => number | undefined;
}

/**
 * Builds the statistics again from nothing but the labels, partition by partition, each in offset order: bit for bit what the learner has. Wherever folding starts,
 * reading starts with the oldest label: which ones count follows from what stands before them.
 */
export async function replayLabels(
  log: EventLog,
  models: readonly ModelSpec[],
  context: FoldContext,
  options: ReplayLabelsOptions = {},
): Promise<ReplayedLabels> {
  const { group = 'replay-labels' } = options;
  const partitions = options.partitions ?? Array.from({ length: log.partitions }, (_, p) => p);
  const ends = options.endOffsets ?? (await log.endOffsets('labels'));
  const replayed: PartitionReplay[] = [];
  for (const partition of partitions) {
    const replay = new PartitionReplay(partition, ends[partition] ?? 0, models, context, options);
    replayed.push(replay);
    const range = { from: 0, to: replay.endOffset, group: `${group}-${partition}` };
    await readLabels(log, partition, range, (records) => replay.take(records));
    replay.finish();
  }
  const sum = (of: (counts: ReplayCounts) => number): number =>
    replayed.reduce((total, counts) => total + of(counts), 0);
  return {
    partitions: replayed,
    labels: sum(({ labels }) => labels),
    unlearnable: sum(({ unlearnable }) => unlearnable),
    voided: sum(({ voided }) => voided),
    skipped: sum(({ skipped }) => skipped),
    hash: hashStatistics(replayed),
  };
}

class PartitionReplay implements ReplayedPartition {
  readonly models;
  readonly examination;
  labels = 0;
  unlearnable = 0;
  voided = 0;
  skipped = 0;
  firstOffset: number | undefined;
  hashThen: string | undefined;
  readonly #fence = new LabelFence();
  readonly #start: ReplayStart;
  readonly #hashAt: number | undefined;
  /** shape (2, d), scratch */
  readonly #xs: Float32Array;

  constructor(
    readonly partition: number,
    readonly endOffset: number,
    specs: readonly ModelSpec[],
    readonly context: FoldContext,
    { start = { kind: 'earliest' }, examinationHalfLifeMs, hashAt }: ReplayLabelsOptions,
  ) {
    this.models = specs.map(emptyStatistics);
    this.examination = emptyExamination(examinationHalfLifeMs);
    this.#start = start;
    this.#hashAt = hashAt?.(partition);
    this.#xs = new Float32Array(2 * context.schema.dimension);
  }

  get fence(): FenceState {
    return this.#fence.state;
  }

  async take(records: readonly LogRecord[]): Promise<void> {
    const counted: { readonly label: LabelEvent; readonly offset: number }[] = [];
    for (const record of records) {
      this.firstOffset ??= record.offset;
      const read = decodeLabelsRecord(record.value);
      const verdict = this.#fence.take(read);
      if (verdict === 'void') this.voided++;
      if (verdict !== 'counts' || read.kind !== 'label') continue;
      if (isFrom(this.#start, record)) counted.push({ label: read.label, offset: record.offset });
      else this.skipped++;
    }
    await this.context.revisions.catchUp?.(counted.map(({ label }) => label.titleRevision));
    for (const { label, offset } of counted) {
      if (this.#hashAt !== undefined && offset >= this.#hashAt) this.#hash();
      this.#fold(label);
    }
  }

  /** Everything is read. */
  finish(): void {
    if (this.#hashAt !== undefined && this.#hashAt <= this.endOffset) this.#hash();
  }

  #fold(label: LabelEvent): void {
    this.labels++;
    const folded = foldLabel(this.models, this.context, label, this.#xs);
    if (folded.kind === 'folded') foldExamination(this.examination, label);
    else this.unlearnable++;
  }

  #hash(): void {
    this.hashThen ??= hashStatistics([this]);
  }
}

function isFrom(start: ReplayStart, { offset, timestampMs }: LogRecord): boolean {
  switch (start.kind) {
    case 'earliest':
      return true;
    case 'offset':
      return offset >= start.offset;
    case 'time':
      return timestampMs >= start.atMs;
  }
}
