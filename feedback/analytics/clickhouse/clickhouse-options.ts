import { AppError, shown } from '../../../core/errors.js';
import { checkedLimits, type Range } from '../limits.js';
import { checkRetention, type RetentionDays } from '../retention.js';

/** Each has a default but `url`; ranges are checked. The tables are in the database `marquee`, whatever else the server holds. */
export interface ClickHouseOptions extends Partial<ClickHouseLimits> {
  /** `http://host:8123` or `https://host:8443` */
  readonly url: string;
  /** default `default`. It may read and write `marquee.*`, make that database, and change settings for its own queries (`readonly` 0). */
  readonly username?: string;
  /** default none */
  readonly password?: string;
  /** the authorities to trust (PEM), and with both of the others a client certificate; default: the system's authorities */
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** gzip, both ways: for a network that is slower than a processor; default false */
  readonly compress?: boolean;
  /** default: the migrations this release ships with */
  readonly migrations?: URL;
  /** what `migrate` sets the tables' TTLs to; default: they are left as they are, at first none */
  readonly retentionDays?: RetentionDays;
}

export interface ClickHouseLimits {
  /** the server gives a query up after this long (whole seconds, rounded up), default 30,000 */
  readonly queryTimeoutMs: number;
  /** a schema change or a rebuild of roll-ups without an answer for so long has failed, default 120,000 */
  readonly writeTimeoutMs: number;
  /** an insert likewise, default 30,000 */
  readonly insertTimeoutMs: number;
  /** queries that run at once, default 4 */
  readonly maxConcurrentQueries: number;
  /** queries, and separately inserts, that may wait for their turn; one more is refused, default 64 */
  readonly maxWaitingCalls: number;
  /** inserts that run at once, default 2 */
  readonly maxConcurrentInserts: number;
  /** default 8 */
  readonly maxOpenConnections: number;
  /** a connection that was idle for so long is not used again: less than the server's keep_alive_timeout; default 2,500 */
  readonly idleConnectionMs: number;
  /** processor threads of one query on the server, 0: as many as it has; default 0 */
  readonly threads: number;
  /** memory of one query on the server, default 4 GiB */
  readonly memoryLimitBytes: number;
  /** default 1,000,000; a longer result is an error, never cut */
  readonly maxResultRows: number;
  /** default 256 MiB */
  readonly maxResultBytes: number;
  /** most rows of one INSERT statement, default 50,000; a longer batch becomes several */
  readonly maxInsertRows: number;
}

const DEFAULTS: ClickHouseLimits = {
  queryTimeoutMs: 30_000,
  writeTimeoutMs: 120_000,
  insertTimeoutMs: 30_000,
  maxConcurrentQueries: 4,
  maxWaitingCalls: 64,
  maxConcurrentInserts: 2,
  maxOpenConnections: 8,
  idleConnectionMs: 2_500,
  threads: 0,
  memoryLimitBytes: 4 * 2 ** 30,
  maxResultRows: 1_000_000,
  maxResultBytes: 256 << 20,
  maxInsertRows: 50_000,
};

/** largest wait setTimeout takes */
const MOST_MS = 2 ** 31 - 1;
const RANGES: Partial<Record<keyof ClickHouseLimits, Range>> = {
  queryTimeoutMs: [1, MOST_MS],
  writeTimeoutMs: [1, MOST_MS],
  insertTimeoutMs: [1, MOST_MS],
  maxConcurrentQueries: [1, 1_024],
  maxWaitingCalls: [0, 100_000],
  maxConcurrentInserts: [1, 1_024],
  maxOpenConnections: [1, 1_024],
  idleConnectionMs: [1, MOST_MS],
  threads: [0, 1_024],
  memoryLimitBytes: [1 << 20, Number.MAX_SAFE_INTEGER],
};

/** @throws AppError `config/bad-value` */
export function clickHouseLimits(options: ClickHouseOptions): ClickHouseLimits {
  const { protocol, hostname } = parsedUrl(options.url);
  if ((protocol !== 'http:' && protocol !== 'https:') || hostname === '') throw badUrl(options.url);
  checkRetention(options.retentionDays ?? {});
  return checkedLimits('ClickHouse', DEFAULTS, RANGES, options);
}

function parsedUrl(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw badUrl(url);
  }
}

/** The address may hold a password, so only what stands before it is shown. */
function badUrl(url: string): AppError {
  return new AppError(
    'config/bad-value',
    `ClickHouse url begins with ${shown(url.slice(0, 8))}; expected http://host:port or https://host:port`,
  );
}
