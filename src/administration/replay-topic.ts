import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import { DEFAULT_JOIN_SETTINGS, type JoinSettings } from '../../feedback/join/join-outcome.js';
import {
  hashCheckpoint,
  writeStatistics,
  type CheckpointPlace,
  type CheckpointStatistics,
} from '../../feedback/update/replay-checkpoint.js';
import {
  replayLabels,
  type ReplayedLabels,
  type ReplayedPartition,
  type ReplayStart,
} from '../../feedback/update/replay-labels.js';
import { openEventLogToRead, openStoreToRead } from '../adapters.js';
import { closeEach } from '../close-each.js';
import type { Config } from '../config.js';
import { modelSpecs } from '../model-specs.js';
import { openLiveCheckpoint, type LiveCheckpoint } from './live-checkpoint.js';
import { openReplayTarget } from './replay-target.js';

const DAY_MS = 86_400_000;

export interface ReplayTopicOptions {
  readonly start: ReplayStart;
  /** a data directory to leave a checkpoint in */
  readonly into?: string | undefined;
  /** whatever checkpoint is there */
  readonly replace: boolean;
}

export interface ReplayedTopic extends ReplayedLabels {
  /** of each partition, in the order of `partitions` */
  readonly comparisons: readonly Comparison[];
  readonly seconds: number;
}

/** A partition's checkpoint beside the replay of the labels that it had folded. */
export type Comparison =
  | { readonly kind: 'same' | 'different'; readonly labelsOffset: number }
  | { readonly kind: 'not-compared'; readonly message: string };

/** Rebuilds the statistics from the label log and compares them with the checkpoint's. Writes nothing unless `into` says where. */
export async function replayTopic(
  config: Config,
  options: ReplayTopicOptions,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
): Promise<ReplayedTopic> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const startedAtMs = clock.nowMs();
    const log = await openEventLogToRead(config, logger);
    closers.push(() => log.close());
    const live = await openLiveCheckpoint(config);
    closers.push(() => live.close());
    const target =
      options.into === undefined ? undefined : await openReplayTarget(config, live, options.into, options);
    if (target) closers.push(() => target.close());
    // What labels name was stored before they were written: the end first, then the catalogue.
    const endOffsets = await log.endOffsets('labels');
    const store = openStoreToRead(config, logger);
    closers.push(() => store.close());
    const schema = contextSchema(config.features.themes);
    const revisions = await Catalogue.open(schema, store, config.catalogue);

    const fold = { models: modelSpecs(config, schema.dimension), schema, ...examination(config) };
    const checkpoints = await hashAll(live, options.start, endOffsets.length, fold);
    const replayed = await replayLabels(
      log,
      fold.models,
      { schema, revisions },
      { start: options.start, endOffsets, ...examination(config), ...readOnce(checkpoints) },
    );
    await target?.write(async (into) => {
      const to = { store: into, schema, join: joinSettings(config) };
      for (const partition of replayed.partitions) await writeStatistics(to, partition, clock.nowMs());
    });
    return {
      ...replayed,
      comparisons: replayed.partitions.map((one, p) => compare(one, checkpoints[p]!)),
      seconds: (clock.nowMs() - startedAtMs) / 1000,
    };
  } finally {
    await closeEach(closers.reverse());
  }
}

function examination({ learn }: Config): { readonly examinationHalfLifeMs: number } {
  return { examinationHalfLifeMs: learn.halfLifeDays * DAY_MS };
}

/** As the learner's, as far as a checkpoint of an older format needs them. */
function joinSettings({ reward }: Config): JoinSettings {
  return { ...DEFAULT_JOIN_SETTINGS, attributionWindowMs: reward.attributionWindowMs };
}

/** A group of its own: one that another replay is in would give each a part of what both have to read. */
function readOnce(checkpoints: readonly Known[]) {
  return {
    group: `replay-topic-${randomBytes(9).toString('base64url')}`,
    hashAt(partition: number): number | undefined {
      const known = checkpoints[partition];
      return known?.kind === 'found' ? known.labelsOffset : undefined;
    },
  };
}

type Known = CheckpointStatistics | { readonly kind: 'unknown'; readonly message: string };

async function hashAll(
  live: LiveCheckpoint,
  start: ReplayStart,
  partitions: number,
  fold: Omit<CheckpointPlace, 'store'>,
): Promise<Known[]> {
  const known: Known[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    if (live.kind !== 'open') known.push({ kind: 'unknown', message: live.message });
    else if (start.kind !== 'earliest')
      known.push({ kind: 'unknown', message: 'only a replay of everything compares' });
    else known.push(await hashCheckpoint({ store: live.store, ...fold }, partition));
  }
  return known;
}

function compare(replayed: ReplayedPartition, known: Known): Comparison {
  const no = (message: string): Comparison => ({ kind: 'not-compared', message });
  switch (known.kind) {
    case 'none':
      return no('the checkpoint has nothing of it');
    case 'unknown':
    case 'different-models':
      return no(known.message);
    case 'found': {
      const { labelsOffset, hash } = known;
      const { hashThen, firstOffset = 0, endOffset } = replayed;
      if (hashThen === hash) return { kind: 'same', labelsOffset };
      if (hashThen === undefined)
        return no(`the checkpoint is of another log: it has ${labelsOffset} labels, the log ${endOffset}`);
      if (firstOffset > 0)
        return no(`the log has dropped labels 0 to ${firstOffset - 1}: the checkpoint knows more`);
      return { kind: 'different', labelsOffset };
    }
  }
}
