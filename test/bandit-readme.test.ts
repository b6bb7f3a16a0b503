import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loosened, typeErrors } from './support/shown-code.js';
import { pagesModule, type Check } from './support/tour-module.js';

/** bandit/README.md tells the truth, about the sources and about the package as it is built: `marquee/bandit` under plain Node. */
const page = {
  name: 'bandit/README.md',
  text: readFileSync(new URL('../bandit/README.md', import.meta.url), 'utf8'),
};
const ARTIFACTS = new URL('./artifacts/', import.meta.url);
const fileOf = (name: string): string =>
  fileURLToPath(new URL(`bandit-readme-${process.pid}${name}`, ARTIFACTS));
const [FROM_SOURCES, FROM_PACKAGE] = [fileOf('.ts'), fileOf('.mjs')];
const BUILT = fileURLToPath(new URL('../dist/bandit/index.js', import.meta.url));

const fromSources = pagesModule([page], (line) => line.replace(/'marquee\/(.+)'/, "'../../$1/index.js'"));
const fromPackage = pagesModule([page], (line) => line);

beforeAll(() => {
  mkdirSync(ARTIFACTS, { recursive: true });
});
afterAll(() => {
  for (const file of [FROM_SOURCES, FROM_PACKAGE]) rmSync(file, { force: true });
});

function expectShown(seen: readonly (readonly [where: string, actual: unknown, expected: unknown])[]): void {
  for (const [where, actual, expected] of seen) expect([where, actual]).toEqual([where, loosened(expected)]);
  expect(seen.length).toBe(fromSources.checks);
}

describe('bandit/README.md', () => {
  it('gives what it shows, from the sources', async () => {
    writeFileSync(FROM_SOURCES, fromSources.text);
    const { tour } = (await import(/* @vite-ignore */ FROM_SOURCES)) as {
      tour: (check: Check) => Promise<void>;
    };
    const seen: [string, unknown, unknown][] = [];
    await tour((...shown) => seen.push(structuredClone(shown)));
    expectShown(seen);
    expect(fromSources.checks).toBeGreaterThanOrEqual(20);
  });

  it('gives what it shows, from the built package under plain Node', () => {
    expect(existsSync(BUILT), `${BUILT}: run make build`).toBe(true);
    const { outputText } = ts.transpileModule(fromPackage.text, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const main = `const seen = []; await tour((...shown) => seen.push(structuredClone(shown))); console.log(JSON.stringify(seen));`;
    writeFileSync(FROM_PACKAGE, `${outputText}\n${main}\n`);
    expectShown(
      JSON.parse(execFileSync(process.execPath, [FROM_PACKAGE], { encoding: 'utf8' })) as [
        string,
        unknown,
        unknown,
      ][],
    );
  });

  it('its code has the right types', () => {
    writeFileSync(FROM_SOURCES, fromSources.text);
    expect(typeErrors(FROM_SOURCES)).toEqual([]);
  });

  it('names every policy there is', async () => {
    const { POLICY_NAMES } = await import('../bandit/policy.js');
    const named = [...page.text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...POLICY_NAMES].sort());
  });
});
