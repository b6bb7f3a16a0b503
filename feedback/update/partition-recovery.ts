import { decodeLabel } from '../events/avro.js';
import type { LabelEvent } from '../events/events.js';
import { JOINED_TOPICS } from '../join/join-outcome.js';
import type { CheckpointHeader } from './checkpoint.js';
import { foldExamination } from './examination-fold.js';
import { foldLabel } from './label-fold.js';
import type { LearnerPartition } from './learner-partition.js';
import { readLabels } from './labels-reader.js';

/**
 * Brings a partition back to where the last checkpoint and the labels written since left off. The labels are the truth: what they say has been
 * learned is folded and never learned again, whatever is consumed a second time. A model that the checkpoint does not know, or knew
 * with another shape, folds the labels from the oldest that is kept.
 */
export async function recoverPartition(partition: LearnerPartition): Promise<void> {
  const { log, recoveryGroup } = partition.options;
  const end = (await log.endOffsets('labels'))[partition.partition] ?? 0;
  let header = await partition.checkpoint.readHeader();
  if (header !== undefined && header.labelsOffset > end) {
    // This is not the log the checkpoint was made with. What the log has is what counts.
    await partition.checkpoint.discard();
    header = undefined;
  }
  const foldedTo = header === undefined ? partition.stored.map(() => 0) : await restore(partition, header);
  const joinedTo = partition.labelsOffset;
  const from = Math.min(joinedTo, ...foldedTo);
  await readLabels(log, partition.partition, { from, to: end, group: recoveryGroup }, async (records) => {
    const labels = records.map(({ offset, value }) => ({ offset, label: decodeLabel(value) }));
    const unknown = labels.filter(({ offset }) => offset >= joinedTo);
    await partition.fetchHistories(unknown.map(({ label }) => label.memberId));
    for (const { offset, label } of labels) refold(partition, label, offset, { foldedTo, joinedTo });
  });
  partition.labelsOffset = end;
}

/** @returns per `stored`, the offset of the first label its statistics lack */
async function restore(partition: LearnerPartition, header: CheckpointHeader): Promise<number[]> {
  const { checkpoint, join, stored, options } = partition;
  for (const topic of JOINED_TOPICS) {
    const end = (await options.log.endOffsets(topic))[partition.partition] ?? 0;
    partition.consumed[topic] = Math.min(header.consumed[topic], end);
  }
  partition.labelsOffset = header.labelsOffset;
  partition.watermarkMs = header.watermarkMs ?? -Infinity;
  join.table.horizonMs = header.horizonMs ?? -Infinity;
  join.table.floorMs = header.floorMs ?? -Infinity;
  for (const open of await checkpoint.readJoins()) join.table.restore(open);
  let current = header;
  const foldedTo: number[] = [];
  for (const [m, statistics] of stored.entries()) {
    const { key, fingerprint } = statistics;
    const kept = header.models[key];
    const matches = kept?.fingerprint === fingerprint;
    if (matches) await checkpoint.readStatistics(statistics);
    else current = await checkpoint.discardModel(current, key);
    partition.touched[m]!.restored();
    foldedTo.push(matches ? kept.foldedTo : 0);
  }
  partition.otherModels = current.models;
  return foldedTo;
}

function refold(
  partition: LearnerPartition,
  label: LabelEvent,
  offset: number,
  { foldedTo, joinedTo }: { readonly foldedTo: readonly number[]; readonly joinedTo: number },
): void {
  const { models, options, examination } = partition;
  const lacking = models.filter((_model, m) => offset >= foldedTo[m]!);
  const folded = foldLabel(lacking, options.context, label, partition.xs);
  if (folded.kind === 'folded') {
    // Rows and columns are kept side by side: they have folded the same labels.
    if (offset >= foldedTo[models.length]!) foldExamination(examination, label);
    if (offset >= joinedTo) partition.histories.learn(label, folded.revision);
  }
  if (offset >= joinedTo) partition.join.restoreLabel(label);
}
