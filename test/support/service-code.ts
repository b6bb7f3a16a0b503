import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['core', 'bandit', 'client', 'features', 'feedback', 'dashboards', 'src', 'demo'];

/** The service's modules as a process of their own can import them: `new URL('src/start' + extension, root)`. */
export interface ServiceCode {
  readonly root: string;
  readonly extension: '.js' | '.ts';
  /** arguments of that process's node */
  readonly execArgv: readonly string[];
}

/**
 * What `make build` made, where no source is newer: it starts in a fifth of the processor time that the sources take through tsx. Else the
 * sources, so that a test never runs yesterday's code.
 */
export function serviceCode(): ServiceCode {
  const builtAtMs = mtimeMs(join(ROOT, 'dist', '.built'));
  const isFresh = FOLDERS.every((folder) => newestMs(join(ROOT, folder)) <= builtAtMs);
  return isFresh
    ? { root: join(ROOT, 'dist'), extension: '.js', execArgv: [] }
    : { root: ROOT, extension: '.ts', execArgv: ['--import', 'tsx'] };
}

function newestMs(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('generated'))
      .map((name) => mtimeMs(join(folder, name))),
  );
}

function mtimeMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
