import { AppError } from '../../core/errors.js';
import type { AnalyticsTable, PrintedRows } from '../analytics/analytics.js';
import { HOUR_MS } from '../analytics/roll-ups.js';
import { boundsOf, checkFits, type ColumnBound } from './column-ranges.js';
import type { TableRow } from './rows.js';

/** Rows as they are sent, by table. */
export interface Printed {
  readonly tables: ReadonlyMap<AnalyticsTable, PrintedRows>;
  /** hours of the outcomes among them, epoch milliseconds: once these are in, the hours' roll-ups lag behind */
  readonly hours: ReadonlySet<number>;
  /** rows of all tables */
  readonly count: number;
}

interface TableText {
  readonly columns: readonly string[];
  readonly bounds: readonly ColumnBound[];
  /** lines not yet in bytes */
  text: string;
  count: number;
}

/** Prints rows one by one. Rows of one table are made by one function and name their columns in one order: the first row tells it. */
export class RowPrinter {
  readonly #texts = new Map<AnalyticsTable, TableText>();
  #hours = new Set<number>();
  #count = 0;

  /** @throws AppError `event/unreadable` when a value does not fit its column; nothing of the row is printed then */
  print({ table, row }: TableRow): void {
    const values = Object.values(row);
    const text = this.#texts.get(table) ?? this.#begin(table, Object.keys(row));
    if (values.length !== text.columns.length) {
      throw new AppError(
        'internal',
        `a row of ${table} has ${values.length} columns; expected ${text.columns.join(', ')}`,
      );
    }
    checkFits(text.bounds, values);
    text.text += `${JSON.stringify(values)}\n`;
    text.count++;
    this.#count++;
    if (table === 'outcomes') this.#hours.add(Math.floor(Number(row['impression_at']) / HOUR_MS) * HOUR_MS);
  }

  /** What was printed since the last call. */
  take(): Printed {
    const tables = new Map<AnalyticsTable, PrintedRows>();
    for (const [table, text] of this.#texts) {
      if (text.count === 0) continue;
      tables.set(table, { columns: text.columns, lines: [Buffer.from(text.text)], count: text.count });
      text.text = '';
      text.count = 0;
    }
    const printed = { tables, hours: this.#hours, count: this.#count };
    this.#hours = new Set();
    this.#count = 0;
    return printed;
  }

  #begin(table: AnalyticsTable, columns: readonly string[]): TableText {
    const text = { columns, bounds: boundsOf(columns), text: '', count: 0 };
    this.#texts.set(table, text);
    return text;
  }
}
