/**
 * The analytics port: ClickHouse, whether embedded (chDB) or a server. Both are driven by the official client with the same
 * SQL. Every adapter runs `analyticsContract` (analytics.contract.ts). Table names in SQL are qualified: `marquee.outcomes`.
 */
export interface Analytics {
  /**
   * Inserts rows (one JSON object per row, column → value; DateTime64(3) as epoch milliseconds). Acknowledged rows survive a kill -9.
   * At-least-once callers are fine: tables are ReplacingMergeTree keyed by event id.
   * @throws AppError `analytics/unavailable` | `analytics/query-failed`
   */
  insert(table: AnalyticsTable, rows: readonly AnalyticsRow[]): Promise<void>;

  /** Runs one read-only query with ClickHouse's own parameters (`{variant:String}`) and returns its rows. */
  query<Row>(sql: string, parameters?: Readonly<Record<string, unknown>>): Promise<Row[]>;

  /** Brings the schema to the newest version; safe to call again. @returns versions applied now, in order */
  migrate(): Promise<readonly string[]>;

  close(): Promise<void>;
}

export const ANALYTICS_TABLES = [
  'decisions',
  'impressions',
  'plays',
  'outcomes',
  'dead_letters',
  'sink_offsets',
] as const;
export type AnalyticsTable = (typeof ANALYTICS_TABLES)[number];
export type AnalyticsRow = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | null>
>;
