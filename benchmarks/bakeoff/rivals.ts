import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What is installed beside each other, pinned. The last one compiles C: where that fails the other two still run. */
export const RIVAL_PACKAGES = {
  vowpalwabbit: 'vowpalwabbit==9.11.9',
  mabwiser: 'mabwiser==2.7.4',
  contextualbandits: 'contextualbandits==0.3.30',
} as const;

export type RivalName = keyof typeof RIVAL_PACKAGES;
export const RIVAL_NAMES = Object.keys(RIVAL_PACKAGES) as readonly RivalName[];

const SCRIPT = join('benchmarks', 'bakeoff', 'rivals.py');
const INSTALL_MS = 15 * 60_000;

/** The Python side: an interpreter, and which rivals it has. */
export interface Rivals {
  readonly versions: Readonly<Partial<Record<RivalName, string>>>;
  /** Runs one job of rivals.py; each line it prints is handed on at once, so that an interrupted job loses at most one. */
  run(job: unknown, line: (message: unknown) => void | Promise<void>): Promise<void>;
}

/**
 * A throw-away virtual environment with the rivals that can be had; a package that is there already is not asked for again.
 *
 * @param folder where the environment goes; deleting it is safe
 * @param say    told what is going on
 * @param note   told, in one line each, what cannot be had and why: part of the findings
 * @returns undefined when there is no Python at all
 */
export async function installRivals(
  folder: string,
  say: (line: string) => void,
  note: (line: string) => void,
): Promise<Rivals | undefined> {
  const python = join(folder, 'bin', 'python');
  if (!existsSync(python)) {
    await mkdir(folder, { recursive: true });
    const made = await finished('python3', ['-m', 'venv', folder], INSTALL_MS);
    if (made.code !== 0) {
      await rm(folder, { recursive: true, force: true });
      note(`no Python environment can be made (python3 -m venv: ${lastLine(made.printed)}); ours runs alone`);
      return undefined;
    }
  }
  const known = await versionsOf(python);
  for (const [name, requirement] of Object.entries(RIVAL_PACKAGES)) {
    if (requirement === `${name}==${known[name as RivalName] ?? ''}`) continue;
    say(`installing ${requirement}…`);
    const { code, printed } = await finished(
      python,
      ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--disable-pip-version-check', requirement],
      INSTALL_MS,
    );
    if (code !== 0)
      note(`${requirement} CANNOT BE INSTALLED, so it is not compared with: ${lastLine(printed)}`);
  }
  return { versions: await versionsOf(python), run: (job, line) => runJob(python, job, line) };
}

async function versionsOf(python: string): Promise<Rivals['versions']> {
  const list = ['-m', 'pip', 'list', '--format', 'json', '--disable-pip-version-check'];
  const { printed } = await finished(python, list, INSTALL_MS);
  const packages = JSON.parse(printed.slice(printed.indexOf('['), printed.lastIndexOf(']') + 1)) as readonly {
    name: string;
    version: string;
  }[];
  return Object.fromEntries(
    packages.filter(({ name }) => name in RIVAL_PACKAGES).map(({ name, version }) => [name, version]),
  );
}

async function runJob(
  python: string,
  job: unknown,
  line: (message: unknown) => void | Promise<void>,
): Promise<void> {
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  child.stdin.end(JSON.stringify(job));
  for await (const text of createInterface({ input: child.stdout })) await line(JSON.parse(text));
  const code = await ended;
  if (code !== 0) throw new Error(`${SCRIPT} ended with ${String(code)}: ${errors}`);
}

async function finished(
  command: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<{ code: number | null; printed: string }> {
  return new Promise((resolve) => {
    let printed = '';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    const keep = (text: string): void => {
      printed = (printed + text).slice(-20_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ code: null, printed: error.message }));
    child.on('close', (code) => resolve({ code, printed }));
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
