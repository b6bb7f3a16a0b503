import { ArmStatistics } from '../../../bandit/arm-statistics.js';

/** Where one partition's rows are. */
export type RowSource =
  | { readonly kind: 'memory'; readonly arms: ArmStatistics }
  | { readonly kind: 'stored'; readonly rows: ReadonlyMap<number, Uint8Array> };

/** Statistics of the same shape, of nothing yet: small, and soon garbage. */
export function emptyLike({ dimension, halfLifeMs, replicates, space }: ArmStatistics): ArmStatistics {
  return new ArmStatistics({ dimension, halfLifeMs, replicates, space });
}

/**
 * Puts rows into `merged` as the sources have them together, whatever was there before. Each is summed anew in the order of the sources, at the latest of their
 * times, so that the same sources give the same bits whichever way they came about.
 *
 * @param sources one per partition, ascending
 */
export function mergeRows(
  merged: ArmStatistics,
  rows: readonly number[],
  sources: readonly RowSource[],
): void {
  const decoded = emptyLike(merged);
  const sums = emptyLike(merged);
  for (const [at, row] of rows.entries()) {
    for (const source of sources) {
      if (source.kind === 'memory') {
        sums.mergeRow(at, source.arms, row);
        continue;
      }
      const bytes = source.rows.get(row);
      if (bytes === undefined) continue;
      decoded.decodeRow(0, bytes);
      sums.mergeRow(at, decoded, 0);
    }
    merged.decodeRow(row, sums.encodeRow(at));
  }
}
