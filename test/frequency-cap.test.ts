import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HomeResponse } from '../client/types.js';
import { manualClock } from '../core/clock.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { rows, titles } from './support/small-catalogue.js';
import { until } from './support/until.js';

/** A running service that shows an artwork twice an hour at most, as a member meets it. */
const HOUR_MS = 3_600_000;
const clock = manualClock(Date.UTC(2026, 0, 5, 12));
const directory = mkdtempSync(join(tmpdir(), 'marquee-cap-'));
let marquee: Marquee;
let baseUrl: string;

beforeAll(async () => {
  const config = loadConfig({
    environment: {},
    overrides: {
      ...{ data: { directory }, server: { port: 0 }, roles: ['serve', 'learn'] },
      // Of its own a policy shows a member the same picture again.
      experiment: { variants: [{ id: 'uniform', weight: 1, policy: 'uniform' }] },
      page: { frequencyCap: { impressions: 2, windowHours: 1 } },
    },
  });
  marquee = await compose(config, { logger: pino({ level: 'silent' }), clock });
  baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
  await marquee.catalogue.putTitles(titles);
  await marquee.catalogue.putRows(rows);
});
afterAll(async () => {
  await marquee.close();
  rmSync(directory, { recursive: true });
});

async function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(baseUrl + path, { method: 'POST', body: JSON.stringify(body), headers });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as T;
}

const TITLE = titles.find(({ artworks }) => artworks.length > 1)!;

interface Shown {
  readonly page: HomeResponse;
  readonly slot: number;
  readonly artworkId: string;
}

async function look(memberId: string): Promise<Shown> {
  const page = await post<HomeResponse>('/v1/home', {
    ...{ memberId, country: 'GB', language: 'en', device: 'tv' },
    rows: [{ rowId: 'r', titleIds: [TITLE.titleId] }],
  });
  return { page, slot: 0, artworkId: page.rows[0]!.titles[0]!.artworkId };
}

/** Displays what a page has, and waits until that is known. */
async function display(memberId: string, { page, slot }: Shown): Promise<void> {
  const atMs = clock.nowMs();
  const known = (): number => marquee.members.cached(memberId)?.capped?.size ?? 0;
  const before = known();
  for (let i = 0; i < 2; i++) {
    clock.advance(2_000);
    const again = i === 0 ? page : (await look(memberId)).page;
    await post('/v1/events', { events: [{ type: 'impression', token: again.token, slot }] });
  }
  expect(clock.nowMs()).toBeGreaterThan(atMs);
  await until('the cap', known, (size) => size === before + 1);
}

test('a member sees every picture of a title in turn, and the first again after the window', async () => {
  const memberId = 'ann';
  const seen: string[] = [];
  while (seen.length < TITLE.artworks.length) {
    const shown = await look(memberId);
    expect(seen).not.toContain(shown.artworkId);
    seen.push(shown.artworkId);
    await display(memberId, shown);
  }
  expect([...seen].sort()).toEqual(TITLE.artworks.map(({ artworkId }) => artworkId).sort());
  // All are used up: the one of longest ago, and nothing else was possible.
  expect((await look(memberId)).artworkId).toBe(seen[0]);
  // For somebody else nothing is.
  const others = await Promise.all(['ben', 'cat', 'dan', 'eve', 'fay', 'gil'].map(look));
  expect(new Set(others.map(({ artworkId }) => artworkId)).size).toBeGreaterThan(1);

  clock.advance(HOUR_MS);
  const { artworkId } = await look(memberId);
  const withoutCap = TITLE.artworks.map((artwork) => artwork.artworkId);
  expect(withoutCap).toContain(artworkId);
});

test('what a member was shown is in the store, for the next process', async () => {
  const keys: string[] = [];
  const { store } = marquee.members;
  for await (const [key] of store.scan('shown/')) keys.push(key);
  expect(keys).toEqual(['shown/ann']);
});
