import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnalyticsRow } from './analytics.js';

/** Rows encoded between two turns of the event loop: 1–2 ms of work. */
const ROWS_PER_TURN = 250;

/** @returns rows [from, to) as UTF-8 lines of JSONEachRow, made in slices so that other work of this process goes on between them */
export async function encodeRows(
  rows: readonly AnalyticsRow[],
  from: number,
  to: number,
): Promise<Uint8Array> {
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
