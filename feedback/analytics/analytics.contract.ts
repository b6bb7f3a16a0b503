import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANALYTICS_TABLES, ROLL_UP_TABLES, type Analytics, type AnalyticsRow } from './analytics.js';

/** What a contract run needs of an adapter: a fresh, empty store, and how to take it away afterwards. */
export interface AnalyticsUnderTest {
  readonly analytics: Analytics;
  readonly dispose: () => Promise<void>;
}

/** 2026-11-14 22:13:20.123 UTC */
const AT_MS = 1_794_694_400_123;

export function impressionRows(prefix: string, count: number): AnalyticsRow[] {
  return Array.from({ length: count }, (_, slot) => ({
    event_id: `${prefix}/${slot}`,
    request_id: prefix,
    member_id: 'm',
    slot,
    at: AT_MS + slot,
    received_at: AT_MS,
  }));
}

export async function countImpressions(analytics: Analytics, request: string): Promise<number> {
  const sql = 'SELECT count() AS n FROM marquee.impressions FINAL WHERE request_id = {request:String}';
  const [row] = await analytics.query<{ n: number }>(sql, { request });
  return row!.n;
}

/** The promises of the analytics port, declared as tests over one adapter. */
export function analyticsContract(name: string, open: () => Promise<AnalyticsUnderTest>): void {
  describe(`analytics contract: ${name}`, () => {
    let under: AnalyticsUnderTest;
    let analytics: Analytics;

    beforeAll(async () => {
      under = await open();
      analytics = under.analytics;
    });
    afterAll(() => under.dispose());

    it('brings the schema up to date, and does nothing the second time', async () => {
      const applied = await analytics.migrate();
      expect(applied).toEqual([...applied].sort());
      expect(applied[0]).toBe('0001-decisions');
      expect(await analytics.migrate()).toEqual([]);
      const sql =
        "SELECT name FROM system.tables WHERE database = 'marquee' AND name != 'migrations' ORDER BY name";
      const tables = await analytics.query<{ name: string }>(sql);
      expect(tables.map((table) => table.name)).toEqual([...ANALYTICS_TABLES, ...ROLL_UP_TABLES].sort());
    });

    it('gives back every kind of column as it went in', async () => {
      const outcome = {
        ...{
          request_id: 'types',
          slot: 4_294_967_295,
          member_id: 'o\'h"\\\n\t ü漢😀',
          canvas: 'home-row',
          experiment: '',
        },
        ...{ variant: 'v', policy: 'p', snapshot_version: Number.MAX_SAFE_INTEGER, row_id: 'r' },
        ...{ row_index: 2, position: 0, examination: 0.5 },
        ...{
          title_revision: 3,
          title_id: 't',
          arm: 255,
          artwork_id: 'a',
          propensity: Math.fround(0.1),
          flags: 7,
        },
        ...{
          device: 1,
          daypart: 2,
          country: 'GB',
          epoch: 9,
          reward: 0.1 + 0.2,
          watched_seconds: 1e-9,
          version: 1,
        },
      };
      await analytics.insert('outcomes', [{ ...outcome, impression_at: AT_MS, labelled_at: 999 }]);
      const [row] = await analytics.query<Record<string, unknown>>(
        "SELECT * FROM marquee.outcomes WHERE request_id = 'types'",
      );
      expect({ ...row, propensity: Math.fround(row?.['propensity'] as number) }).toEqual({
        ...outcome,
        impression_at: '2026-11-14 22:13:20.123',
        labelled_at: '1970-01-01 00:00:00.999',
      });
      await analytics.insert('decisions', [
        { request_id: 'types', at: AT_MS, row_ids: ['a', "b'"], row_lengths: [] },
      ]);
      const arrays = "SELECT row_ids, row_lengths FROM marquee.decisions WHERE request_id = 'types'";
      expect(await analytics.query(arrays)).toEqual([{ row_ids: ['a', "b'"], row_lengths: [] }]);
    });

    it('keeps one row per identity however often and in which order it is written', async () => {
      const rows = impressionRows('replayed', 1_000);
      for (const batch of [rows, rows, [...rows].reverse()]) await analytics.insert('impressions', batch);
      expect(await countImpressions(analytics, 'replayed')).toBe(1_000);
      const outcome = { request_id: 'replayed', slot: 1, impression_at: AT_MS };
      const versions = [0, 0.75, 0.5].map((reward) => ({
        ...outcome,
        reward,
        version: Math.floor(reward * 1e6),
      }));
      for (const row of versions) await analytics.insert('outcomes', [row]);
      const sql = "SELECT reward FROM marquee.outcomes FINAL WHERE request_id = 'replayed'";
      expect(await analytics.query(sql)).toEqual([{ reward: 0.75 }]);
    });

    it('binds parameters, so that no value is ever read as SQL', async () => {
      const texts = [
        "'; DROP TABLE marquee.impressions; --",
        'o\'h"\\',
        '\n\t',
        'ü漢😀',
        '',
        '{x:String}',
        '\\N',
        '\\',
      ];
      for (const text of texts) {
        expect(await analytics.query('SELECT {text:String} AS text', { text })).toEqual([{ text }]);
      }
      const sql =
        'SELECT {texts:Array(String)} AS texts, {n:Int64} AS n, {x:Float64} AS x, {none:Nullable(String)} AS none';
      const parameters = { texts: texts.slice(0, 5), n: -3, x: 0.1, none: null };
      expect(await analytics.query(sql, parameters)).toEqual([parameters]);
      await expect(analytics.query('SELECT {missing:String}')).rejects.toMatchObject({
        code: 'analytics/query-failed',
      });
    });

    it("says in ClickHouse's words what is wrong with a statement or a row", async () => {
      const failed = (message: RegExp): unknown =>
        expect.objectContaining({
          code: 'analytics/query-failed',
          message: expect.stringMatching(message) as string,
        });
      await expect(analytics.query('SELEC 1')).rejects.toEqual(failed(/Syntax error/));
      await expect(analytics.query('SELECT * FROM marquee.nothing')).rejects.toEqual(
        failed(/marquee\.nothing/),
      );
      await expect(analytics.query('SELECT throwIf(1, {why:String})', { why: 'on purpose' })).rejects.toEqual(
        failed(/on purpose/),
      );
      await expect(analytics.insert('plays', [{ event_id: 'bad', wached_seconds: 1 }])).rejects.toEqual(
        failed(/wached_seconds/),
      );
      await expect(analytics.insert('plays', [{ event_id: 'bad', slot: 'one' }])).rejects.toEqual(
        failed(/at row 1/),
      );
      expect(await analytics.query("SELECT * FROM marquee.plays WHERE event_id = 'bad'")).toEqual([]);
    });

    it('reads only: a query cannot change anything', async () => {
      await analytics.insert('impressions', impressionRows('kept', 1));
      for (const sql of [
        'TRUNCATE TABLE marquee.impressions',
        "INSERT INTO marquee.impressions (event_id) VALUES ('x')",
        'DROP DATABASE marquee',
      ]) {
        await expect(analytics.query(sql)).rejects.toMatchObject({ code: 'analytics/query-failed' });
      }
      expect(await countImpressions(analytics, 'kept')).toBe(1);
    });

    it('answers several readers while it is being written to', async () => {
      const writing = Promise.all(
        [0, 1, 2, 3].map((i) => analytics.insert('impressions', impressionRows(`busy-${i}`, 5_000))),
      );
      const sql =
        "SELECT {reader:Int32} AS reader, count() % 5000 AS rest FROM marquee.impressions WHERE startsWith(request_id, 'busy-')";
      const reading = Array.from({ length: 12 }, (_, reader) => analytics.query(sql, { reader }));
      // Each insert appears whole or not at all.
      expect(await Promise.all(reading)).toEqual(reading.map((_, reader) => [{ reader, rest: 0 }]));
      await writing;
      const [row] = await analytics.query<{ n: number }>(
        "SELECT count() AS n FROM marquee.impressions FINAL WHERE startsWith(request_id, 'busy-')",
      );
      expect(row).toEqual({ n: 20_000 });
    });

    it('takes rows that are printed already', async () => {
      const rows = impressionRows('printed', 3);
      const line = (row: AnalyticsRow): Buffer => Buffer.from(`${JSON.stringify(Object.values(row))}\n`);
      const printed = {
        columns: Object.keys(rows[0]!),
        lines: [Buffer.concat(rows.slice(0, 2).map(line)), line(rows[2]!)],
        count: 3,
      };
      await analytics.insert('impressions', printed);
      await analytics.insert('impressions', { ...printed, lines: [], count: 0 });
      const sql =
        "SELECT * FROM marquee.impressions FINAL WHERE request_id = 'printed' ORDER BY slot LIMIT 1 OFFSET 1";
      expect(await analytics.query(sql)).toEqual([
        {
          ...rows[1],
          ...{ at: '2026-11-14 22:13:20.124', received_at: '2026-11-14 22:13:20.123' },
        },
      ]);
      const strange = { ...printed, columns: ['event_id) VALUES (1); --'] };
      await expect(analytics.insert('impressions', strange)).rejects.toMatchObject({
        code: 'analytics/query-failed',
      });
    });

    it('takes 50,000 rows at once, and none', async () => {
      await analytics.insert('impressions', impressionRows('large', 50_000));
      await analytics.insert('impressions', []);
      expect(await countImpressions(analytics, 'large')).toBe(50_000);
    });

    it('refuses every call once closed', async () => {
      const closed = await open();
      await closed.analytics.migrate();
      await closed.analytics.close();
      await expect(closed.analytics.query('SELECT 1')).rejects.toMatchObject({
        code: 'analytics/unavailable',
      });
      await expect(closed.analytics.insert('impressions', impressionRows('x', 1))).rejects.toMatchObject({
        code: 'analytics/unavailable',
      });
      await closed.dispose();
    });
  });
}
