import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HttpMarqueeClient } from '../client/index.js';
import type { EventReport, HomeResponse } from '../client/types.js';
import { seededRng } from '../core/rng.js';
import { chdbAnalytics } from '../feedback/analytics/chdb/chdb.js';
import { startProcess, type RunningService } from './support/running-service.js';
import { members, rows, titles } from './support/small-catalogue.js';
import { until } from './support/until.js';

/** Rounds of kill -9; `make proof` asks for more. */
const ROUNDS = Number(process.env['MARQUEE_TEST_KILL_ROUNDS'] ?? 5);
const directory = mkdtempSync(join(tmpdir(), 'marquee-kill-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Totals {
  trials: number;
  reward: number;
}

async function totals({ baseUrl }: RunningService): Promise<Totals> {
  const { models } = (await (await fetch(`${baseUrl}/v1/models`)).json()) as {
    models: (Totals & { model: string })[];
  };
  const { trials, reward } = models.find((m) => m.model === 'home/unpersonalised')!;
  return { trials, reward };
}

/** Sends pages' events until the service dies under it; counts what was acknowledged, and what was only sent. */
async function sendUntilKilled(
  service: RunningService,
  acknowledged: Totals,
  unanswered: Totals,
  killAfter: number,
  seed: number,
): Promise<void> {
  const client = new HttpMarqueeClient({ baseUrl: service.baseUrl });
  const rng = seededRng(seed);
  let sent = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      let page: HomeResponse;
      try {
        page = await client.home({
          memberId: members[rng.below(members.length)]!.memberId,
          country: 'GB',
          language: 'en',
          device: 'tv',
        });
      } catch {
        return;
      }
      const slots = page.rows
        .flatMap((row) => row.titles.map((t) => t.slot))
        .filter(() => rng.uniform() < 0.7);
      const played = slots.filter(() => rng.uniform() < 0.3);
      const events: EventReport[] = [
        ...slots.map((slot) => ({ type: 'impression', token: page.token, slot }) as const),
        ...played.map((slot) => ({ type: 'play', token: page.token, slot, watchedSeconds: 3600 }) as const),
      ];
      if (events.length === 0) continue;
      const weight = { trials: slots.length, reward: played.length };
      if (++sent === killAfter) setImmediate(() => void service.kill());
      try {
        await client.events(events);
        add(acknowledged, weight);
      } catch {
        add(unanswered, weight);
        return;
      }
    }
  };
  await Promise.all([one(), one(), one()]);
}

function add(sum: Totals, more: Totals): void {
  sum.trials += more.trials;
  sum.reward += more.reward;
}

test(
  `kill -9 at ${ROUNDS} random moments: every acknowledged event is counted, none twice`,
  { timeout: 60_000 + ROUNDS * 30_000 },
  async () => {
    const rng = seededRng(20);
    const settings = { MARQUEE_LEARN__CHECKPOINT_INTERVAL_MS: '30', MARQUEE_LEARN__HALF_LIFE_DAYS: '36500' };
    const acknowledged = { trials: 0, reward: 0 };
    const unanswered = { trials: 0, reward: 0 };
    let service = await startProcess(directory, settings);
    const client = new HttpMarqueeClient({ baseUrl: service.baseUrl });
    await client.putTitles(titles);
    await client.putRows(rows);
    await client.putMembers(members);
    for (let round = 0; round < ROUNDS; round++) {
      await sendUntilKilled(service, acknowledged, unanswered, 5 + rng.below(120), round);
      service = await startProcess(directory, settings);
      // An event whose answer was lost may have been stored whole, or not at all: nothing else is allowed, and nothing acknowledged is missing.
      const now = await until(
        'all acknowledged events are learned',
        () => totals(service),
        (t) => t.trials > acknowledged.trials - 0.5,
      );
      expect(now.trials).toBeLessThan(acknowledged.trials + unanswered.trials + 0.5);
      const { reward } = await until(
        'all acknowledged plays are learned',
        () => totals(service),
        (t) => t.reward > acknowledged.reward - 0.5,
      );
      expect(reward).toBeLessThan(acknowledged.reward + unanswered.reward + 0.5);
    }
    expect(acknowledged.trials).toBeGreaterThan(100 * ROUNDS);
    const final = await totals(service);
    expect(await service.stop()).toBe(0);
    // What was learned is what is on disk: one more start, nothing sent, nothing changed.
    service = await startProcess(directory, settings);
    expect(await totals(service)).toEqual(final);
    await until(
      'analytics have all of it',
      () => sinkLag(service),
      (lag) => lag === 0,
    );
    await service.stop();
    expect(await outcomeTotals()).toEqual({
      trials: Math.round(final.trials),
      reward: Math.round(final.reward),
    });
  },
);

async function sinkLag({ baseUrl }: RunningService): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? NaN);
  return read('marquee_sink_lag_records') + read('marquee_sink_held_rows');
}

/** What the pages' numbers are made of, read from the tables once the service has let go of them. */
async function outcomeTotals(): Promise<Totals> {
  const analytics = await chdbAnalytics({ path: join(directory, 'analytics') });
  const [row] = await analytics.query<{ trials: string; reward: number }>(
    'SELECT count() AS trials, sum(reward) AS reward FROM marquee.outcomes FINAL',
  );
  await analytics.close();
  return { trials: Number(row!.trials), reward: row!.reward };
}
