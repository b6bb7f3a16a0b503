import { AppError, shown } from '../../core/errors.js';

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
  row_index: UINT32,
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

/** What a number in one column may be: a whole number from 0 to `most`, or, where there is no `most`, any finite one. */
export interface ColumnBound {
  readonly column: string;
  readonly most: number | undefined;
}

export function boundsOf(columns: readonly string[]): readonly ColumnBound[] {
  return columns.map((column) => ({ column, most: MOST[column] }));
}

/**
 * One value that its column cannot hold would make ClickHouse refuse the whole batch, again and again; so it is found here.
 * @param values one per column, in the order of `bounds`
 * @throws AppError `event/unreadable`
 */
export function checkFits(bounds: readonly ColumnBound[], values: readonly unknown[]): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') continue;
    const { column, most } = bounds[i]!;
    if (most === undefined ? Number.isFinite(value) : Number.isInteger(value) && value >= 0 && value <= most)
      continue;
    throw new AppError(
      'event/unreadable',
      `${column} is ${shown(value)}; expected ${most === undefined ? 'a finite number' : `a whole number from 0 to ${most}`}`,
    );
  }
}
