import { strict as assert } from 'node:assert';
import { manualClock } from '../../core/clock.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { EventLog, Topic } from '../../feedback/event-log/event-log.js';
import { memoryEventLog } from '../../feedback/event-log/memory/index.js';
import type { FoldContext } from '../../feedback/update/label-fold.js';
import { replayLabels, type ReplayedLabels } from '../../feedback/update/replay-labels.js';
import { startLearner } from '../../feedback/update/start-learner.js';
import { hashStatistics } from '../../feedback/update/statistics-hash.js';
import type { Config } from '../../src/config.js';
import { modelSpecs } from '../../src/model-specs.js';
import { titles } from '../support/small-catalogue.js';
import type { LogContent, ReadTopic } from './log-content.js';
import type { Learned } from './victim-process.js';

const DAY_MS = 86_400_000;
/** Sums of the same numbers in another order. */
const TOLERANCE = 1e-9;
/** encodeRow: a header, then n, Σr, as-of, S, b as float64 */
const ROW_HEADER_BYTES = 8;

/**
 * Two oracles for the learner's statistics: the labels folded again from nothing must give the same bits; a learner in memory that takes the same events and is
 * never interrupted must count the same and sum the same within 1e-9.
 *
 * @param learned by the service's learners, which share the partitions
 */
export async function checkFolds(
  config: Config,
  content: LogContent,
  learned: readonly Learned[],
): Promise<void> {
  const context = await foldContext(config);
  const partitions = config.eventLog.partitions;
  const replayed = await replay(config, context, await logOf(partitions, content, ['labels']));
  const owned = learned.flatMap((learner) => learner.partitions).sort((a, b) => a - b);
  assert.deepEqual(owned, [...Array(partitions).keys()], 'each partition is learned by one learner');
  for (const learner of learned) {
    const own = learner.partitions.map((p) => replayed.partitions[p]!);
    assert.equal(learner.hash, hashStatistics(own), 'a learner differs from a replay of its labels');
  }
  const calm = await logOf(partitions, content, ['decisions', 'impressions', 'plays']);
  await learnUninterrupted(config, context, calm);
  compareSums(replayed, await replay(config, context, calm));
}

/** The labels folded again from nothing. */
export async function replayContent(config: Config, content: LogContent): Promise<ReplayedLabels> {
  const log = await logOf(config.eventLog.partitions, content, ['labels']);
  return replay(config, await foldContext(config), log);
}

/** The catalogue of the service, made again: the same titles in the same order get the same revisions and rows. */
async function foldContext(config: Config): Promise<FoldContext> {
  const schema = contextSchema(config.features.themes);
  const revisions = await Catalogue.open(schema, memoryKeyValue(), config.catalogue);
  await revisions.putTitles(titles);
  return { schema, revisions };
}

async function logOf(
  partitions: number,
  content: LogContent,
  topics: readonly (ReadTopic & Topic)[],
): Promise<EventLog> {
  const log = memoryEventLog({ partitions });
  for (const topic of topics) await log.append(topic, content.records[topic], 'written');
  return log;
}

function replay(config: Config, context: FoldContext, log: EventLog): Promise<ReplayedLabels> {
  return replayLabels(log, modelSpecs(config, context.schema.dimension), context, {
    examinationHalfLifeMs: config.learn.halfLifeDays * DAY_MS,
  });
}

async function learnUninterrupted(config: Config, context: FoldContext, log: EventLog): Promise<void> {
  const learner = await startLearner({
    ...{ log, ...context, store: memoryKeyValue(), clock: manualClock(0) },
    models: modelSpecs(config, context.schema.dimension),
    reward: config.reward.expression,
    onSnapshot: () => undefined,
  });
  await learner.drained();
  await learner.close();
}

/** Examination is left out: it counts neighbours that had been displayed *before*, and between topics there is no before. */
function compareSums(crashed: ReplayedLabels, calm: ReplayedLabels): void {
  assert.equal(crashed.labels > 0, true, 'nothing was learned: the comparison is empty');
  for (const [p, { models }] of crashed.partitions.entries())
    for (const [m, { spec, arms }] of models.entries()) {
      const other = calm.partitions[p]!.models[m]!.arms;
      assert.equal(arms.rows, other.rows, `rows of ${spec.key}`);
      for (let row = 0; row < arms.rows; row++) {
        assert.equal(arms.has(row), other.has(row), `row ${row} of ${spec.key}`);
        const [a, b] = [arms.encodeRow(row), other.encodeRow(row)].map(
          (bytes) => new Float64Array(bytes.slice(ROW_HEADER_BYTES).buffer),
        );
        for (const [i, sum] of a!.entries())
          if (!(Math.abs(sum - b![i]!) <= TOLERANCE * Math.max(1, Math.abs(sum))))
            assert.fail(`sum ${i} of row ${row} of ${spec.key} is ${sum}; uninterrupted it is ${b![i]}`);
      }
    }
}
