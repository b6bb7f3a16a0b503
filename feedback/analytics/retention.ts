import { AppError, shown } from '../../core/errors.js';
import type { MigrationTarget } from './migrations.js';

/** The column that says how old a row is, of every table whose rows may grow too old. */
const AGE_COLUMNS = {
  decisions: 'at',
  decided_slots: 'at',
  impressions: 'at',
  plays: 'at',
  outcomes: 'impression_at',
  dead_letters: 'at',
  outcomes_hourly: 'hour',
} as const;

/** For how many days rows are kept at least, by table; 0 or not named: for ever. */
export type RetentionDays = Partial<Readonly<Record<keyof typeof AGE_COLUMNS, number>>>;

const MOST_DAYS = 36_500;

/** @throws AppError `config/bad-value` */
export function checkRetention(retention: RetentionDays): void {
  for (const [table, days] of Object.entries(retention)) {
    if (!(table in AGE_COLUMNS)) {
      const known = Object.keys(AGE_COLUMNS).join(', ');
      throw new AppError(
        'config/bad-value',
        `analytics retentionDays names ${shown(table)}; expected ${known}`,
      );
    }
    if (!(Number.isInteger(days) && days >= 0 && days <= MOST_DAYS)) {
      throw new AppError(
        'config/bad-value',
        `analytics retentionDays of ${table} is ${shown(days)}; expected a whole number in [0, ${MOST_DAYS}]`,
      );
    }
  }
}

/**
 * Makes the tables' TTLs what is wanted; one that is so already is left alone. Whole parts are dropped when their youngest row is too old, which costs
 * nothing to find out, so that rows outlive their days by up to a month (the partition).
 *
 * @throws AppError what `target` throws
 */
export async function applyRetention(target: MigrationTarget, days: RetentionDays): Promise<void> {
  const tables = await target.query<{ name: string; made: string }>(
    "SELECT name, create_table_query AS made FROM system.tables WHERE database = 'marquee'",
  );
  for (const [table, column] of Object.entries(AGE_COLUMNS)) {
    const most = days[table as keyof RetentionDays] ?? 0;
    const made = tables.find(({ name }) => name === table)?.made ?? '';
    const wanted = `toDateTime(${column}) + toIntervalDay(${most})`;
    if (most === 0 && made.includes(' TTL ')) await target.command(`ALTER TABLE marquee.${table} REMOVE TTL`);
    if (most === 0 || made.includes(` TTL ${wanted}`)) continue;
    // Only the bounds of existing parts are computed anew, no row is read or written for it.
    await target.command(
      `ALTER TABLE marquee.${table} MODIFY SETTING ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1`,
    );
    await target.command(`ALTER TABLE marquee.${table} MODIFY TTL ${wanted}`);
  }
}
