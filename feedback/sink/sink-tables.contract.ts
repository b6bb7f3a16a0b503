import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Analytics } from '../analytics/analytics.js';
import { chdbAnalytics } from '../analytics/chdb/chdb.js';
import type { EventLog } from '../event-log/event-log.js';
import { NOON_MS, oneTitle } from './sample-events.contract.js';
import { startSink, type Sink, type SinkOptions } from './sink.js';

/** Real tables in a folder of their own, and what the sink's tests ask of them. */
export interface SinkTables {
  readonly analytics: Analytics;
  start(log: EventLog, group: string, change?: Partial<SinkOptions>): Promise<Sink>;
  /** The real analytics, except that inserts fail while `isDown`. */
  unreliable(isDown: () => boolean): Analytics;
  /** deduplicated rows of the requests whose id starts like this (of dead letters: the topic) */
  countOf(table: string, requests: string): Promise<number>;
  countsOf(requests: string): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export async function openSinkTables(): Promise<SinkTables> {
  const folder = await mkdtemp(join(tmpdir(), 'sink-'));
  const analytics = await chdbAnalytics({ path: join(folder, 'tables') });
  const countOf = async (table: string, requests: string): Promise<number> => {
    const column = table === 'dead_letters' ? 'topic' : 'request_id';
    const sql = `SELECT count() AS n FROM marquee.${table} FINAL WHERE startsWith(${column}, {requests:String})`;
    const [row] = await analytics.query<{ n: number }>(sql, { requests });
    return row!.n;
  };
  return {
    analytics,
    start(log, group, change = {}) {
      const options = {
        log,
        analytics,
        revisions: oneTitle,
        clock: manualClock(NOON_MS),
        group,
        maxBatchAgeMs: 5,
      };
      return startSink({ ...options, minRetryDelayMs: 1, maxRetryDelayMs: 10, ...change });
    },
    unreliable: (isDown) => ({
      ...analytics,
      insert(table, rows) {
        if (isDown()) return Promise.reject(new AppError('analytics/unavailable', 'down for the test'));
        return analytics.insert(table, rows);
      },
    }),
    countOf,
    async countsOf(requests) {
      const counts: Record<string, number> = {};
      for (const table of ['decisions', 'impressions', 'plays', 'outcomes', 'dead_letters']) {
        counts[table] = await countOf(table, requests);
      }
      return counts;
    },
    async close() {
      await analytics.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
