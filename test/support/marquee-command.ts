import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { serviceCode } from './service-code.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `marquee` with these arguments, as a process of its own, to its end. */
export async function marqueeCommand(...args: readonly string[]): Promise<Ended> {
  const { root, extension, execArgv } = serviceCode();
  const main = join(root, 'src', `main${extension}`);
  const child = spawn(process.execPath, [...execArgv, main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (printed[name] += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...printed };
}
