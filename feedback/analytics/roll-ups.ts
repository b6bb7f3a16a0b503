import { AppError, shown } from '../../core/errors.js';
import type { MigrationTarget } from './migrations.js';

export const HOUR_MS = 3_600_000;
const HOUR_S = HOUR_MS / 1000;

/**
 * Rebuilds one hour of `outcomes_hourly`.
 *
 * `touches` counts how often rows of the hour were written; a rebuild has as its version how many there were before it began to read. So it holds every
 * row of those, whichever rebuild ends last the highest version wins, and rows that came meanwhile have a touch that it did not count: the hour stays due.
 * What the hour held before and holds no longer (a picture whose name was not known then, a member who was erased) becomes a row marked deleted.
 *
 * @param keptDays of outcomes, 0: for ever. An hour older than that may have lost rows: what was counted while they were there stands.
 * @returns whether the hour was due
 */
export async function rollUpHour(
  target: MigrationTarget,
  hourMs: number,
  keptDays: number,
): Promise<boolean> {
  if (!Number.isSafeInteger(hourMs) || hourMs < 0 || hourMs % HOUR_MS !== 0) {
    throw new AppError(
      'analytics/query-failed',
      `hour ${shown(hourMs)}; expected the epoch milliseconds of a full hour`,
    );
  }
  const hour = hourMs / 1000;
  const [state] = await target.query<{ touches: number; rebuilt: number; isKept: number }>(
    `SELECT sum(touches) AS touches, max(rebuilt) AS rebuilt, toUInt8(${keptDays} = 0 OR toDateTime(${hour}) >= now() - toIntervalDay(${keptDays})) AS isKept
     FROM marquee.roll_up_hours WHERE hour = toDateTime(${hour})`,
  );
  if (state === undefined || state.touches <= state.rebuilt) return false;
  if (state.isKept === 1) await target.command(rebuildOutcomes(hour, state.touches));
  await target.command(
    `INSERT INTO marquee.roll_up_hours (hour, rebuilt) VALUES (${hour}, ${state.touches})`,
  );
  return true;
}

const KEYS = 'hour, canvas, experiment, variant, policy, title_id, artwork_id';

/** Whole numbers only, so nothing needs escaping. The second half of the union brings the keys of before, with nothing to add. */
function rebuildOutcomes(hour: number, version: number): string {
  return `INSERT INTO marquee.outcomes_hourly
SELECT ${KEYS}, sum(n), sum(is_rewarded), sum(r), sum(r * r), sum(watched), sum(p), sum(is_fallback), sum(is_repeat),
       minIf(at, n > 0), maxIf(at, n > 0), ${version}, sum(n) = 0
FROM
(
    SELECT toDateTime(${hour}, 'UTC') AS hour, canvas, experiment, variant, policy, title_id, artwork_id, 1 AS n, reward > 0 AS is_rewarded, reward AS r,
           watched_seconds AS watched, toFloat64(propensity) AS p, bitAnd(flags, 3) != 0 AS is_fallback, bitAnd(flags, 4) != 0 AS is_repeat, impression_at AS at
    FROM marquee.outcomes FINAL
    WHERE impression_at >= toDateTime64(${hour}, 3, 'UTC') AND impression_at < toDateTime64(${hour + HOUR_S}, 3, 'UTC')
    UNION ALL
    SELECT ${KEYS}, 0, 0, 0, 0, 0, 0, 0, toDateTime64(${hour}, 3, 'UTC')
    FROM marquee.outcomes_hourly FINAL
    WHERE hour = toDateTime(${hour})
)
GROUP BY ${KEYS}
SETTINGS do_not_merge_across_partitions_select_final = 1`;
}
