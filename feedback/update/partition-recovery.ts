import { JOINED_TOPICS } from '../join/join-outcome.js';
import type { CheckpointHeader, StoredModelHeader } from './checkpoint.js';
import { EventTimes } from './event-times.js';
import { foldExamination } from './examination-fold.js';
import { foldLabel } from './label-fold.js';
import type { LearnerPartition } from './learner-partition.js';
import type { CountedLabel } from './partition-labels.js';

/**
 * Brings a partition back to where the last checkpoint and the labels written since left off, and claims it. The labels are the truth: what they say has been
 * learned is folded and never learned again, whatever is consumed a second time. A model that the checkpoint does not know, or knew
 * with another shape, folds the labels from the oldest that is kept.
 *
 * @param isWanted asked before the partition is claimed
 * @returns whether the partition is this learner's now
 */
export async function recoverPartition(
  partition: LearnerPartition,
  atMs: number,
  isWanted: () => boolean = () => true,
): Promise<boolean> {
  const { log } = partition.options;
  const end = (await log.endOffsets('labels'))[partition.partition] ?? 0;
  let header = await partition.checkpoint.readHeader(partition.options.join, partition.options.clock.nowMs());
  if (header !== undefined && header.labelsOffset > end) {
    // This is not the log the checkpoint was made with. What the log has is what counts.
    await partition.checkpoint.discard();
    header = undefined;
  }
  const starts =
    header === undefined ? partition.stored.map(() => NOWHERE) : await restore(partition, header);
  const joinedTo = header?.labelsOffset ?? 0;
  partition.restoredTo = joinedTo;
  const joined = { foldedTo: joinedTo, fence: header?.fence };
  const first = [joined, ...starts].reduce((least, one) => (one.foldedTo < least.foldedTo ? one : least));
  partition.labels.resume(first.foldedTo, first.fence);
  const evenFrom = Math.max(joinedTo, ...starts.map(({ foldedTo }) => foldedTo));
  const takeIn = async (labels: readonly CountedLabel[]): Promise<void> => {
    const unknown = labels.filter(({ offset }) => offset >= joinedTo);
    await partition.fetchHistories(unknown.map(({ label }) => label.memberId));
    await partition.joins.fetch(unknown.map(({ label }) => label.requestId));
    await partition.options.context.revisions.catchUp?.(labels.map(({ label }) => label.titleRevision));
    for (const counted of labels) refold(partition, counted, starts, joinedTo);
    // What is in the header is said of all statistics alike: not before all have come equally far.
    if (partition.labelsOffset >= evenFrom) await partition.saveIfLarge();
  };
  await partition.labels.readTo(end, takeIn);
  return partition.labels.claim(atMs, isWanted, takeIn);
}

/** Up to where something has folded the labels, and the fence as it was there. */
type Start = Pick<StoredModelHeader, 'foldedTo' | 'fence'>;
const NOWHERE: Start = { foldedTo: 0 };

/** @returns per `stored`, the offset of the first label its statistics lack */
async function restore(partition: LearnerPartition, header: CheckpointHeader): Promise<Start[]> {
  const { checkpoint, join, stored, options } = partition;
  for (const topic of JOINED_TOPICS) {
    const end = (await options.log.endOffsets(topic))[partition.partition] ?? 0;
    partition.consumed[topic] = Math.min(header.consumed[topic], end);
  }
  partition.eventTimes = new EventTimes(header.watermarks);
  Object.assign(join.table.totals, header.joins);
  join.table.horizonMs = header.horizonMs ?? -Infinity;
  join.table.floorMs = header.floorMs ?? -Infinity;
  let current = header;
  const starts: Start[] = [];
  for (const [m, statistics] of stored.entries()) {
    const { key, fingerprint } = statistics;
    const kept = header.models[key];
    const matches = kept?.fingerprint === fingerprint;
    if (matches) await checkpoint.readStatistics(statistics);
    else current = await checkpoint.discardModel(current, key);
    partition.touched[m]!.restored();
    starts.push(matches ? kept : NOWHERE);
  }
  partition.otherModels = current.models;
  return starts;
}

function refold(
  partition: LearnerPartition,
  { label, offset }: CountedLabel,
  starts: readonly Start[],
  joinedTo: number,
): void {
  const { models, options, examination } = partition;
  const lacking = models.filter((_model, m) => offset >= starts[m]!.foldedTo);
  const folded = foldLabel(lacking, options.context, label, partition.xs);
  if (folded.kind === 'folded') {
    // Rows and columns are kept side by side: they have folded the same labels.
    if (offset >= starts[models.length]!.foldedTo) foldExamination(examination, label);
    if (offset >= joinedTo) partition.histories.learn(label, folded.revision);
  }
  if (offset >= joinedTo) partition.join.restoreLabel(label);
}
