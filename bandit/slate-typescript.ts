import type { RowTable } from './linalg/row-table.js';
import type { SlateBatch } from './slate-batch.js';
import type { SlateRecord } from './slate-record.js';
import type { SlateRun } from './slate-run.js';

/** Twin of `expandSlates` in linalg/assembly/slates.ts: the same bits. */
export function expandRecords(
  records: readonly SlateRecord[],
  batch: SlateBatch,
  head: Float32Array,
  member: Float32Array,
  withContexts: boolean,
): void {
  const { contexts, headLength, size } = batch;
  const dimension = headLength + 1 + 2 * size;
  for (let s = 0; s < batch.count; s++) {
    const record = records[s]!;
    const from = batch.starts[s]!;
    batch.rows.set(record.rows, from);
    batch.hashes.set(record.hashes, from);
    if (!withContexts) continue;
    for (let a = 0; a < record.size; a++) {
      const at = (from + a) * dimension;
      contexts.set(head, at);
      contexts.set(member, at + headLength + 1 + size);
      let affinity = 0;
      for (let e = 0; e < size; e++) {
        const product = member[e]! * record.vectors[a * size + e]!;
        affinity += product;
        contexts[at + headLength + 1 + e] = product;
      }
      contexts[at + headLength] = affinity;
    }
  }
}

/** Twin of `sumsOfSlates`: the same bits. */
export function sumRows(
  table: RowTable,
  at: number,
  { count, starts }: SlateRun,
  rows: Int32Array,
  out: Float64Array,
): void {
  for (let s = 0; s < count; s++) {
    let sum = 0;
    for (let a = starts[s]!; a < starts[s + 1]!; a++) {
      const slot = table.slotOf(rows[a]!);
      if (slot >= 0) sum += table.block(slot)[table.offset(slot) + at]!;
    }
    out[s] = sum;
  }
}
