import type { EventLog } from '../event-log/event-log.js';
import type { LabelEvent } from '../events/events.js';
import { LabelFence } from '../events/label-fence.js';
import { decodeLabelsRecord } from '../events/labels-record.js';
import { emptyExamination, foldExamination } from './examination-fold.js';
import { emptyStatistics, foldLabel, type FoldContext } from './label-fold.js';
import { readLabels } from './labels-reader.js';
import type { ModelSpec } from './model-spec.js';
import { hashStatistics, type PartitionStatistics } from './statistics-hash.js';

export interface ReplayedLabels {
  readonly partitions: readonly PartitionStatistics[];
  /** labels that count */
  readonly labels: number;
  /** records passed over, see label-fence.ts */
  readonly voided: number;
  /** equals `Learner.hash()` of the learner that wrote the labels, when it has folded all of them */
  readonly hash: string;
}

export interface ReplayLabelsOptions {
  /** a consumer group of its own; default `replay-labels` */
  readonly group?: string;
  /** default: all */
  readonly partitions?: readonly number[];
  /** of the examination statistics, as the learner has it; undefined: nothing is forgotten */
  readonly examinationHalfLifeMs?: number;
}

/**
 * Builds the statistics again from nothing but the labels, partition by partition, each in offset order: bit for bit what the learner has.
 *
 */
export async function replayLabels(
  log: EventLog,
  models: readonly ModelSpec[],
  context: FoldContext,
  options: ReplayLabelsOptions = {},
): Promise<ReplayedLabels> {
  const { group = 'replay-labels', examinationHalfLifeMs } = options;
  const partitions = options.partitions ?? Array.from({ length: log.partitions }, (_, p) => p);
  const ends = await log.endOffsets('labels');
  const xs = new Float32Array(2 * context.schema.dimension);
  const replayed: PartitionStatistics[] = [];
  let labels = 0;
  let voided = 0;
  for (const partition of partitions) {
    const statistics = models.map(emptyStatistics);
    const examination = emptyExamination(examinationHalfLifeMs);
    const fence = new LabelFence();
    replayed.push({ partition, models: statistics, examination });
    await readLabels(
      log,
      partition,
      { from: 0, to: ends[partition] ?? 0, group: `${group}-${partition}` },
      async (records) => {
        const counted: LabelEvent[] = [];
        for (const { value } of records) {
          const record = decodeLabelsRecord(value);
          const verdict = fence.take(record);
          if (verdict === 'void') voided++;
          if (verdict === 'counts' && record.kind === 'label') counted.push(record.label);
        }
        await context.revisions.catchUp?.(counted.map(({ titleRevision }) => titleRevision));
        labels += counted.length;
        for (const label of counted) {
          if (foldLabel(statistics, context, label, xs).kind === 'folded')
            foldExamination(examination, label);
        }
      },
    );
  }
  return { partitions: replayed, labels, voided, hash: hashStatistics(replayed) };
}
