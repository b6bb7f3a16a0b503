import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';

/** docs/operations.md names what is really there. */
const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'marquee-operations-'));
let marquee: Marquee;

beforeAll(async () => {
  const config = loadConfig({ environment: {}, overrides: { data: { directory }, server: { port: 0 } } });
  marquee = await compose(config, { logger: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await marquee.close();
  rmSync(directory, { recursive: true });
});

it('every metric of our own, and no other', () => {
  const named = [...page.matchAll(/`(marquee_\w+)`/g)].map(([, name]) => name).sort();
  const measured = marquee.metrics.registry
    .getMetricsAsArray()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('marquee_'));
  expect(named).toEqual(measured.sort());
});

it('every entry of the data directory', () => {
  const named = [...page.matchAll(/^\| `([a-z]+)\/?` \| .* \| .* \|$/gm)].map(([, name]) => name!);
  expect(named).toEqual(expect.arrayContaining(readdirSync(directory)));
});
