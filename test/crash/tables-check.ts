import { strict as assert } from 'node:assert';
import { expectedRewards, type LogContent } from './log-content.js';

export type QueryTables = <Row>(sql: string) => Promise<readonly Row[]>;

/** Counts in the tables equal the deduplicated log's: by id in all, and by what dashboards group by. */
export async function checkTables(content: LogContent, query: QueryTables): Promise<void> {
  const counted = async (table: string, id: string): Promise<number> => {
    const [row] = await query<{ n: number }>(
      `SELECT count() AS n, uniqExact(${id}) AS ids FROM marquee.${table} FINAL`,
    );
    return row!.n;
  };
  assert.deepEqual(
    {
      decisions: await counted('decisions', 'request_id'),
      impressions: await counted('impressions', 'event_id'),
      plays: await counted('plays', 'event_id'),
      deadLetters: await counted('dead_letters', 'event_id'),
    },
    {
      decisions: content.decisions.size,
      impressions: content.impressions.size,
      plays: content.plays.size,
      deadLetters: 0,
    },
    'rows of the tables',
  );
  const expected = expectedOutcomes(content);
  assert.deepEqual(await outcomesOf(query, OUTCOMES), expected, 'outcomes by hour and variant');
  assert.deepEqual(await outcomesOf(query, ROLLED_UP), expected, 'roll-ups of outcomes by hour and variant');
}

const HOUR_MS = 3_600_000;
const OUTCOMES = `SELECT toUnixTimestamp(toStartOfHour(impression_at)) AS hour, variant, count() AS count, sum(reward) AS reward
  FROM marquee.outcomes FINAL GROUP BY hour, variant`;
const ROLLED_UP = `SELECT toUnixTimestamp(hour) AS hour, variant, sum(impressions) AS count, sum(reward) AS reward
  FROM marquee.outcomes_hourly FINAL GROUP BY hour, variant`;

interface Outcomes {
  readonly count: number;
  readonly reward: number;
}

/** by "epoch seconds of the hour, variant" */
async function outcomesOf(query: QueryTables, sql: string): Promise<Record<string, Outcomes>> {
  const rows = await query<Outcomes & { hour: number; variant: string }>(sql);
  return Object.fromEntries(
    rows.map(({ hour, variant, count, reward }) => [`${hour} ${variant}`, { count, reward }]),
  );
}

function expectedOutcomes(content: LogContent): Record<string, Outcomes> {
  const sums: Record<string, Outcomes> = {};
  for (const [key, reward] of expectedRewards(content)) {
    const { requestId, atMs } = content.impressions.get(key)!;
    const hour = (HOUR_MS / 1000) * Math.floor(atMs / HOUR_MS);
    const place = `${hour} ${content.decisions.get(requestId)!.variant}`;
    const sum = sums[place] ?? { count: 0, reward: 0 };
    sums[place] = { count: sum.count + 1, reward: sum.reward + reward };
  }
  return sums;
}
