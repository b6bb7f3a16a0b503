import { describe, expect, it } from 'vitest';
import { until } from '../../test/support/until.js';
import type { AnalyticsUnderTest } from './analytics.contract.js';
import type { Analytics } from './analytics.js';
import type { RetentionDays } from './retention.js';
import { HOUR_MS } from './roll-ups.js';

const DAY_MS = 24 * HOUR_MS;

async function counted(analytics: Analytics, table: string, request: string): Promise<number> {
  const sql = `SELECT count() AS n FROM marquee.${table} FINAL WHERE request_id = {request:String}`;
  const [row] = await analytics.query<{ n: number }>(sql, { request });
  return row!.n;
}

/** Retention, declared as tests over one adapter. `open` gives the same store each time, under another retention. */
export function retentionContract(
  name: string,
  open: (retentionDays?: RetentionDays) => Promise<AnalyticsUnderTest>,
): void {
  describe(`retention: ${name}`, () => {
    it('drops what is too old, keeps the rest, and can be lifted', async () => {
      // The engine goes by its own clock.
      const ageMs = Date.now() - 400 * DAY_MS;
      const hourMs = Math.floor(ageMs / HOUR_MS) * HOUR_MS;
      const forever = await open();
      await forever.analytics.migrate();
      const old = { request_id: 'old', member_id: 'm', slot: 1 };
      await forever.analytics.insert('impressions', [{ ...old, event_id: 'old', at: ageMs }]);
      await forever.analytics.insert('outcomes', [{ ...old, impression_at: ageMs }]);
      await forever.analytics.insert('roll_up_hours', [{ hour: hourMs / 1000, touches: 1 }]);
      await forever.analytics.rollUp([hourMs]);
      await forever.dispose();

      const bounded = await open({ impressions: 30, outcomes: 30 });
      expect(await bounded.analytics.migrate()).toEqual([]);
      const young = { ...old, request_id: 'young', event_id: 'young', at: Date.now() };
      await bounded.analytics.insert('impressions', [young]);
      for (const table of ['impressions', 'outcomes'])
        await until(
          table,
          () => counted(bounded.analytics, table, 'old'),
          (rows) => rows === 0,
        );
      expect(await counted(bounded.analytics, 'impressions', 'young')).toBe(1);
      // What was counted stands, though a replay brings some of the rows back.
      await bounded.analytics.insert('roll_up_hours', [{ hour: hourMs / 1000, touches: 1 }]);
      expect(await bounded.analytics.rollUp([hourMs])).toBe(1);
      const sql =
        'SELECT impressions FROM marquee.outcomes_hourly FINAL WHERE hour = toDateTime({hour:Int64})';
      expect(await bounded.analytics.query(sql, { hour: hourMs / 1000 })).toEqual([{ impressions: 1 }]);
      await bounded.dispose();

      const lifted = await open({});
      await lifted.analytics.migrate();
      const ttls =
        "SELECT count() AS n FROM system.tables WHERE database = 'marquee' AND create_table_query LIKE '% TTL %'";
      expect(await lifted.analytics.query(ttls)).toEqual([{ n: 0 }]);
      await lifted.dispose();
    });

    it('refuses days that are none, and tables that do not age', async () => {
      await expect(open({ plays: 1.5 })).rejects.toMatchObject({
        code: 'config/bad-value',
        message: 'analytics retentionDays of plays is 1.5; expected a whole number in [0, 36500]',
      });
      const misspelt: Readonly<Record<string, number>> = { play: 3 };
      await expect(open(misspelt)).rejects.toThrow(/retentionDays names "play"; expected decisions, /);
    });
  });
}
