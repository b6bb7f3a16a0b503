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
  assert.deepEqual(await outcomesByVariant(query), expectedByVariant(content), 'outcomes by variant');
}

interface Outcomes {
  readonly count: number;
  readonly reward: number;
}

async function outcomesByVariant(query: QueryTables): Promise<Record<string, Outcomes>> {
  const rows = await query<{ variant: string; count: number; reward: number }>(
    'SELECT variant, count() AS count, sum(reward) AS reward FROM marquee.outcomes FINAL GROUP BY variant',
  );
  return Object.fromEntries(rows.map(({ variant, count, reward }) => [variant, { count, reward }]));
}

function expectedByVariant(content: LogContent): Record<string, Outcomes> {
  const sums: Record<string, Outcomes> = {};
  for (const [key, reward] of expectedRewards(content)) {
    const { variant } = content.decisions.get(key.slice(0, key.lastIndexOf(':')))!;
    const sum = sums[variant] ?? { count: 0, reward: 0 };
    sums[variant] = { count: sum.count + 1, reward: sum.reward + reward };
  }
  return sums;
}
