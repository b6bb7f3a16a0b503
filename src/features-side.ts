import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.js';
import type { Timers } from '../core/timers.js';
import { CATALOGUE_CHANNEL, keepFollowing } from '../features/catalogue-following.js';
import { Catalogue } from '../features/catalogue.js';
import type { ContextSchema } from '../features/context-vector.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import { MemberStore } from '../features/member-store.js';
import type { Config } from './config-schema.js';
import { frequencyCapOf } from './frequency-caps.js';
import type { SharedStore } from './learning-side.js';
import type { Metrics } from './metrics.js';

export interface FeaturesDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly schema: ContextSchema;
  readonly store: KeyValueStore;
  /** undefined: the store is this process's alone */
  readonly shared: SharedStore | undefined;
}

export interface FeaturesSide {
  readonly catalogue: Catalogue;
  readonly members: MemberStore;
  close(): Promise<void>;
}

/** What can be shown, and to whom: this process's own, or kept up to date with what others write. */
export async function featuresSide(deps: FeaturesDeps): Promise<FeaturesSide> {
  const { config, clock, timers, logger, metrics, schema, store, shared } = deps;
  const { memberPriorStrength, memberCacheEntries, memberCacheMs } = config.features;
  const frequencyCap = frequencyCapOf(config);
  const members = new MemberStore(schema, store, {
    priorStrength: memberPriorStrength,
    cacheEntries: memberCacheEntries,
    ...(shared && { expiry: { afterMs: memberCacheMs, clock } }),
    ...(frequencyCap && { frequencyCap }),
  });
  if (!shared) {
    const catalogue = await Catalogue.open(schema, store, config.catalogue);
    return { catalogue, members, close: () => Promise.resolve() };
  }
  const { announcements } = shared;
  const catalogue = await Catalogue.open(schema, store, config.catalogue, {
    isShared: true,
    newOrigin: () => randomBytes(9).toString('base64url'),
    onWritten: () => announcements.announce(CATALOGUE_CHANNEL, new Uint8Array()),
    onReloaded: (reason) => logger.error({ reason }, 'the catalogue was read anew'),
  });
  const following = keepFollowing(catalogue, {
    ...{ timers, announcements },
    onFault(error) {
      metrics.followFaults.inc({ what: 'catalogue' });
      logger.warn({ err: error }, 'the catalogue could not be followed: it is tried again');
    },
  });
  return { catalogue, members, close: () => following.close() };
}
