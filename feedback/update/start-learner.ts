import { randomBytes } from 'node:crypto';
import { AppError, shown } from '../../core/errors.js';
import { systemTimers } from '../../core/timers.js';
import { rewardExpression } from '../join/reward-expression.js';
import {
  DEFAULT_LEARNER_SETTINGS,
  type Learner,
  type LearnerOptions,
  type LearnerSettings,
} from './learner-options.js';
import { LearnerPartition } from './learner-partition.js';
import { checkModelSpecs } from './model-spec.js';
import { RunningLearner } from './running-learner.js';
import { SnapshotVersions } from './snapshot-versions.js';

/**
 * Learns from the log: joins decisions with what happened next, writes what it found to `labels`, folds it into the models' statistics, publishes
 * snapshots and keeps a checkpoint. Every acknowledged event is counted exactly once, through a crash at any point.
 *
 * Resolves when it has recovered and published every model as it was left, before it has caught up with the log.
 *
 * @throws AppError `config/bad-value` | `reward/bad-expression` | `checkpoint/corrupt`
 */
export async function startLearner(options: LearnerOptions): Promise<Learner> {
  const settings = { ...DEFAULT_LEARNER_SETTINGS, ...options.settings };
  checkSettings(settings);
  checkModelSpecs(options.models);
  checkPartitions(options);
  const owner = options.owner ?? randomBytes(12).toString('base64url');
  const partitionOf = partitionMaker(options, settings, owner);
  const learner = new RunningLearner(
    options,
    settings,
    partitionOf,
    await SnapshotVersions.open(options.store),
    owner,
  );
  await learner.start();
  return learner;
}

/** Makes a partition that knows nothing yet. */
function partitionMaker(
  options: LearnerOptions,
  settings: LearnerSettings,
  owner: string,
): (partition: number) => LearnerPartition {
  const { log, store, models, schema, revisions, group = 'learner', timers = systemTimers } = options;
  const reward = rewardExpression(options.reward);
  return (partition) =>
    new LearnerPartition(partition, {
      log,
      store,
      clock: options.clock,
      timers,
      context: { schema, revisions },
      models,
      reward,
      join: settings,
      maxMemberHistories: settings.maxMemberHistories,
      examinationHalfLifeMs: options.examination?.halfLifeMs,
      owner,
      // Of this learner alone: in one that another is in too, each would get a part of what both have to read.
      recoveryGroup: `${group}-recovery-${owner}-${partition}`,
    });
}

function checkPartitions({ log, partitions = [] }: LearnerOptions): void {
  for (const partition of partitions) {
    if (!(Number.isInteger(partition) && partition >= 0 && partition < log.partitions))
      throw new AppError('config/bad-value', `partition ${partition}; expected 0 to ${log.partitions - 1}`);
  }
}

function checkSettings(settings: LearnerSettings): void {
  for (const [name, value] of Object.entries(settings) as [string, number][]) {
    const isCount = !name.endsWith('Ms');
    if (!(value > 0 && value < Infinity) || (isCount && !Number.isInteger(value))) {
      throw new AppError(
        'config/bad-value',
        `${name} is ${shown(value)}; expected a ${isCount ? 'whole number' : 'number'} > 0`,
      );
    }
  }
}
