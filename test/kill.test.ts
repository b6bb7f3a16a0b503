import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { HttpMarqueeClient } from '../client/index.js';
import type { EventReport, HomeResponse } from '../client/types.js';
import { seededRng } from '../core/rng.js';
import { compose } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { startProcess, type RunningService } from './support/running-service.js';
import { members, rows, titles } from './support/small-catalogue.js';
import { until } from './support/until.js';

/** Rounds of kill -9; `make proof` asks for more. */
const ROUNDS = Number(process.env['TEST_KILL_ROUNDS'] ?? 5);
const directory = mkdtempSync(join(tmpdir(), 'marquee-kill-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Learns from everybody, and counts each impression as one: a policy that counts weighs it by its examination. */
const MODEL = 'home/title-order';

interface Totals {
  trials: number;
  reward: number;
}

async function totals({ baseUrl }: RunningService): Promise<Totals> {
  const { models } = (await (await fetch(`${baseUrl}/v1/models`)).json()) as {
    models: (Totals & { model: string })[];
  };
  const { trials, reward } = models.find((m) => m.model === MODEL)!;
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
    expect(await service.stop()).toBe(0);
    const drained = await startDrainAndStop();
    expect(drained.learned).toEqual(drained.inAnalytics);
    // What was learned is what is on disk: one more start, nothing sent, nothing changed, to the last bit.
    expect(await startDrainAndStop()).toEqual(drained);
  },
);

/** The service in this process until everything in the log is learned and in the tables: what both have of it. */
async function startDrainAndStop(): Promise<{ learned: Totals; inAnalytics: Totals; hash: string }> {
  const config = loadConfig({
    environment: {},
    overrides: { data: { directory }, server: { port: 0 }, learn: { halfLifeDays: 36_500 } },
  });
  const marquee = await compose(config, { logger: pino({ level: 'silent' }) });
  await marquee.drained({ analytics: true });
  const [row] = await marquee.analytics!.query<{ trials: string; reward: number }>(
    'SELECT count() AS trials, sum(reward) AS reward FROM marquee.outcomes FINAL',
  );
  const { trials, rewardSum } = marquee.learner!.totals(MODEL);
  const hash = marquee.learner!.hash();
  await marquee.close();
  return {
    // each as of its row's own time: whole numbers but for the little that a half-life of a century forgets in seconds
    learned: { trials: Math.round(trials), reward: Math.round(rewardSum) },
    inAnalytics: { trials: Number(row!.trials), reward: row!.reward },
    hash,
  };
}
