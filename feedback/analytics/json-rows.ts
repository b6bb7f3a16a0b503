import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, shown } from '../../core/errors.js';
import { ANALYTICS_TABLES, type AnalyticsRow, type AnalyticsTable, type PrintedRows } from './analytics.js';

/** Rows encoded between two turns of the event loop: 1–2 ms of work. */
const ROWS_PER_TURN = 250;

/** @returns rows [from, to) as UTF-8 lines of JSONEachRow, made in slices so that other work of this process goes on between them */
async function encodeRows(rows: readonly AnalyticsRow[], from: number, to: number): Promise<Uint8Array> {
  const slices: Buffer[] = [];
  for (let start = from; start < to; start += ROWS_PER_TURN) {
    if (start > from) await nextTurn();
    let lines = '';
    for (let i = start; i < Math.min(to, start + ROWS_PER_TURN); i++) lines += `${JSON.stringify(rows[i])}\n`;
    slices.push(Buffer.from(lines));
  }
  return Buffer.concat(slices);
}

export function decodeRows<Row>(lines: string): Row[] {
  if (lines === '') return [];
  const rows: Row[] = [];
  for (const line of lines.split('\n')) if (line !== '') rows.push(JSON.parse(line) as Row);
  return rows;
}

/** One INSERT statement: what follows `INSERT INTO`, the name of the format, and the rows in it. */
export interface InsertStatement {
  readonly table: string;
  /** undefined: each row names its own */
  readonly columns: readonly string[] | undefined;
  readonly format: 'JSONEachRow' | 'JSONCompactEachRow';
  readonly lines: readonly Uint8Array[];
}

const COLUMN = /^[a-z_][a-z0-9_]*$/;

/**
 * @param maxRows rows that are not printed yet become statements of at most so many
 * @throws AppError `analytics/query-failed`
 */
export async function* insertStatements(
  table: AnalyticsTable,
  rows: readonly AnalyticsRow[] | PrintedRows,
  maxRows: number,
): AsyncGenerator<InsertStatement, void, undefined> {
  if (!ANALYTICS_TABLES.includes(table)) {
    throw new AppError(
      'analytics/query-failed',
      `table ${shown(table)}; expected one of ${ANALYTICS_TABLES.join(', ')}`,
    );
  }
  const into = `marquee.${table}`;
  if ('lines' in rows) {
    const { columns, lines, count } = rows;
    const strange = columns.find((column) => !COLUMN.test(column));
    if (strange !== undefined)
      throw new AppError(
        'analytics/query-failed',
        `column ${shown(strange)}; expected a name like member_id`,
      );
    if (count > 0) yield { table: into, columns, format: 'JSONCompactEachRow', lines };
    return;
  }
  for (let from = 0; from < rows.length; from += maxRows) {
    const lines = [await encodeRows(rows, from, Math.min(rows.length, from + maxRows))];
    yield { table: into, columns: undefined, format: 'JSONEachRow', lines };
  }
}
