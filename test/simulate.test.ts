import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../core/clock.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import type { Interval } from '../src/simulate/report.js';
import { simulate } from '../src/simulate/simulate.js';

/** `marquee simulate` against the service it is for. */
let marquee: Marquee;
let baseUrl: string;
const directory = mkdtempSync(join(tmpdir(), 'marquee-simulate-'));

beforeAll(async () => {
  const config = loadConfig({
    environment: {},
    // nothing is forgotten while the test runs: counts are whole numbers
    overrides: { data: { directory }, server: { port: 0 }, learn: { halfLifeDays: 36_500 } },
  });
  marquee = await compose(config, { logger: pino({ level: 'silent' }) });
  baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
}, 60_000);
afterAll(async () => {
  await marquee.close();
  rmSync(directory, { recursive: true });
});

test('what it says was acknowledged is what the service learned and has in its tables', async () => {
  const intervals: Interval[] = [];
  const found = await simulate(
    {
      ...{ baseUrl, metricsUrls: [baseUrl], eventsPerSecond: 500, seconds: 3, seed: 5 },
      ...{ members: 50, catalogue: 'synthetic', titles: 800, isLoaded: false },
      ...{ batch: 200, connections: 4, intervalMs: 1000, settleSeconds: 60, delayScale: 1e-6 },
    },
    { say: () => undefined, interval: (interval) => intervals.push(interval) },
    systemClock,
  );
  expect(found.errors).toBe(0);
  expect(found.due).toBeGreaterThan(300);
  expect(found.acknowledged).toBe(found.due);
  expect(found.intervals).toEqual(intervals);
  expect(found.settledAfterSeconds).not.toBeNull();
  await marquee.drained({ analytics: true });
  const [row] = await marquee.analytics!.query<Record<'impressions' | 'outcomes' | 'all', string>>(
    `SELECT (SELECT count() FROM marquee.impressions FINAL WHERE startsWith(member_id, 'simulated-')) AS impressions,
            (SELECT count() FROM marquee.outcomes FINAL WHERE startsWith(member_id, 'simulated-')) AS outcomes,
            (SELECT count() FROM marquee.outcomes FINAL) AS all`,
  );
  const [impressions, outcomes, all] = [row!.impressions, row!.outcomes, row!.all].map(Number);
  expect(outcomes).toBe(impressions);
  // The others that were acknowledged are plays.
  expect(impressions).toBeGreaterThan(found.acknowledged / 2);
  expect(impressions).toBeLessThan(found.acknowledged);
  // It learns from everybody and counts each impression as one, the probes' too.
  expect(Math.round(marquee.learner!.totals('home/title-order').trials)).toBe(all);
}, 180_000);
