import { AppError, shown } from '../../core/errors.js';
import type { ExperimentResults } from './experiment-results.js';
import { experimentTables, type Cell, type ExperimentTable } from './experiment-tables.js';
import { experimentVerdict } from './experiment-verdict.js';

/** The page as data: numbers unrounded, null where nothing is known. */
export function experimentJson(results: ExperimentResults): Readonly<Record<string, unknown>> {
  const { experiment, settings, asOfMs, control } = results;
  return {
    ...{ experiment, control: control.variant, asOfMs, settings },
    verdict: experimentVerdict(results),
    tables: Object.fromEntries(
      experimentTables(results).map(({ name, columns, rows }) => [
        name,
        rows.map((row) => Object.fromEntries(columns.map(({ key }, i) => [key, row[i] ?? null]))),
      ]),
    ),
  };
}

/** A text that a spreadsheet would take for a formula is given an apostrophe. */
function field(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csvLine = (cells: readonly Cell[]): string => `${cells.map(field).join(',')}\r\n`;

function csv({ columns, rows }: ExperimentTable): string {
  return csvLine(columns.map(({ key }) => key)) + rows.map(csvLine).join('');
}

/**
 * One table as CSV (RFC 4180), or all of them as `table,row,column,value`.
 *
 * @throws AppError `request/invalid` for a table there is not
 */
export function experimentCsv(results: ExperimentResults, name: string | undefined): string {
  const tables = experimentTables(results);
  if (name === undefined) {
    const lines = tables.flatMap((table) =>
      table.rows.flatMap((row, r) =>
        table.columns.map(({ key }, c) => csvLine([table.name, r, key, row[c]])),
      ),
    );
    return csvLine(['table', 'row', 'column', 'value']) + lines.join('');
  }
  const table = tables.find((of) => of.name === name);
  if (table === undefined)
    throw new AppError(
      'request/invalid',
      `table is ${shown(name)}; expected one of ${tables.map((of) => of.name).join(', ')}`,
    );
  return csv(table);
}
