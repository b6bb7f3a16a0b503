import { AppError, shown } from '../../core/errors.js';
import type { AnalyticsRow } from '../analytics/analytics.js';

const UINT8 = 255;
const UINT32 = 2 ** 32 - 1;
/** where DateTime64 ends */
const LATEST_MS = Date.UTC(2299, 0, 1);
const MOST: Readonly<Record<string, number>> = {
  device: UINT8,
  daypart: UINT8,
  arm: UINT8,
  flags: UINT8,
  slot: UINT32,
  position: UINT32,
  epoch: UINT32,
  title_revision: UINT32,
  version: UINT32,
  snapshot_version: Number.MAX_SAFE_INTEGER,
  at: LATEST_MS,
  received_at: LATEST_MS,
  impression_at: LATEST_MS,
  labelled_at: LATEST_MS,
};

/** One value that its column cannot hold would make ClickHouse refuse the whole batch, again and again; so it is found here. */
export function checkFits(row: AnalyticsRow): void {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value !== 'number') continue;
    const most = MOST[column];
    const fits =
      most === undefined ? Number.isFinite(value) : Number.isInteger(value) && value >= 0 && value <= most;
    if (!fits) {
      throw new AppError(
        'event/unreadable',
        `${column} is ${shown(value)}; expected ${most === undefined ? 'a finite number' : `a whole number from 0 to ${most}`}`,
      );
    }
  }
}
