import { expect } from 'vitest';
import type { Analytics } from '../analytics/analytics.js';

/** What the hourly roll-ups say, and what the deduplicated outcomes say, of the whole table. */
const ROLLED_UP = `
SELECT toUnixTimestamp(hour) AS at, canvas, experiment, variant, policy, title_id, artwork_id, impressions, rewarded, round(reward, 6) AS rewards,
       round(watched_seconds, 3) AS watched
FROM marquee.outcomes_hourly FINAL ORDER BY ALL`;
const COUNTED = `
SELECT toUnixTimestamp(toStartOfHour(impression_at)) AS at, canvas, experiment, variant, policy, title_id, artwork_id, count() AS impressions,
       countIf(reward > 0) AS rewarded, round(sum(reward), 6) AS rewards, round(sum(watched_seconds), 3) AS watched
FROM marquee.outcomes FINAL GROUP BY at, canvas, experiment, variant, policy, title_id, artwork_id ORDER BY ALL`;

/** @returns rows of the roll-ups, which say what the deduplicated rows say */
export async function expectRollUpsToAgree(analytics: Analytics): Promise<number> {
  const rolledUp = await analytics.query(ROLLED_UP);
  expect(rolledUp).toEqual(await analytics.query(COUNTED));
  return rolledUp.length;
}
