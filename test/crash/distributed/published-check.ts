import { strict as assert } from 'node:assert';
import { systemTimers } from '../../../core/timers.js';
import { contextSchema } from '../../../features/context-vector.js';
import { redisKeyValue } from '../../../features/key-value/redis/index.js';
import { emptyStatistics } from '../../../feedback/update/label-fold.js';
import { SharedStatistics } from '../../../feedback/update/partials/shared-statistics.js';
import type { Config } from '../../../src/config.js';
import { modelSpecs } from '../../../src/model-specs.js';
import { modelKeys } from '../../../src/pipeline/models.js';
import { CANVAS } from '../../../src/service/home.js';
import { followCounts } from '../../support/served-counts.js';
import { replayContent } from '../fold-check.js';
import type { LogContent } from '../log-content.js';

const DAY_MS = 86_400_000;

/**
 * One model of what several learners know: what each left in Redis, added up as the publisher does, has the bits of a replay of all labels; and the model that
 * processes serve from there has its counts.
 *
 * @throws AssertionError
 */
export async function checkPublished(config: Config, content: LogContent, redisUrl: string): Promise<void> {
  const schema = contextSchema(config.features.themes);
  const models = modelSpecs(config, schema.dimension);
  const replayed = await replayContent(config, content);
  const { namespace, commandTimeoutMs, maxRetries, maxReconnectDelayMs } = config.store.redis;
  const connection = { namespace, commandTimeoutMs, maxRetries, maxReconnectDelayMs };
  const store = redisKeyValue({ urls: [redisUrl], ...connection });
  const served = await followCounts(redisUrl, config.features.themes);
  try {
    const statistics = new SharedStatistics({
      ...{ store, models, schemaHash: schema.hash, timers: systemTimers },
      partitions: config.eventLog.partitions,
      owned: { find: () => undefined },
      examinationHalfLifeMs: config.learn.halfLifeDays * DAY_MS,
      flush: () => Promise.resolve(),
      rowCacheBytes: 1 << 20,
    });
    await statistics.refresh();
    for (const [m, spec] of models.entries()) {
      const { arms } = emptyStatistics(spec);
      for (const partition of replayed.partitions) arms.merge(partition.models[m]!.arms);
      assert.ok(statistics.merged(m).equals(arms), `${spec.key}: Redis differs from a replay of all labels`);
      if (spec.key !== modelKeys.unpersonalised(CANVAS)) continue;
      for (let row = 0; row < arms.rows; row++) {
        const counts = { trials: arms.trials(row), rewardSum: arms.rewardSum(row) };
        assert.deepEqual(served.of(row), counts, `row ${row} of ${spec.key} as it is served`);
      }
    }
  } finally {
    await served.close();
    await store.close();
  }
}
