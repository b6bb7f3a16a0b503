import type { Cell, Column, ExperimentTable } from './experiment-tables.js';
import { html, type Html } from './html.js';
import { countText, liftText, percentText, probabilityText } from './number-words.js';

const UNKNOWN = '–';

const WORDS: Readonly<Record<Column['kind'], (value: number) => string>> = {
  text: String,
  count: countText,
  mean: (value) => value.toFixed(3),
  share: (value) => percentText(value),
  lift: liftText,
  probability: (p) => probabilityText(p).replace(/^= /, ''),
  time: (ms) => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
};

/** What is not known, and what is not a number, is a dash. */
function cellText(cell: Cell, kind: Column['kind']): string {
  if (typeof cell === 'number') return Number.isFinite(cell) ? WORDS[kind](cell) : UNKNOWN;
  return cell ?? UNKNOWN;
}

/** A table with its own download. The first cell of a row names it. */
export function shownTable(table: ExperimentTable, query: string): Html {
  const { columns, rows, name, title } = table;
  const line = (row: readonly Cell[]): Html =>
    html`<tr>
      ${columns.map(({ kind }, i) => {
        const text = cellText(row[i], kind);
        if (i === 0) return html`<th scope="row">${text}</th>`;
        return html`<td class="${kind === 'text' ? 'cell-text' : 'cell-number'}">${text}</td>`;
      })}
    </tr>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="${title}: table">
      <table>
        <thead>
          <tr>
            ${columns.map(({ label, kind }) => html`<th scope="col" class="${kind === 'text' ? 'cell-text' : 'cell-number'}">${label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(line)}
        </tbody>
      </table>
    </div>
    <p class="fine"><a href="${`/experiment.csv${query}&table=${name}`}">${title} as CSV</a></p>`;
}
