import { setTimeout as wait } from 'node:timers/promises';
import { Session } from 'chdb';

/** One request to the engine. Settings and parameters are as they stand in the URL. */
export interface Statement {
  readonly sql: string;
  /** what follows an INSERT … FORMAT */
  readonly rows: Buffer;
  readonly format: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
}

export interface FrontEngine {
  /** @throws EngineError */
  run(statement: Statement): Promise<{ readonly bytes: Uint8Array; readonly format: string }>;
  /** Waits for what runs, then lets go of the path. */
  close(): Promise<void>;
}

/** `message` is the engine's, beginning with `Code: …` */
export class EngineError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const MOST_AT_ONCE = 6;
const OPEN_LIMIT_MS = 20_000;
const RETRY_OPEN_MS = 50;
/** Inserts that the engine can take as bytes; any other becomes text first. */
const RAW_INSERT = /^\s*INSERT INTO ([\w.]+)(?: \(([\w, ]+)\))? FORMAT (JSONEachRow|JSONCompactEachRow)\s*$/;

/** Opens the path, waiting for a former owner to let go of it. Every statement has a session of its own, so that its settings are too. */
export async function openFrontEngine(path: string, memoryLimitBytes: number): Promise<FrontEngine> {
  const root = await openRoot(path, memoryLimitBytes);
  const running = new Set<Promise<unknown>>();
  const waiting: (() => void)[] = [];

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    while (running.size >= MOST_AT_ONCE) await new Promise<void>((go) => waiting.push(go));
    const run = work();
    running.add(run);
    try {
      return await run;
    } finally {
      running.delete(run);
      waiting.shift()?.();
    }
  };
  return {
    run: (statement) => inTurn(() => runStatement(path, statement)),
    async close() {
      await Promise.allSettled(running);
      root.close();
    },
  };
}

async function openRoot(path: string, memoryLimitBytes: number): Promise<Session> {
  const server = {
    max_server_memory_usage: memoryLimitBytes,
    mark_cache_size: Math.floor(memoryLimitBytes / 16),
    background_pool_size: 2,
    background_schedule_pool_size: 1,
  };
  const connectionArgs = ['--', ...Object.entries(server).map(([name, value]) => `--${name}=${value}`)];
  for (let waitedMs = 0; ; waitedMs += RETRY_OPEN_MS) {
    try {
      return new Session(path, { connectionArgs });
    } catch (error) {
      if (waitedMs >= OPEN_LIMIT_MS) throw error;
      await wait(RETRY_OPEN_MS);
    }
  }
}

async function runStatement(path: string, { sql, rows, format, settings, parameters }: Statement) {
  const session = new Session(path);
  try {
    for (const [name, value] of parameters) await session.queryAsync(`SET param_${name} = ${quoted(value)}`);
    for (const [name, value] of settings)
      if (name !== 'readonly') await session.queryAsync(`SET ${name} = ${quoted(value)}`);
    // Last: from here on the session may do less.
    if (settings.has('readonly'))
      await session.queryAsync(`SET readonly = ${quoted(settings.get('readonly')!)}`);
    const raw = RAW_INSERT.exec(sql);
    if (raw !== null && rows.length > 0) {
      const [, table, columns, rowFormat] = raw;
      await session.insert({
        ...{ table: table!, values: rows },
        format: rowFormat === 'JSONEachRow' ? 'JSONEachRow' : 'JSONCompactEachRow',
        ...(columns === undefined ? {} : { columns: columns.split(', ') }),
      });
      return { bytes: new Uint8Array(0), format };
    }
    const text = rows.length === 0 ? sql : `${sql}\n${rows.toString()}`;
    const result = await session.queryAsync(text, { format });
    return { bytes: result.bytes(), format };
  } catch (error) {
    throw engineError(error);
  } finally {
    session.close();
  }
}

function quoted(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

function engineError(error: unknown): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError(Number(/Code: (\d+)/.exec(message)?.[1] ?? 1002), message);
}
