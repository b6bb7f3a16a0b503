import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Server and load generator each have a core to themselves where the machine has two. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const canPin =
  process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

export const pinning = canPin
  ? `server on core ${SERVER_CORE}, load on core ${LOAD_CORE} (taskset)`
  : 'not pinned to cores';

export interface ProcessOptions {
  /** a module of this folder without its ending: .js when built, .ts under a loader */
  readonly module?: URL;
  /** or a whole command */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** any: whichever is free */
  readonly core: number | 'any';
}

export interface RunningProcess {
  readonly pid: number;
  /** resolves with what it printed when it ends by itself; rejects when it fails */
  output(): Promise<string>;
  /** the first line it prints */
  firstLine(): Promise<string>;
  /** user + system CPU time so far of all its threads, in µs, to the clock tick (10 ms) */
  cpuMicros(): Promise<number>;
  /** anonymous resident memory: file pages that are only mapped (a store) are not counted */
  residentBytes(): Promise<number>;
  /** SIGTERM, then SIGKILL after `graceMs` */
  stop(graceMs?: number): Promise<void>;
}

export function startProcess(options: ProcessOptions): RunningProcess {
  const words = [...commandOf(options), ...(options.args ?? [])];
  // taskset replaces itself with the command: the pid is the server's own.
  if (canPin && options.core !== 'any') words.unshift('taskset', '-c', String(options.core));
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  // Enough of what went wrong, not a day of log.
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (printed.err = (printed.err + text).slice(-4000)));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const failure = (code: number | null): Error =>
    new Error(`${words.join(' ')} ended with ${String(code)}: ${printed.err || printed.out.slice(-2000)}`);
  return {
    pid: child.pid ?? 0,
    async output() {
      const code = await ended;
      if (code !== 0) throw failure(code);
      return printed.out;
    },
    async firstLine() {
      while (!printed.out.includes('\n')) {
        const code = await Promise.race([once(child.stdout, 'data').then(() => undefined), ended]);
        if (code !== undefined) throw failure(code);
      }
      return printed.out.slice(0, printed.out.indexOf('\n'));
    },
    cpuMicros: () => cpuMicrosOf(child.pid!),
    residentBytes: () => residentBytesOf(child),
    async stop(graceMs = 10_000) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(killer);
    },
  };
}

function commandOf({ module, command }: ProcessOptions): string[] {
  if (module === undefined) return [...(command ?? [])];
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return [process.execPath, ...process.execArgv, fileURLToPath(module) + ending];
}

const CLOCK_TICK_MICROS = 10_000;

/** Fields 14 and 15 of /proc/<pid>/stat; the name in field 2 may hold spaces, so counting starts behind it. See proc(5). */
export async function cpuMicrosOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MICROS;
}

async function residentBytesOf(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1024;
}
