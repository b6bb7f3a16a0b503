/**
 * The analytics port: ClickHouse, whether embedded (chDB) or a server. Both are driven by the official client with the same
 * SQL. Every adapter runs `analyticsContract` (analytics.contract.ts). Table names in SQL are qualified: `marquee.outcomes`.
 */
export interface Analytics {
  /**
   * Inserts rows (one JSON object per row, column → value; DateTime64(3) as epoch milliseconds), or rows that are printed already. Acknowledged rows
   * survive a kill -9. At-least-once callers are fine: tables are ReplacingMergeTree keyed by event id.
   * @throws AppError `analytics/unavailable` | `analytics/query-failed`
   */
  insert(table: AnalyticsTable, rows: readonly AnalyticsRow[] | PrintedRows): Promise<void>;

  /** Runs one read-only query with ClickHouse's own parameters (`{variant:String}`) and returns its rows. */
  query<Row>(sql: string, parameters?: Readonly<Record<string, unknown>>): Promise<Row[]>;

  /**
   * Brings the schema to the newest version, and the tables' retention to what is set; safe to call again, and from several processes at once.
   * @returns versions applied now, in order
   */
  migrate(): Promise<readonly string[]>;

  /**
   * Rebuilds the roll-ups of those of these hours whose rows were written since their last rebuild (the sink says so in `roll_up_hours`), from
   * deduplicated rows and in one step.
   * @param hours epoch milliseconds of full hours
   * @returns how many there were to do
   * @throws AppError `analytics/unavailable` | `analytics/query-failed`
   */
  rollUp(hours: readonly number[]): Promise<number>;

  close(): Promise<void>;
}

export const ANALYTICS_TABLES = [
  'decisions',
  'decided_slots',
  'impressions',
  'plays',
  'outcomes',
  'dead_letters',
  'sink_offsets',
  'roll_up_hours',
] as const;
/** Made from the others, never inserted into. */
export const ROLL_UP_TABLES = ['outcomes_hourly'] as const;
export type AnalyticsTable = (typeof ANALYTICS_TABLES)[number];
export type AnalyticsRow = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | null>
>;

/** Rows as the engine reads them fastest: one JSON array of values per line, in the order of `columns`. A quarter cheaper than objects on either side. */
export interface PrintedRows {
  readonly columns: readonly string[];
  /** UTF-8, each whole lines, every line ended */
  readonly lines: readonly Uint8Array[];
  readonly count: number;
}
