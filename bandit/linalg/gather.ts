import { dot, squaredNormOfProduct } from './packed.js';
import type { RowTable } from './row-table.js';

/** Twin of assembly/gather.ts; what it computes is said at `Kernels.gatherDots`. */
export function gatherDots(
  table: RowTable,
  rows: Int32Array,
  count: number,
  contexts: Float32Array,
  dimension: number,
  unknown: Float64Array,
  out: Float64Array,
): number {
  let bad = -1;
  for (let a = 0; a < count; a++) {
    const slot = table.slotOf(rows[a]!);
    const value =
      slot < 0
        ? dot(unknown, 0, contexts, a * dimension, dimension)
        : dot(table.block(slot), table.offset(slot), contexts, a * dimension, dimension);
    out[a] = value;
    if (!(Math.abs(value) < Infinity) && bad < 0) bad = a;
  }
  return bad;
}

/** As `Kernels.gatherNorms`. */
export function gatherNorms(
  table: RowTable,
  at: number,
  rows: Int32Array,
  count: number,
  contexts: Float32Array,
  dimension: number,
  scale: number,
  unknownScale: number,
  out: Float64Array,
): void {
  for (let a = 0; a < count; a++) {
    const x = a * dimension;
    const slot = table.slotOf(rows[a]!);
    out[a] =
      slot < 0
        ? unknownScale * Math.sqrt(dot(contexts, x, contexts, x, dimension))
        : scale *
          Math.sqrt(squaredNormOfProduct(table.block(slot), table.offset(slot) + at, contexts, x, dimension));
  }
}
