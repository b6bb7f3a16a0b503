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

it('docs/configuration.md is what the schema says: run `node --import tsx scripts/write-configuration-docs.ts`', () => {
  expect(page).toBe(configurationPage());
});

it('names a variable after its setting', () => {
  expect(environmentName(['server', 'bodyLimitBytes'])).toBe('MARQUEE_SERVER__BODY_LIMIT_BYTES');
});

it('has every setting there is, each with words for what it does', () => {
  const settings = Object.entries(loadConfig({ environment: {} })).flatMap(([section, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? Object.keys(value).map((key) => `${section}.${key}`)
      : [section],
  );
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
    const [section, key] = setting!.slice(1, -1).split('.') as [keyof typeof config, string];
    expect((config[section] as Record<string, unknown>)[key], setting).toBe(Number(least));
  }
});
