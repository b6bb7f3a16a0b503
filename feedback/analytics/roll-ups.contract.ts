import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import type { AnalyticsUnderTest } from './analytics.contract.js';
import type { Analytics, AnalyticsRow } from './analytics.js';
import { HOUR_MS } from './roll-ups.js';

/** 2026-11-14 22:00 UTC */
const HOUR = 1_794_693_600_000;

/** What the roll-ups say, and what the deduplicated rows say: two ways to the same numbers, the second without any roll-up. */
const ROLLED_UP = `
SELECT toUnixTimestamp(hour) * 1000 AS hourMs, variant, title_id, artwork_id, impressions, rewarded, round(reward, 9) AS rewards,
       round(reward_squared, 9) AS squared, watched_seconds AS watched, round(propensity, 4) AS propensities, fallbacks, repeats, first_at, last_at
FROM marquee.outcomes_hourly FINAL WHERE experiment = {experiment:String} ORDER BY ALL`;
const COUNTED = `
SELECT toUnixTimestamp(toStartOfHour(impression_at)) * 1000 AS hourMs, variant, title_id, artwork_id, count() AS impressions, countIf(reward > 0) AS rewarded,
       round(sum(reward), 9) AS rewards, round(sum(pow(reward, 2)), 9) AS squared, sum(watched_seconds) AS watched,
       round(sum(toFloat64(propensity)), 4) AS propensities, countIf(flags % 4 > 0) AS fallbacks, countIf(flags >= 4) AS repeats,
       min(impression_at) AS first_at, max(impression_at) AS last_at
FROM marquee.outcomes FINAL WHERE experiment = {experiment:String} GROUP BY hourMs, variant, title_id, artwork_id ORDER BY ALL`;

/** Displayed slots in three hours, each trial with a reward in every third; the same seed gives the same rows. */
export function outcomesOf(experiment: string, count: number, seed: number): AnalyticsRow[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, (_, i) => {
    const rewarded = i % 3 === 0;
    const reward = rewarded ? rng.below(1000) / 1000 : 0;
    return {
      ...{
        request_id: `${experiment}/${Math.floor(i / 5)}`,
        slot: i % 5,
        member_id: `m${i % 7}`,
        canvas: 'home',
      },
      ...{
        experiment,
        variant: i % 2 === 0 ? 'a' : 'b',
        policy: 'p',
        title_id: `t${i % 4}`,
        artwork_id: `w${i % 11}`,
      },
      ...{ propensity: 0.25, flags: i % 8, watched_seconds: rewarded ? i : 0, reward },
      ...{ impression_at: HOUR + (i % 3) * HOUR_MS + i * 100, version: Math.floor(reward * 1e6) },
    };
  });
}

async function write(analytics: Analytics, rows: readonly AnalyticsRow[]): Promise<void> {
  await analytics.insert('outcomes', rows);
  const hours = new Set(rows.map((row) => Math.floor(Number(row['impression_at']) / HOUR_MS) * HOUR_MS));
  await analytics.insert(
    'roll_up_hours',
    [...hours].map((hour) => ({ hour: hour / 1000, touches: 1 })),
  );
}

const HOURS = [0, 1, 2].map((i) => HOUR + i * HOUR_MS);

/** The roll-ups' promise, declared as tests over one adapter: they say what the deduplicated rows say. */
export function rollUpContract(name: string, open: () => Promise<AnalyticsUnderTest>): void {
  describe(`roll-ups: ${name}`, () => {
    let under: AnalyticsUnderTest;
    let analytics: Analytics;
    beforeAll(async () => {
      under = await open();
      analytics = under.analytics;
      await analytics.migrate();
    });
    afterAll(() => under.dispose());
    const expectEqual = async (experiment: string): Promise<void> => {
      const rolledUp = await analytics.query(ROLLED_UP, { experiment });
      expect(rolledUp.length).toBeGreaterThan(0);
      expect(rolledUp).toEqual(await analytics.query(COUNTED, { experiment }));
    };

    it('says what the deduplicated rows say, whatever is written twice, late or in another order', async () => {
      const rows = outcomesOf('replayed', 2_000, 1);
      const trials = rows.map((row) => ({ ...row, reward: 0, watched_seconds: 0, version: 0 }));
      await write(analytics, trials);
      expect(await analytics.rollUp(HOURS)).toBe(3);
      await expectEqual('replayed');
      for (const again of [rows, [...rows].reverse(), trials]) {
        await write(analytics, again);
        await analytics.rollUp(HOURS);
        await expectEqual('replayed');
      }
      expect(
        await analytics.query(
          'SELECT sum(impressions) AS n FROM marquee.outcomes_hourly FINAL WHERE experiment = {experiment:String}',
          { experiment: 'replayed' },
        ),
      ).toEqual([{ n: 2_000 }]);
      expect(await analytics.rollUp(HOURS)).toBe(0);
    });

    it('ends with all rows when many write and rebuild at once', async () => {
      const rows = outcomesOf('at once', 3_000, 2);
      await Promise.all(
        [0, 1, 2].map(async (third) => {
          await write(analytics, rows.slice(third * 1_000, (third + 1) * 1_000));
          await analytics.rollUp(HOURS);
        }),
      );
      await analytics.rollUp(HOURS);
      await expectEqual('at once');
    });

    it('lets go of what an hour held before and holds no longer', async () => {
      const rows = outcomesOf('renamed', 300, 3);
      const nameless = rows.map((row) => ({ ...row, title_id: '', artwork_id: '' }));
      await write(analytics, nameless);
      await analytics.rollUp(HOURS);
      await expectEqual('renamed');
      await write(analytics, rows);
      await analytics.rollUp(HOURS);
      await expectEqual('renamed');
    });

    it('refuses what is not a full hour', async () => {
      await expect(analytics.rollUp([HOUR, HOUR + 1])).rejects.toMatchObject({
        code: 'analytics/query-failed',
        message: `hour ${HOUR + 1}; expected the epoch milliseconds of a full hour`,
      });
    });
  });
}
