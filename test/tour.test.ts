import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tourModule, type Check } from './support/tour-module.js';

/** docs/tour/ tells the truth: its code compiles under the repository's own settings, runs, and gives what stands after each `// =>`. */
const TOUR = new URL('../docs/tour/', import.meta.url);
const ARTIFACTS = new URL('./artifacts/', import.meta.url);
const MODULE = fileURLToPath(new URL(`tour-${process.pid}.ts`, ARTIFACTS));
const { chapters, text, checks } = tourModule(TOUR, '../../');

/** Models are served as float32: beyond these digits numbers differ by rounding alone. */
const MOST_DIGITS = 7;

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

/** A number is meant to the digits shown; a whole one, or one computed in the page, to MOST_DIGITS. */
function loosened(value: unknown): unknown {
  if (typeof value === 'number') {
    const digits = String(value).split('.')[1]?.length ?? MOST_DIGITS;
    return expect.closeTo(value, Math.min(digits, MOST_DIGITS));
  }
  if (Array.isArray(value)) return value.map(loosened);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, loosened(inner)]));
}

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
  const { config } = ts.readConfigFile(fileURLToPath(new URL('../tsconfig.json', import.meta.url)), (path) =>
    readFileSync(path, 'utf8'),
  ) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: true, incremental: false, tsBuildInfoFile: undefined },
    fileURLToPath(new URL('..', import.meta.url)),
  );
  // A reader's variable that only one sentence needs is no mistake.
  const program = ts.createProgram([MODULE], { ...options, noUnusedLocals: false });
  const source = program.getSourceFile(MODULE);
  const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  expect(diagnostics.map((d) => describeDiagnostic(d))).toEqual([]);
});

function describeDiagnostic({ file, start, messageText }: ts.Diagnostic): string {
  const at = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
  return `${file?.text.split('\n')[at] ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
