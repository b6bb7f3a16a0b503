import { AppError, shown } from '../../core/errors.js';
import type { MigrationTarget } from './migrations.js';

export const HOUR_MS = 3_600_000;
const HOUR_S = HOUR_MS / 1000;

/** One hour whose roll-ups lag behind. Times in seconds. */
interface LaggingHour {
  readonly at: number;
  readonly touched: number;
  readonly isKept: number;
}

/**
 * Rebuilds hours of `outcomes_hourly`.
 *
 * `touches` counts how often rows of an hour were written; a rebuild has as its version how many there were before it began to read. So it holds every
 * row of those, whichever rebuild ends last the highest version wins, and rows that came meanwhile have a touch that it did not count: the hour goes on
 * lagging behind. What an hour held before and holds no longer (a picture whose name was not known then, a member who was erased) becomes a row marked
 * deleted.
 *
 * @param keptDays of outcomes, 0: for ever. An hour older than that may have lost rows: what was counted while they were there stands.
 */
export async function rollUpHours(
  target: MigrationTarget,
  hours: readonly number[],
  keptDays: number,
): Promise<number> {
  const strange = hours.find((hour) => !Number.isSafeInteger(hour) || hour < 0 || hour % HOUR_MS !== 0);
  if (strange !== undefined) {
    throw new AppError(
      'analytics/query-failed',
      `hour ${shown(strange)}; expected the epoch milliseconds of a full hour`,
    );
  }
  if (hours.length === 0) return 0;
  const lagging = await target.query<LaggingHour>(
    `SELECT toUnixTimestamp(hour) AS at, sum(touches) AS touched, toUInt8(${keptDays} = 0 OR hour >= now() - toIntervalDay(${keptDays})) AS isKept
     FROM marquee.roll_up_hours WHERE toUnixTimestamp(hour) IN (${hours.map((hour) => hour / 1000).join()})
     GROUP BY hour HAVING sum(touches) > max(rebuilt) ORDER BY hour`,
  );
  const kept = lagging.filter(({ isKept }) => isKept === 1);
  if (kept.length > 0) await target.command(rebuildOutcomes(kept));
  const done = lagging.map(({ at, touched }) => `(${at}, ${touched})`);
  if (done.length > 0)
    await target.command(`INSERT INTO marquee.roll_up_hours (hour, rebuilt) VALUES ${done.join()}`);
  return lagging.length;
}

const KEYS = 'hour, canvas, experiment, variant, policy, title_id, artwork_id';

/** Whole numbers only, so nothing needs escaping. The second half of the union brings the keys of before, with nothing to add. */
function rebuildOutcomes(hours: readonly LaggingHour[]): string {
  const all = hours.map(({ at }) => at);
  const first = all[0]!;
  const end = all.at(-1)! + HOUR_S;
  const version = `transform(toUnixTimestamp(hour), [${all.join()}], [${hours.map(({ touched }) => touched).join()}], 0)`;
  return `INSERT INTO marquee.outcomes_hourly
SELECT ${KEYS}, sum(n), sum(is_rewarded), sum(r), sum(r * r), sum(watched), sum(p), sum(is_fallback), sum(is_repeat),
       minIf(at, n > 0), maxIf(at, n > 0), ${version}, sum(n) = 0
FROM
(
    SELECT toStartOfHour(impression_at) AS hour, canvas, experiment, variant, policy, title_id, artwork_id, 1 AS n, reward > 0 AS is_rewarded, reward AS r,
           watched_seconds AS watched, toFloat64(propensity) AS p, bitAnd(flags, 3) != 0 AS is_fallback, bitAnd(flags, 4) != 0 AS is_repeat, impression_at AS at
    FROM marquee.outcomes FINAL
    WHERE impression_at >= toDateTime64(${first}, 3, 'UTC') AND impression_at < toDateTime64(${end}, 3, 'UTC')
          AND toUnixTimestamp(toStartOfHour(impression_at)) IN (${all.join()})
    UNION ALL
    SELECT ${KEYS}, 0, 0, 0, 0, 0, 0, 0, toDateTime64(hour, 3, 'UTC')
    FROM marquee.outcomes_hourly FINAL
    WHERE toUnixTimestamp(hour) IN (${all.join()})
)
GROUP BY ${KEYS}
SETTINGS do_not_merge_across_partitions_select_final = 1`;
}
