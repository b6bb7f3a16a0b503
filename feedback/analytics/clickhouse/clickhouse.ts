import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { AppError } from '../../../core/errors.js';
import type { Analytics } from '../analytics.js';
import { decodeRows, insertStatements, type InsertStatement } from '../json-rows.js';
import { openLanes } from '../lanes.js';
import { schemaKeeper } from '../schema-keeper.js';
import { analyticsError } from './clickhouse-errors.js';
import { clickHouseLimits, type ClickHouseLimits, type ClickHouseOptions } from './clickhouse-options.js';

/** beyond its own limit the server gets this long to say that the query was given up */
const QUERY_GRACE_MS = 10_000;

/**
 * A ClickHouse server by HTTP(S), through the official client. Nothing is sent before the first call, and every call stands for itself: while the
 * server is away each rejects with `analytics/unavailable`, and the first one after it is back succeeds. Acknowledged rows are the server's to keep.
 *
 * @throws AppError `config/bad-value`
 */
export function clickHouseAnalytics(options: ClickHouseOptions): Analytics {
  const limits = clickHouseLimits(options);
  const client = connect(options, limits);
  const readers = openLanes('query', limits.maxConcurrentQueries, limits.maxWaitingCalls);
  const writers = openLanes('insert', limits.maxConcurrentInserts, limits.maxWaitingCalls);
  const writing = writerSettings();
  const reading = readerSettings(limits);

  const write = (timeoutMs: number, work: (abort_signal: AbortSignal) => Promise<void>): Promise<void> =>
    writers.run(() => answered('write', timeoutMs, work));

  const query = async <Row>(
    sql: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<Row[]> => {
    const work = async (abort_signal: AbortSignal): Promise<string> => {
      const result = await client.query({
        ...{ query: sql, format: 'JSONEachRow', query_params: { ...parameters } },
        ...{ clickhouse_settings: reading, abort_signal },
      });
      return result.text();
    };
    return decodeRows<Row>(
      await readers.run(() => answered('read', limits.queryTimeoutMs + QUERY_GRACE_MS, work)),
    );
  };
  const command = (sql: string): Promise<void> =>
    write(limits.writeTimeoutMs, async (abort_signal) => {
      await client.command({ query: sql, clickhouse_settings: writing, abort_signal });
    });
  const insert: Analytics['insert'] = async (table, rows) => {
    for await (const statement of insertStatements(table, rows, limits.maxInsertRows))
      await write(limits.insertTimeoutMs, (signal) => insertLines(client, statement, writing, signal));
  };
  const kept = schemaKeeper({ command, query }, options);

  return {
    insert,
    query,
    ...kept,
    async close() {
      await Promise.all([readers.close(), writers.close()]);
      await client.close();
    },
  };
}

function connect(options: ClickHouseOptions, limits: ClickHouseLimits): ClickHouseClient {
  const { url, username, password, tls, compress = false } = options;
  const { ca, cert, key } = tls ?? {};
  return createClient({
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { tls: cert && key ? { ca_cert: ca, cert, key } : { ca_cert: ca } }),
    application: 'marquee',
    max_open_connections: limits.maxOpenConnections,
    // Calls have limits of their own; this one ends a connection over which nothing moves any more.
    request_timeout: Math.max(limits.writeTimeoutMs, limits.queryTimeoutMs + QUERY_GRACE_MS),
    compression: { request: compress, response: compress },
    // A busy event loop notices late that a connection has been idle for too long; the server may have closed it by then.
    keep_alive: { idle_socket_ttl: limits.idleConnectionMs, eagerly_destroy_stale_sockets: true },
    // Failures are thrown, with the same words; logged by the client they would show statements and values.
    log: { level: ClickHouseLogLevel.OFF },
  });
}

type Settings = Readonly<Record<string, number>>;

function writerSettings(): Settings {
  return {
    // Batches come ready made; the server's buffer would only add its own delay before the acknowledgement.
    async_insert: 0,
    // Two equal blocks are two blocks: the tables tell what is a copy, and `touches` are counted.
    insert_deduplicate: 0,
    // The answer is a status: one that was sent before the insert had ended would say nothing.
    wait_end_of_query: 1,
    // A misspelt column is a fault, not something to drop in silence.
    input_format_skip_unknown_fields: 0,
    // Nor is a null (a NaN, in JSON) the column's default.
    input_format_null_as_default: 0,
  };
}

function readerSettings(limits: ClickHouseLimits): Settings {
  return {
    ...(limits.threads === 0 ? {} : { max_threads: limits.threads }),
    max_execution_time: Math.max(1, Math.ceil(limits.queryTimeoutMs / 1000)),
    max_memory_usage: limits.memoryLimitBytes,
    max_result_rows: limits.maxResultRows,
    max_result_bytes: limits.maxResultBytes,
    output_format_json_quote_64bit_integers: 0,
    // An error in the midst of a result would otherwise come as text after good rows.
    wait_end_of_query: 1,
    readonly: 2,
  };
}

/** `exec` takes the rows as bytes; `insert` wants objects, which it would print one by one. */
async function insertLines(
  client: ClickHouseClient,
  { table, columns, format, lines }: InsertStatement,
  clickhouse_settings: Settings,
  abort_signal: AbortSignal,
): Promise<void> {
  const values = Readable.from(lines, { objectMode: false });
  const query = `INSERT INTO ${table}${columns === undefined ? '' : ` (${columns.join(', ')})`} FORMAT ${format}`;
  const { stream } = await client.exec({ query, values, clickhouse_settings, abort_signal });
  // What is left unread keeps the connection from being used again.
  await finished(stream.resume());
}

async function answered<T>(
  call: 'read' | 'write',
  timeoutMs: number,
  work: (abort_signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await work(signal);
  } catch (error) {
    if (signal.aborted)
      throw new AppError(
        'analytics/unavailable',
        `ClickHouse did not answer a ${call} within ${timeoutMs} ms`,
      );
    throw analyticsError(error, call);
  }
}
