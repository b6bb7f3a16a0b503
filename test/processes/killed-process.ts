import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a TypeScript file as a process of its own and kills it with SIGKILL as soon as its output holds `lines` lines.
 *
 * @returns its whole lines: what it had said before it died
 */
export async function runAndKill(script: string, args: readonly string[], lines: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > lines) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`the process ended by itself with ${code}: ${complaints}`);
  return output.split('\n').slice(0, -1);
}
