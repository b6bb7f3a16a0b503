import { createHash } from 'node:crypto';
import type { ModelStatistics } from './label-fold.js';

export interface PartitionStatistics {
  readonly partition: number;
  readonly models: readonly ModelStatistics[];
}

/** SHA-256 over every bit of the statistics: partitions as given, models by key, rows ascending. */
export function hashStatistics(partitions: readonly PartitionStatistics[]): string {
  const hash = createHash('sha256');
  for (const { partition, models } of partitions) {
    const byKey = [...models].sort((a, b) => (a.spec.key < b.spec.key ? -1 : 1));
    for (const { spec, arms, shared } of byKey) {
      hash.update(`${partition} ${spec.key} ${arms.dimension}\n`).update(shared.encodeRow(0));
      for (let row = 0; row < arms.rows; row++) {
        if (arms.has(row)) hash.update(`${row}\n`).update(arms.encodeRow(row));
      }
    }
  }
  return hash.digest('hex');
}
