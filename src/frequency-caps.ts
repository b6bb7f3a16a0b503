import type { Logger } from 'pino';
import type { Catalogue } from '../features/catalogue.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import type { MemberStore } from '../features/member-store.js';
import type { FrequencyCap } from '../features/shown-artworks.js';
import { ShownStore } from '../features/shown-store.js';
import type { EventLog } from '../feedback/event-log/event-log.js';
import { startShownKeeper } from '../feedback/shown/shown-keeper.js';
import type { Config } from './config-schema.js';
import type { Metrics } from './metrics.js';

const HOUR_MS = 3_600_000;

/** undefined: there is none */
export function frequencyCapOf({ page }: Config): FrequencyCap | undefined {
  const { impressions, windowHours } = page.frequencyCap;
  return impressions === 0 ? undefined : { impressions, windowMs: windowHours * HOUR_MS };
}

export interface FrequencyCapDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly log: EventLog;
  readonly store: KeyValueStore;
  readonly catalogue: Catalogue;
  readonly members: MemberStore;
}

/** Where this process learns and there is a cap: what members were shown is kept up to date from now on. */
export async function keepFrequencyCaps(deps: FrequencyCapDeps): Promise<{ close(): Promise<void> }> {
  const { config, logger, metrics, log, store, catalogue, members } = deps;
  const cap = frequencyCapOf(config);
  if (cap === undefined || !config.roles.includes('learn')) return { close: () => Promise.resolve() };
  const shown = new ShownStore({
    ...{ store, cap },
    onShown: (memberId, history) => {
      members.takeShown(memberId, history);
    },
  });
  const keeper = await startShownKeeper({
    ...{ log, shown, revisions: catalogue },
    onFault(error) {
      metrics.followFaults.inc({ what: 'shown' });
      logger.warn({ err: error }, 'what members were shown could not be kept: it is tried again');
    },
  });
  keeper.stopped.catch((error: unknown) =>
    logger.fatal({ err: error }, 'what members are shown is not kept any more: frequency caps do not see it'),
  );
  return keeper;
}
