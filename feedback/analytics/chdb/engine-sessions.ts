import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, parseError, type ClickHouseClient } from '@clickhouse/client';
import { Session } from 'chdb';
import { createChdbConnection } from 'chdb/connection';
import type { EngineCall, EngineSettings } from './protocol.js';

/** The embedded engine and the sessions on it: one that writes, and readers that cannot. Lives in the engine process only. */
export interface EngineSessions {
  /** @returns lines of JSONEachRow, empty for an insert or a command */
  run(call: EngineCall): Promise<string>;
  close(): Promise<void>;
}

const RETRY_OPEN_MS = 100;

/** Opens the path, waiting until `openTimeoutMs` for another process to let go of it: the engine itself locks its `status` file. */
export async function openEngineSessions(settings: EngineSettings): Promise<EngineSessions> {
  // The first session of a process fixes the engine's server settings; the client's connections join it at the same path.
  const root = await openRoot(settings);
  const writer = connect(settings.path);
  await applySettings(writer.client, writerSettings(settings));
  const readers: ClickHouseClient[] = [];
  for (let i = 0; i < settings.readers; i++) {
    const reader = connect(settings.path).client;
    await applySettings(reader, readerSettings(settings));
    readers.push(reader);
  }
  return {
    run: (call) =>
      call.kind === 'query' ? query(readers[call.reader]!, call.sql, call.parameters) : write(writer, call),
    async close() {
      for (const client of [...readers, writer.client]) await client.close();
      root.close();
    },
  };
}

async function openRoot(settings: EngineSettings): Promise<Session> {
  const connectionArgs = [
    '--',
    ...Object.entries(serverSettings(settings)).map(([name, value]) => `--${name}=${value}`),
  ];
  for (let waitedMs = 0; ; waitedMs += RETRY_OPEN_MS) {
    try {
      return new Session(settings.path, { connectionArgs });
    } catch (error) {
      if (waitedMs >= settings.openTimeoutMs) throw error;
      await sleep(RETRY_OPEN_MS);
    }
  }
}

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;
type Connection = ReturnType<typeof createChdbConnection>;

interface Connected {
  readonly client: ClickHouseClient;
  /** what only the embedded engine has */
  readonly chdb: Connection['chdb'];
}

function connect(path: string): Connected {
  const connection = createChdbConnection({ path });
  // The client now carries its own copy of client-common, chdb still imports the package: the same interface, two nominal types.
  const client = createClient({ connection: connection as unknown as ClientConnection });
  return { client, chdb: connection.chdb };
}

async function applySettings(
  client: ClickHouseClient,
  settings: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await client.command({ query: `SET ${name} = ${value}` });
}

/** The engine shares two cores with serving: small pools, and caches that fit the limit. */
function serverSettings(settings: EngineSettings): Readonly<Record<string, number>> {
  return {
    max_server_memory_usage: settings.memoryLimitBytes,
    mark_cache_size: Math.floor(settings.memoryLimitBytes / 16),
    background_pool_size: 1,
    background_schedule_pool_size: 1,
  };
}

function writerSettings(settings: EngineSettings): Readonly<Record<string, number>> {
  return {
    // Batches come ready made; the server-side buffer would only add its own delay before the acknowledgement.
    async_insert: 0,
    max_threads: settings.threads,
    max_insert_threads: 1,
    input_format_parallel_parsing: 0,
    // A misspelt column is a fault, not something to drop in silence.
    input_format_skip_unknown_fields: 0,
    // Nor is a null (a NaN, in JSON) the column's default.
    input_format_null_as_default: 0,
  };
}

function readerSettings(settings: EngineSettings): Readonly<Record<string, number>> {
  return {
    max_threads: settings.threads,
    max_execution_time: Math.max(1, Math.ceil(settings.queryTimeoutMs / 1000)),
    max_memory_usage: settings.memoryLimitBytes,
    max_result_rows: settings.maxResultRows,
    max_result_bytes: settings.maxResultBytes,
    output_format_json_quote_64bit_integers: 0,
    // Last: from here on this session may change settings but not data.
    readonly: 2,
  };
}

async function query(
  reader: ClickHouseClient,
  sql: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<string> {
  const result = await reader.query({ query: sql, format: 'JSONEachRow', query_params: { ...parameters } });
  return result.text();
}

async function write(
  { client, chdb }: Connected,
  call: Exclude<EngineCall, { kind: 'query' }>,
): Promise<string> {
  if (call.kind === 'command') {
    await client.command({ query: call.sql });
    return '';
  }
  const { table, columns, format, rows: values } = call;
  try {
    // Past the client, which would make a string of the bytes first.
    await chdb.rawInsert({ table, values, format, ...(columns === undefined ? {} : { columns }) });
  } catch (error) {
    throw error instanceof Error ? parseError(error) : error;
  }
  return '';
}
