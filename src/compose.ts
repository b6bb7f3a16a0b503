import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../core/clock.js';
import { asId, type RequestId } from '../core/ids.js';
import { systemTimers, type Timers } from '../core/timers.js';
import type { Catalogue } from '../features/catalogue.js';
import { contextSchema } from '../features/context-vector.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import type { MemberStore } from '../features/member-store.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import type { EventLog } from '../feedback/event-log/event-log.js';
import type { Learner } from '../feedback/update/learner-options.js';
import {
  openAnalytics,
  openAnnouncements,
  openBases,
  openEventLog,
  openLearnerStore,
  openStore,
  ownData,
} from './adapters.js';
import { checkProcess, configWarnings, hasSharedStore } from './config-checks.js';
import { analyticsSide } from './analytics-side.js';
import type { Config } from './config.js';
import { featuresSide } from './features-side.js';
import { keepFrequencyCaps } from './frequency-caps.js';
import { learningSide, type SharedStore } from './learning-side.js';
import { createMetrics, type Metrics } from './metrics.js';
import { modelSpecs, servedPolicies } from './model-specs.js';
import { Models } from './pipeline/models.js';
import { startPersonalizer } from './personalizer/start-personalizer.js';
import { loadSecrets } from './secrets.js';
import { buildHttp } from './http-surface.js';
import { servingSide, type ServingSide } from './serving-side.js';
import { closeServer, listen } from './listening.js';
import { closeEach } from './close-each.js';

export interface Environment {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** default: 128 random bits, base64url */
  readonly newRequestId?: () => RequestId;
}

/** One composed process. */
export interface Marquee extends ServingSide {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly members: MemberStore;
  readonly metrics: Metrics;
  readonly server: Server;
  /** @returns the port it listens on */
  listen(): Promise<number>;
  /** Resolves when everything in the log is learned and, with `analytics`, visible to queries. */
  drained(options?: { readonly analytics?: boolean }): Promise<void>;
  learner: Learner | undefined;
  analytics: Analytics | undefined;
  /** Stops taking requests, lets those in flight finish, drains and closes everything. Idempotent. */
  close(): Promise<void>;
}

/** The composition root: puts the parts together. Which adapters they stand on is src/adapters.ts' to say. */
export async function compose(config: Config, environment: Environment): Promise<Marquee> {
  const { logger, clock = systemClock, timers = systemTimers } = environment;
  checkProcess(config);
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = (): Promise<void> => closeEach(closers.splice(0).reverse());
  for (const line of configWarnings(config)) logger.warn(line);
  try {
    const schema = contextSchema(config.features.themes);
    const { log, store, shared } = await openAll(config, clock, logger, closers);
    const metrics = createMetrics();
    const base = { config, clock, timers, logger, metrics };
    const specs = modelSpecs(config, schema.dimension);
    const models = new Models(servedPolicies(specs, schema.dimension), schema.hash);

    const { catalogue, members, ...features } = await featuresSide({ ...base, schema, store, shared });
    closers.push(() => features.close());
    const secrets = loadSecrets(config);
    const serving = servingSide({
      ...{ ...base, schema, catalogue, members, models, log, secrets },
      newRequestId:
        environment.newRequestId ?? (() => asId<RequestId>(randomBytes(16).toString('base64url'))),
      patience: (ms) => wait(ms, undefined, { ref: false }),
    });

    let own: KeyValueStore | undefined;
    const learnerStore = (): KeyValueStore => {
      if (own === undefined) {
        const opened = (own = openLearnerStore(config));
        closers.push(() => opened.close());
      }
      return own;
    };
    const { learner, ...learning } = await learningSide({
      ...{ ...base, log, schema, specs, catalogue, members, models, learnerStore, shared },
    });
    closers.push(() => learning.close());
    const caps = await keepFrequencyCaps({ ...base, log, store, catalogue, members });
    closers.push(() => caps.close());

    const personalizer = config.personalizer.enabled
      ? await startPersonalizer({
          ...{ config, log, clock, timers, store: learnerStore() },
          ...{ drawSecret: secrets.drawKey, modelKey: secrets.tokenKey },
          onFault: (error) => logger.fatal({ err: error }, 'the Personalizer loop has failed'),
          onEvaluationFault: (error) => logger.error({ err: error }, 'an offline evaluation has failed'),
        })
      : undefined;
    if (personalizer) closers.push(() => personalizer.close());

    const { analytics, sink, ...tables } = await analyticsSide({
      ...{ ...base, log, catalogue, openAnalytics: () => openAnalytics(config, logger) },
    });
    closers.push(() => tables.close());

    const server = buildHttp({
      ...base,
      catalogue,
      members,
      models,
      serving,
      learner,
      sink,
      analytics,
      waitingFor: () => tables.waitingFor(),
      personalizer,
    });
    closers.push(() => closeServer(server, config.server.shutdownGraceMs));
    let closing: Promise<void> | undefined;
    return {
      ...serving,
      ...{ config, catalogue, members, metrics, server, learner, analytics },
      listen: () => listen(server, config),
      async drained({ analytics: also = false } = {}) {
        await learner?.drained();
        if (also) await sink?.drained();
      },
      close: () => (closing ??= closeAll()),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Stores {
  readonly log: EventLog;
  readonly store: KeyValueStore;
  readonly shared: SharedStore | undefined;
}

async function openAll(
  config: Config,
  clock: Clock,
  logger: Logger,
  closers: (() => Promise<unknown>)[],
): Promise<Stores> {
  const owned = await ownData(config);
  if (owned) closers.push(() => owned.release());
  const log = await openEventLog(config, clock, logger);
  closers.push(() => log.close());
  const store = openStore(config, logger);
  closers.push(() => store.close());
  if (!hasSharedStore(config)) return { log, store, shared: undefined };
  const announcements = openAnnouncements(config, logger);
  closers.push(() => announcements.close());
  return { log, store, shared: { store, announcements, bases: openBases(config, store) } };
}
