import { bestUnpersonalised } from '../../bandit/index.js';
import { CountModel } from '../../bandit/policies/count-model.js';
import { steadyClock } from '../../core/clock.js';
import { systemTimers } from '../../core/timers.js';
import { redisAnnouncements } from '../../features/announcements/redis/index.js';
import { contextSchema } from '../../features/context-vector.js';
import { redisKeyValue } from '../../features/key-value/redis/index.js';
import { followSnapshots } from '../../feedback/snapshots/snapshot-follower.js';
import { loadConfig } from '../../src/config.js';
import { modelKeys } from '../../src/pipeline/models.js';
import { CANVAS } from '../../src/service/home.js';

/** More artworks than any test has. */
const ROWS = 1_000;

export interface ServedCounts {
  /** Σr over all artworks in the model that serving processes serve: everybody's plays, each counted as it was */
  rewards(): number;
  /** of one artwork */
  of(row: number): { readonly trials: number; readonly rewardSum: number };
  version(): number;
  close(): Promise<void>;
}

/**
 * Follows the unpersonalised model in Redis as a serving process does, and says what is in it.
 * @param themes the service's; default: the default settings'
 */
export async function followCounts(url: string, themes?: readonly string[]): Promise<ServedCounts> {
  const { store: settings, features } = loadConfig({ environment: {} });
  const { namespace, commandTimeoutMs, maxRetries, maxReconnectDelayMs } = settings.redis;
  const options = { urls: [url], namespace, commandTimeoutMs, maxRetries, maxReconnectDelayMs };
  const store = redisKeyValue(options);
  const announcements = redisAnnouncements(options);
  let served: { readonly model: CountModel; readonly version: number } | undefined;
  const follower = await followSnapshots({
    ...{ store, announcements, timers: systemTimers, clock: steadyClock },
    contextSchema: contextSchema(themes ?? features.themes).hash,
    policies: new Map([[modelKeys.unpersonalised(CANVAS), bestUnpersonalised()]]),
    onModel({ model, version }) {
      if (model instanceof CountModel) served = { model, version };
    },
    // What cannot be followed is not counted: the test that waits for it says so.
    onFault: () => undefined,
  });
  return {
    rewards() {
      let sum = 0;
      for (let row = 0; row < ROWS; row++) sum += served?.model.rewardSum(row) ?? 0;
      return sum;
    },
    of: (row) => ({
      trials: served?.model.trials(row) ?? 0,
      rewardSum: served?.model.rewardSum(row) ?? 0,
    }),
    version: () => served?.version ?? 0,
    async close() {
      await follower.close();
      await announcements.close();
      await store.close();
    },
  };
}
