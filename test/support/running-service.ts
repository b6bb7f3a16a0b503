import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { serviceCode } from './service-code.js';

export interface RunningService {
  readonly baseUrl: string;
  readonly pid: number;
  /** kill -9: no handler runs, nothing is flushed */
  kill(): Promise<void>;
  /** SIGTERM, and the exit code */
  stop(): Promise<number | null>;
}

/** Starts the real service as a process of its own on a free port and waits until it says that it is ready. */
export async function startProcess(
  dataDirectory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const { root, extension, execArgv } = serviceCode();
  const main = join(root, 'src', `main${extension}`);
  const child = spawn(
    process.execPath,
    [...execArgv, main, 'start', '--data', dataDirectory, '--port', '0'],
    {
      env: { ...process.env, MARQUEE_LOG__LEVEL: 'info', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const baseUrl = await Promise.race([
    readyAddress(child),
    exited.then(([code]) => Promise.reject(new Error(`the service exited with ${code}: ${complaints}`))),
  ]);
  return {
    baseUrl,
    pid: child.pid!,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

async function readyAddress(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const entry = JSON.parse(line) as { msg?: string; address?: string };
    if (entry.msg === 'marquee is ready' && entry.address) {
      child.stdout!.resume();
      return entry.address;
    }
  }
  throw new Error('the service closed its output before it was ready');
}
