import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loosened, typeErrors } from './support/shown-code.js';
import { tourModule, type Check } from './support/tour-module.js';

/** docs/tour/ tells the truth: its code compiles under the repository's own settings, runs, and gives what stands after each `// =>`. */
const TOUR = new URL('../docs/tour/', import.meta.url);
const ARTIFACTS = new URL('./artifacts/', import.meta.url);
const MODULE = fileURLToPath(new URL(`tour-${process.pid}.ts`, ARTIFACTS));
const { chapters, text, checks } = tourModule(TOUR, '../../');

const failures: string[] = [];
const seen = new Map<string, number>(chapters.map((chapter) => [chapter, 0]));

/** Compared where it stands: what a later line changes does not change what was shown. */
const check: Check = (where, actual, expected) => {
  const chapter = where.split(':')[0]!;
  seen.set(chapter, seen.get(chapter)! + 1);
  try {
    expect(actual).toEqual(loosened(expected));
  } catch (error) {
    failures.push(`${where}: ${JSON.stringify(actual)}\n${(error as Error).message}`);
  }
};

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  writeFileSync(MODULE, text);
  const { tour } = (await import(/* @vite-ignore */ MODULE)) as { tour: (check: Check) => Promise<void> };
  await tour(check);
});
afterAll(() => rmSync(MODULE, { force: true }));

it.each(chapters)('%s gives what it shows', (chapter) => {
  expect(failures.filter((failure) => failure.startsWith(`${chapter}:`))).toEqual([]);
  expect(seen.get(chapter)).toBeGreaterThan(0);
});

it('every shown value was compared', () => {
  expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(checks);
});

it.each(chapters)('%s is short', (chapter) => {
  expect(readFileSync(new URL(chapter, TOUR), 'utf8').split('\n').length).toBeLessThanOrEqual(80);
});

it('its code has the right types', () => {
  expect(typeErrors(MODULE)).toEqual([]);
});
