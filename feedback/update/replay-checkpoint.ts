import type { ContextSchema } from '../../features/context-vector.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { JoinSettings } from '../join/join-outcome.js';
import { headerOf, PartitionCheckpoint, storedExamination, storedModel } from './checkpoint.js';
import { emptyExamination } from './examination-fold.js';
import { emptyStatistics } from './label-fold.js';
import type { ModelSpec } from './model-spec.js';
import type { ReplayedPartition } from './replay-labels.js';
import { hashStatistics } from './statistics-hash.js';

/** What a checkpoint says of one partition: up to where it has folded the labels, and the hash of what came of it. */
export type CheckpointStatistics =
  | { readonly kind: 'found'; readonly labelsOffset: number; readonly hash: string }
  | { readonly kind: 'none' }
  /** it is of other models or other settings: nothing to compare */
  | { readonly kind: 'different-models'; readonly message: string };

export interface CheckpointPlace {
  readonly store: KeyValueStore;
  readonly models: readonly ModelSpec[];
  readonly schema: ContextSchema;
  readonly examinationHalfLifeMs?: number;
}

/** Everything of a learner's checkpoint stands below this. */
export const CHECKPOINT_PREFIX = 'learner/';

/** Hashes the statistics of a partition as its checkpoint has them. Writes nothing. @throws AppError `checkpoint/corrupt` */
export async function hashCheckpoint(
  { store, models, schema, examinationHalfLifeMs }: CheckpointPlace,
  partition: number,
): Promise<CheckpointStatistics> {
  const checkpoint = new PartitionCheckpoint(store, partition, schema.hash);
  const header = await checkpoint.peekHeader();
  if (header === undefined) return { kind: 'none' };
  const statistics = models.map(emptyStatistics);
  const examination = emptyExamination(examinationHalfLifeMs);
  const all = [
    ...statistics.map((model) => storedModel(model, schema.hash)),
    ...storedExamination(examination),
  ];
  for (const stored of all) {
    const kept = header.models[stored.key];
    if (kept === undefined) return different(`it has no ${stored.key}`);
    if (kept.fingerprint !== stored.fingerprint)
      return different(`its ${stored.key} is ${kept.fingerprint}; expected ${stored.fingerprint}`);
    if (kept.foldedTo !== header.labelsOffset)
      return different(`its ${stored.key} has folded up to ${kept.foldedTo}, not ${header.labelsOffset}`);
    await checkpoint.readStatistics(stored);
  }
  const hash = hashStatistics([{ partition, models: statistics, examination }]);
  return { kind: 'found', labelsOffset: header.labelsOffset, hash };
}

function different(message: string): CheckpointStatistics {
  return { kind: 'different-models', message };
}

/**
 * Puts replayed statistics of a partition in the place of those that its checkpoint has; everything else there stays: what was consumed, open joins, members'
 * histories, statistics of models that were not replayed. Without a checkpoint it makes one that knows of nothing else: a learner then reads the labels for what they
 * say of joins, and joins what the log still has.
 */
export async function writeStatistics(
  { store, schema, join }: Pick<CheckpointPlace, 'store' | 'schema'> & { readonly join: JoinSettings },
  replayed: ReplayedPartition,
  nowMs: number,
): Promise<void> {
  const checkpoint = new PartitionCheckpoint(store, replayed.partition, schema.hash);
  const header = (await checkpoint.readHeader(join, nowMs)) ?? NOTHING_JOINED;
  const stored = [
    ...replayed.models.map((model) => storedModel(model, schema.hash)),
    ...storedExamination(replayed.examination),
  ];
  const { endOffset: foldedTo, fence } = replayed;
  const models = stored.map(({ key, fingerprint }) => [key, { foldedTo, fingerprint, fence }] as const);
  await checkpoint.replaceStatistics(
    { ...header, models: { ...header.models, ...Object.fromEntries(models) } },
    stored,
  );
}

const NOTHING_JOINED = headerOf({
  consumed: { decisions: 0, impressions: 0, plays: 0 },
  labelsOffset: 0,
  joins: { openJoins: 0, openSlots: 0, heldEvents: 0, filings: 0 },
  watermarks: { decisions: null, impressions: null, plays: null },
  horizonMs: null,
  floorMs: null,
  models: {},
});
