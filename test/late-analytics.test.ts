import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../src/config.js';
import { compose, type Marquee } from '../src/compose.js';
import { startClickHouseFront } from '../scripts/clickhouse/clickhouse-front.js';
import { freePort } from './support/free-port.js';
import { members, rows, titles } from './support/small-catalogue.js';
import { until } from './support/until.js';

/** Processes that need tables, begun before the server of the tables is there. */
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Started {
  readonly marquee: Marquee;
  ready(): Promise<{ status: number; body: unknown }>;
  post(path: string, body: unknown): Promise<number>;
  get(path: string): Promise<{ status: number; text: string }>;
}

async function start(roles: readonly string[], analyticsPort: number): Promise<Started> {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-late-'));
  const config = loadConfig({
    environment: {},
    overrides: {
      ...{ roles, data: { directory }, server: { port: 0 } },
      analytics: { adapter: 'clickhouse', clickhouse: { url: `http://127.0.0.1:${analyticsPort}` } },
      sink: { maxBatchAgeMs: 50 },
    },
  });
  const marquee = await compose(config, { logger: pino({ level: 'silent' }) });
  closers.push(async () => {
    await marquee.close();
    rmSync(directory, { recursive: true });
  });
  const baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
  return {
    marquee,
    async ready() {
      const response = await fetch(`${baseUrl}/readyz`);
      return { status: response.status, body: await response.json() };
    },
    async post(path, body) {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(baseUrl + path, { method: 'POST', body: JSON.stringify(body), headers })).status;
    },
    async get(path) {
      const response = await fetch(baseUrl + path);
      return { status: response.status, text: await response.text() };
    },
  };
}

test('begin, say what they wait for, and write what came meanwhile once it is there', async () => {
  const port = await freePort();
  const whole = await start(['serve', 'learn', 'sink', 'dashboards'], port);
  const pagesOnly = await start(['dashboards'], port);
  const waitingFor = ['analytics'];
  // Who serves does so without tables; who has nothing else to do is not ready.
  expect(await whole.ready()).toEqual({ status: 200, body: { status: 'ready', waitingFor } });
  expect(await pagesOnly.ready()).toEqual({ status: 503, body: { status: 'not-ready', waitingFor } });
  expect((await whole.get('/live')).status).toBe(503);
  expect((await whole.get('/metrics')).text).toContain('marquee_sink_spooled_bytes 0');

  await whole.marquee.catalogue.putTitles(titles);
  await whole.marquee.catalogue.putRows(rows);
  await whole.marquee.members.putMembers(members);
  const { memberId } = members[0]!;
  for (let page = 0; page < 3; page++) {
    const request = { memberId, country: 'GB', language: 'en', device: 'tv' };
    expect(await whole.post('/v1/home', request)).toBe(200);
  }

  const directory = mkdtempSync(join(tmpdir(), 'marquee-late-tables-'));
  const front = await startClickHouseFront({ directory, port });
  closers.push(async () => {
    await front.stop('SIGKILL');
    rmSync(directory, { recursive: true });
  });
  for (const process of [whole, pagesOnly]) {
    await until(
      'the tables',
      () => process.ready(),
      ({ body }) => JSON.stringify(body) === JSON.stringify({ status: 'ready', waitingFor: [] }),
    );
    expect((await process.ready()).status).toBe(200);
  }
  await whole.marquee.drained({ analytics: true });
  const counted = await whole.marquee.analytics!.query<{ n: number }>(
    'SELECT toUInt32(count()) AS n FROM marquee.decisions FINAL',
  );
  expect(counted).toEqual([{ n: 3 }]);
  expect((await pagesOnly.get('/live')).status).toBe(200);
});

test('are refused a start where the tables cannot be made, rather than waiting for ever', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-late-tables-'));
  const front = await startClickHouseFront({ directory, password: 'secret' });
  closers.push(async () => {
    await front.stop('SIGKILL');
    rmSync(directory, { recursive: true });
  });
  await expect(start(['dashboards'], front.port)).rejects.toMatchObject({ name: 'AppError' });
});
