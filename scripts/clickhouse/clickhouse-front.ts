import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Something that answers like a ClickHouse server by HTTP: the embedded engine (the same SQL, the same table engines) in a process of its own behind
 * a front for its HTTP interface. For tests and for trying the distributed set-up on one machine; where a real server is at hand, prefer it.
 */
export interface ClickHouseFront {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** @param signal SIGKILL dies at once, SIGTERM (default) in order */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export interface ClickHouseFrontOptions {
  /** where the tables are; kept after `stop`, so that starting there again goes on with them */
  readonly directory: string;
  /** default: any that is free; given again it makes a restart look like one */
  readonly port?: number;
  /** of the user `default`; default none */
  readonly password?: string;
}

/** @returns once it answers. @throws Error when it ends before */
export async function startClickHouseFront(options: ClickHouseFrontOptions): Promise<ClickHouseFront> {
  const typescript = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(typescript ? './run-front.ts' : './run-front.js', import.meta.url));
  const loader = typescript
    ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
    : [];
  const child = fork(entry, [options.directory, String(options.port ?? 0), options.password ?? ''], {
    execArgv: loader,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // libuv reads its pool size only at start: one thread per statement, and some for files.
    env: { UV_THREADPOOL_SIZE: '12', TZ: 'UTC' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await Promise.race([
    once(child, 'message').then(([message]) => (message as { port: number }).port),
    ended.then(() => undefined),
  ]);
  if (port === undefined)
    throw new Error(`the ClickHouse front ended with ${child.exitCode} before it answered`);
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, pid: child.pid! },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}
