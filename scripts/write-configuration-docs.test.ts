import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadConfig } from '../src/config.js';
import { CONFIGURATION_PAGE, configurationPage, environmentName } from './write-configuration-docs.js';

const page = readFileSync(CONFIGURATION_PAGE, 'utf8');
/** [setting, value, default, what it does, variable] of every row that names a variable */
const rows = page
  .split('\n')
  .filter((line) => line.includes('| `MARQUEE_'))
  .map((line) => line.slice(2, -2).split(/ (?<!\\)\| /));

/** Every setting's path, section by section. */
function settingsOf(config: object): string[] {
  return Object.entries(config).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? settingsOf(value).map((path) => `${key}.${path}`)
      : [key],
  );
}

it('docs/configuration.md is what the schema says: run `node --import tsx scripts/write-configuration-docs.ts`', () => {
  expect(page).toBe(configurationPage());
});

it('names a variable after its setting', () => {
  expect(environmentName(['server', 'bodyLimitBytes'])).toBe('MARQUEE_SERVER__BODY_LIMIT_BYTES');
});

it('has every setting there is, each with words for what it does', () => {
  const settings = settingsOf(loadConfig({ environment: {} }));
  const listed = rows.map(([setting]) => setting!.slice(1, -1));
  expect(listed).toEqual(expect.arrayContaining(settings));
  for (const [setting, , , words] of rows) expect(words, setting).not.toBe('');
});

it('the variable it names sets that setting', () => {
  const numbers = rows.filter(([, value]) => value!.startsWith('whole number'));
  expect(numbers.length).toBeGreaterThan(20);
  for (const [setting, value, , , variable] of numbers) {
    const least = /^whole number ([\d,]+)/.exec(value!)![1]!.replaceAll(',', '');
    const config = loadConfig({ environment: { [variable!.slice(1, -1)]: least } });
    const keys = setting!.slice(1, -1).split('.');
    const set = keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], config);
    expect(set, setting).toBe(Number(least));
  }
});
