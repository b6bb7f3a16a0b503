import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Timers } from '../core/timers.js';
import type { Catalogue } from '../features/catalogue.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import type { EventLog } from '../feedback/event-log/event-log.js';
import { startSink, type Sink } from '../feedback/sink/sink.js';
import type { Config } from './config-schema.js';
import type { Metrics } from './metrics.js';
import { observeSink } from './observed.js';

export interface AnalyticsDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly log: EventLog;
  readonly catalogue: Catalogue;
  /** opens what the tables are in */
  readonly openAnalytics: () => Promise<Analytics>;
}

/** The tables, and what fills them. */
export interface AnalyticsSide {
  /** undefined: no role of this process needs tables */
  readonly analytics: Analytics | undefined;
  readonly sink: Sink | undefined;
  /** `analytics` until the server of the tables has answered for the first time */
  waitingFor(): readonly string[];
  close(): Promise<void>;
}

/** Between two looks whether a server that was away at the start is there. */
const LOOK_INTERVAL_MS = 1_000;

/** A server of tables that is away is waited for in the background: the log keeps what comes meanwhile. An embedded engine that fails is this process's own failure. */
export async function analyticsSide(deps: AnalyticsDeps): Promise<AnalyticsSide> {
  const { roles } = deps.config;
  if (!roles.includes('sink') && !roles.includes('dashboards')) {
    return { analytics: undefined, sink: undefined, waitingFor: () => [], close: () => Promise.resolve() };
  }
  const analytics = await deps.openAnalytics();
  try {
    const tables = await migrateOrWait(deps, analytics);
    const sink = roles.includes('sink') ? await fill(deps, analytics) : undefined;
    return {
      ...{ analytics, sink },
      waitingFor: () => (tables.areThere() ? [] : ['analytics']),
      async close() {
        tables.stop();
        await sink?.close();
        await analytics.close();
      },
    };
  } catch (error) {
    await analytics.close();
    throw error;
  }
}

interface AwaitedTables {
  areThere(): boolean;
  stop(): void;
}

async function migrateOrWait(
  { config, timers, logger }: AnalyticsDeps,
  analytics: Analytics,
): Promise<AwaitedTables> {
  let areThere = false;
  const look = async (): Promise<void> => {
    await analytics.migrate();
    areThere = true;
  };
  try {
    await look();
    return { areThere: () => true, stop: () => undefined };
  } catch (error) {
    if (config.analytics.adapter !== 'clickhouse' || !isAway(error)) throw error;
    logger.warn({ err: error }, 'the analytics are away: they are waited for');
  }
  const looking = timers.every(LOOK_INTERVAL_MS, async () => {
    try {
      await look();
      looking.stop();
      logger.info('the analytics are there');
    } catch (error) {
      // What is more than away does not pass by itself, and the reason changes when it does.
      if (!isAway(error)) logger.error({ err: error }, 'the tables of the analytics could not be made');
    }
  });
  return {
    areThere: () => areThere,
    stop() {
      looking.stop();
    },
  };
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'analytics/unavailable';
}

async function fill(
  { config, clock, logger, metrics, log, catalogue }: AnalyticsDeps,
  analytics: Analytics,
): Promise<Sink> {
  const sink = await startSink({
    ...{ log, analytics, revisions: catalogue, clock },
    ...config.sink,
    // The embedded engine ends with its disk; a server can be away for longer than memory lasts.
    ...(config.analytics.adapter === 'clickhouse' && {
      spoolDirectory: join(config.data.directory, 'spool'),
    }),
    onLog: (line) => logger.warn(line),
  });
  sink.stopped.catch((error: unknown) => logger.fatal({ err: error }, 'the sink has stopped'));
  observeSink(metrics, sink);
  return sink;
}
