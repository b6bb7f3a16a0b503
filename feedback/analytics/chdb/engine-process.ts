import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AppError } from '../../../core/errors.js';
import type { EngineCall, EngineReply, EngineRequest, EngineSettings } from './protocol.js';

/** One run of the engine process, from fork to exit. */
export interface EngineProcess {
  readonly pid: number;
  /** @throws AppError `analytics/unavailable` (the process ended, or did not answer in time and was killed) | `analytics/query-failed` */
  call(call: EngineCall, timeoutMs: number): Promise<string>;
  /** Lets it finish and exit; kills it when that takes longer than `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
  /** resolves with a sentence saying how it ended */
  readonly ended: Promise<string>;
}

export interface EngineProcessOptions {
  readonly settings: EngineSettings;
  /** libuv threads of the process: one per session that can be busy, and some for files */
  readonly threadPoolSize: number;
  readonly environment: Readonly<Record<string, string>>;
  /** takes each line the process prints */
  readonly onLog: (line: string) => void;
}

interface Waiting {
  readonly resolve: (rows: string) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Printed lines kept to explain a failed start: the engine says why on its stderr, not in the error it throws. */
const KEPT_LINES = 5;
/** beyond the engine's own wait for the path: loading the library and the tables */
const START_ALLOWANCE_MS = 30_000;

/**
 * Starts the engine process and waits until it owns the path.
 * @throws AppError `analytics/unavailable` with what the process printed last
 */
export async function startEngineProcess(options: EngineProcessOptions): Promise<EngineProcess> {
  const child = forkEngine(options);
  const printed: string[] = [];
  const log = (line: string): void => {
    if (line.trim() === '') return;
    printed.push(line);
    if (printed.length > KEPT_LINES) printed.shift();
    options.onLog(line);
  };
  readLines(child.stdout, log);
  readLines(child.stderr, log);
  const engine = attachEngine(child, options.settings);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.settings.openTimeoutMs + START_ALLOWANCE_MS);
  const failure = await Promise.race([
    engine.opened,
    engine.ended.then((how) => `the process ${how} before it had opened the path`),
  ]);
  clearTimeout(timer);
  if (failure !== undefined) {
    child.kill('SIGKILL');
    await engine.ended;
    throw new AppError(
      'analytics/unavailable',
      `chDB did not open ${options.settings.path}: ${[failure, ...printed].join(' | ')}`,
    );
  }
  return engine;
}

/** From compiled JavaScript the engine is beside this file; from TypeScript (tests, tsx) it needs the loader its parent runs under. */
function forkEngine({ threadPoolSize, environment }: EngineProcessOptions): ChildProcess {
  const typescript = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(typescript ? './engine.ts' : './engine.js', import.meta.url));
  const loader = typescript
    ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
    : [];
  return fork(entry, [], {
    serialization: 'advanced',
    execArgv: loader,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Nothing of the parent's environment is the engine's business, secrets least of all. libuv reads its pool size only at start.
    env: { ...environment, UV_THREADPOOL_SIZE: String(threadPoolSize), TZ: 'UTC' },
  });
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}

function attachEngine(
  child: ChildProcess,
  settings: EngineSettings,
): EngineProcess & { opened: Promise<string | undefined> } {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let gone: string | undefined;

  const ended = new Promise<string>((resolve) => {
    const onEnd = (how: string): void => {
      gone ??= how;
      for (const { reject, timer } of waiting.values()) {
        clearTimeout(timer);
        reject(new AppError('analytics/unavailable', `the chDB process ${how} before it answered`));
      }
      waiting.clear();
      resolve(how);
    };
    child.once('exit', (code, signal) =>
      onEnd(signal === null ? `exited with code ${String(code)}` : `was ended by ${signal}`),
    );
    child.once('error', (error) => onEnd(`could not be used: ${error.message}`));
  });

  const settle = (id: number, act: (call: Waiting) => void): void => {
    const call = waiting.get(id);
    if (call === undefined) return;
    waiting.delete(id);
    clearTimeout(call.timer);
    act(call);
  };

  const opened = new Promise<string | undefined>((resolve) => {
    child.on('message', (message) => {
      const reply = message as EngineReply;
      switch (reply.kind) {
        case 'opened':
          resolve(undefined);
          break;
        case 'open-failed':
          resolve(reply.message);
          break;
        case 'done':
          settle(reply.id, (call) => call.resolve(reply.rows));
          break;
        case 'refused': {
          settle(reply.id, (call) => call.reject(new AppError('analytics/query-failed', reply.message)));
          return;
        }
      }
    });
  });

  const send = (request: EngineRequest): void => {
    // A failed send means the process is on its way out: its exit rejects the calls.
    if (child.connected) child.send(request, () => undefined);
  };
  send({ kind: 'open', settings });

  return {
    pid: child.pid ?? -1,
    ended,
    opened,
    call(call, timeoutMs) {
      if (gone !== undefined)
        return Promise.reject(new AppError('analytics/unavailable', `the chDB process ${gone}`));
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        // A native call cannot be interrupted: a session that does not come back is only freed by ending its process.
        const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
        waiting.set(id, { resolve, reject, timer });
        try {
          send({ ...call, id });
        } catch (error) {
          // structured clone refuses functions and the like
          settle(id, () =>
            reject(new AppError('analytics/query-failed', `a parameter cannot be sent: ${String(error)}`)),
          );
        }
      });
    },
    async close(timeoutMs) {
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      send({ kind: 'close' });
      await ended;
      clearTimeout(timer);
    },
  };
}
