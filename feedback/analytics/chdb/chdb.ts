import type { Analytics } from '../analytics.js';
import { decodeRows, insertStatements } from '../json-rows.js';
import { openLanes } from '../lanes.js';
import { checkedLimits, type Range } from '../limits.js';
import { schemaKeeper } from '../schema-keeper.js';
import { checkRetention, type RetentionDays } from '../retention.js';
import { superviseEngine } from './engine-supervisor.js';

/** Each has a default; ranges are checked. */
export interface ChdbOptions {
  /** directory of the engine's files, made if missing; one process at a time owns it */
  readonly path: string;
  /** takes what the engine process prints and what happens to it; default: dropped */
  readonly onLog?: (line: string) => void;
  /** the engine gives a query up after this long (whole seconds, rounded up), default 30,000 */
  readonly queryTimeoutMs?: number;
  /** an insert or a schema change that takes longer ends and restarts the engine, default 120,000 */
  readonly writeTimeoutMs?: number;
  /** queries that run at once, each in its own session, default 2. Queries with parameters run one at a time all the same (chdb 3.4). */
  readonly maxConcurrentQueries?: number;
  /** queries, and separately inserts, that may wait for their turn; one more is refused, default 64 */
  readonly maxWaitingCalls?: number;
  /** processor threads of one query, default 2 */
  readonly threads?: number;
  /** what the engine may hold in all, default 1 GiB; beyond it the query fails, not the process */
  readonly memoryLimitBytes?: number;
  /** default 1,000,000; a longer result is an error, never cut */
  readonly maxResultRows?: number;
  /** default 256 MiB */
  readonly maxResultBytes?: number;
  /** most rows of one INSERT statement, default 50,000; a longer batch becomes several */
  readonly maxInsertRows?: number;
  /** how long to wait for a former owner to let go of the path, default 20,000 */
  readonly openTimeoutMs?: number;
  /** how long `close`, and the engine when its parent vanishes, wait for running calls, default 10,000 */
  readonly closeTimeoutMs?: number;
  readonly minRestartDelayMs?: number;
  readonly maxRestartDelayMs?: number;
  /** 0 … 19, default 5: on a contended processor serving comes first, three to one */
  readonly niceness?: number;
  /** environment of the engine process beside UV_THREADPOOL_SIZE and TZ, default none (LD_LIBRARY_PATH on unusual systems) */
  readonly environment?: Readonly<Record<string, string>>;
  /** default: the migrations this release ships with */
  readonly migrations?: URL;
  /** what `migrate` sets the tables' TTLs to; default: they are left as they are, at first none */
  readonly retentionDays?: RetentionDays;
}

const DEFAULTS = {
  queryTimeoutMs: 30_000,
  writeTimeoutMs: 120_000,
  maxConcurrentQueries: 2,
  maxWaitingCalls: 64,
  threads: 2,
  memoryLimitBytes: 1 << 30,
  maxResultRows: 1_000_000,
  maxResultBytes: 256 << 20,
  maxInsertRows: 50_000,
  openTimeoutMs: 20_000,
  closeTimeoutMs: 10_000,
  minRestartDelayMs: 250,
  maxRestartDelayMs: 10_000,
  niceness: 5,
} as const;

const RANGES: Partial<Record<keyof typeof DEFAULTS, Range>> = {
  maxConcurrentQueries: [1, 32],
  maxWaitingCalls: [0, 100_000],
  threads: [1, 256],
  memoryLimitBytes: [256 << 20, Number.MAX_SAFE_INTEGER],
  niceness: [0, 19],
};

/** beyond its own limit the engine gets this long to say that the query was given up */
const QUERY_GRACE_MS = 10_000;

/** The analytics port, and what only the embedded engine has. */
export interface ChdbAnalytics extends Analytics {
  /** of the engine process, undefined while it is being restarted: for metrics and for tests that kill it */
  enginePid(): number | undefined;
}

/**
 * Embedded ClickHouse (chDB) in a process of its own, which this one starts, watches and restarts. Acknowledged rows survive a
 * kill -9 of either process. While the engine is down every call rejects at once with `analytics/unavailable`.
 *
 * @throws AppError `config/bad-value` | `analytics/unavailable` (the path is in use, or cannot be opened)
 */
export async function chdbAnalytics(options: ChdbOptions): Promise<ChdbAnalytics> {
  const limits = checkedLimits('chDB', DEFAULTS, RANGES, options);
  // Before the engine is started: nobody would be there to end it.
  checkRetention(options.retentionDays ?? {});
  const engine = await superviseEngine({
    settings: {
      ...limits,
      path: options.path,
      readers: limits.maxConcurrentQueries,
      drainTimeoutMs: limits.closeTimeoutMs,
    },
    // The pool serves one blocking call per session, files besides.
    threadPoolSize: Math.max(8, limits.maxConcurrentQueries + 4),
    environment: options.environment ?? {},
    onLog: options.onLog ?? (() => undefined),
    minRestartDelayMs: limits.minRestartDelayMs,
    maxRestartDelayMs: limits.maxRestartDelayMs,
  });
  const readers = openLanes('query', limits.maxConcurrentQueries, limits.maxWaitingCalls);
  // chdb binds parameters for the whole process, so it runs such queries one by one; queued here, the wait is not counted as theirs.
  const bound = openLanes('query with parameters', 1, limits.maxWaitingCalls);
  const writers = openLanes('insert', 1, limits.maxWaitingCalls);

  const query = async <Row>(
    sql: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<Row[]> => {
    const timeoutMs = limits.queryTimeoutMs + QUERY_GRACE_MS;
    const run = (): Promise<string> =>
      readers.run((reader) => engine.call({ kind: 'query', reader, sql, parameters }, timeoutMs));
    return decodeRows<Row>(await (Object.keys(parameters).length > 0 ? bound.run(run) : run()));
  };
  const command = async (sql: string): Promise<void> => {
    await writers.run(() => engine.call({ kind: 'command', sql }, limits.writeTimeoutMs));
  };
  const insert: Analytics['insert'] = async (into, rows) => {
    for await (const { lines, ...statement } of insertStatements(into, rows, limits.maxInsertRows)) {
      const bytes = lines.length === 1 ? lines[0]! : Buffer.concat(lines);
      await writers.run(() =>
        engine.call({ kind: 'insert', ...statement, rows: bytes }, limits.writeTimeoutMs),
      );
    }
  };
  const kept = schemaKeeper({ command, query }, options);

  return {
    insert,
    query,
    ...kept,
    enginePid: () => engine.pid(),
    async close() {
      await Promise.all([bound.close(), readers.close(), writers.close()]);
      await engine.close(limits.closeTimeoutMs);
    },
  };
}
