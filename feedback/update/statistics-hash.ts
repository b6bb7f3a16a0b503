import { createHash } from 'node:crypto';
import type { ArmStatistics } from '../../bandit/arm-statistics.js';
import type { ExaminationStatistics } from './examination-fold.js';
import type { ModelStatistics } from './label-fold.js';

export interface PartitionStatistics {
  readonly partition: number;
  readonly models: readonly ModelStatistics[];
  readonly examination: ExaminationStatistics;
}

/** SHA-256 over every bit of the statistics: partitions as given, models by key, rows ascending, then examination's columns and rows. */
export function hashStatistics(partitions: readonly PartitionStatistics[]): string {
  const hash = createHash('sha256');
  const update = (arms: ArmStatistics): void => {
    for (let row = 0; row < arms.rows; row++) {
      if (arms.has(row)) hash.update(`${row}\n`).update(arms.encodeRow(row));
    }
  };
  for (const { partition, models, examination } of partitions) {
    const byKey = [...models].sort((a, b) => (a.spec.key < b.spec.key ? -1 : 1));
    for (const { spec, arms, shared } of byKey) {
      hash.update(`${partition} ${spec.key} ${arms.dimension}\n`).update(shared.encodeRow(0));
      update(arms);
    }
    for (const axis of ['columns', 'rows'] as const) {
      hash.update(`${partition} examination:${axis}\n`);
      update(examination[axis].sums);
    }
  }
  return hash.digest('hex');
}
