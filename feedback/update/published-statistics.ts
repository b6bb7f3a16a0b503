import type { ArmStatistics } from '../../bandit/arm-statistics.js';
import { emptyExamination, type ExaminationStatistics } from './examination-fold.js';
import { emptyStatistics, type ModelStatistics } from './label-fold.js';
import type { ModelSpec } from './model-spec.js';
import type { OwnedPartitions } from './owned-partitions.js';

/** What a publisher fits: the statistics of all partitions, merged in ascending order. Models go by their place in the list of models. */
export interface PublishedStatistics {
  /** Takes in what other learners know by now, where there are others. */
  refresh(): Promise<void>;
  /** Rows that changed since the last call, ascending. */
  drainTouched(model: number): Int32Array;
  /** Did the shared block move since it was last merged? */
  sharedMoved(model: number): boolean;
  /** Every row that was ever touched, ascending. */
  allRows(model: number): Int32Array;
  /** Statistics that have these rows; perhaps others too. */
  merged(model: number, rows: Int32Array): ArmStatistics;
  mergedShared(model: number): Promise<ArmStatistics>;
  /** Did what examination is estimated from move since the last call? */
  examinationMoved(): boolean;
  mergedExamination(): ExaminationStatistics;
}

/** The statistics of this learner's own partitions, which are all there are. */
export class OwnStatistics implements PublishedStatistics {
  constructor(
    readonly owned: Pick<OwnedPartitions, 'all'>,
    readonly models: readonly ModelSpec[],
    readonly examinationHalfLifeMs: number | undefined,
  ) {}

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  drainTouched(m: number): Int32Array {
    const rows = new Set<number>();
    for (const { touched } of this.owned.all) for (const row of touched[m]!.drainUnpublished()) rows.add(row);
    return Int32Array.from(rows).sort();
  }

  sharedMoved(m: number): boolean {
    return this.#of(m).some(({ shared }) => shared.drainTouched().length > 0);
  }

  allRows(m: number): Int32Array {
    const all = this.#of(m);
    const end = all.reduce((most, { arms }) => Math.max(most, arms.rows), 0);
    const rows: number[] = [];
    for (let row = 0; row < end; row++) if (all.some(({ arms }) => arms.has(row))) rows.push(row);
    return Int32Array.from(rows);
  }

  merged(m: number, rows: Int32Array): ArmStatistics {
    const all = this.#of(m);
    if (all.length === 1) return all[0]!.arms;
    const merged = emptyStatistics(this.models[m]!).arms;
    for (const row of rows) for (const { arms } of all) merged.mergeRow(row, arms);
    return merged;
  }

  mergedShared(m: number): Promise<ArmStatistics> {
    const merged = emptyStatistics(this.models[m]!).shared;
    for (const { shared } of this.#of(m)) {
      merged.mergeRow(0, shared);
      shared.drainTouched();
    }
    return Promise.resolve(merged);
  }

  examinationMoved(): boolean {
    const moved = this.owned.all.flatMap(({ models, touched }) =>
      touched.slice(models.length).map((rows) => rows.drainUnpublished().size > 0),
    );
    return moved.includes(true);
  }

  mergedExamination(): ExaminationStatistics {
    const merged = emptyExamination(this.examinationHalfLifeMs);
    for (const { examination } of this.owned.all) {
      merged.columns.merge(examination.columns);
      merged.rows.merge(examination.rows);
    }
    return merged;
  }

  #of(m: number): ModelStatistics[] {
    return this.owned.all.map((partition) => partition.models[m]!);
  }
}
