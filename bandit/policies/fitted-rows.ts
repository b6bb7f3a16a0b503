import { AppError } from '../../core/errors.js';
import type { ArmStatistics } from '../arm-statistics.js';
import type { Prior } from '../policy.js';

/** The rows to fit: those asked for, or all; only ones the statistics know, in the order given (all: ascending). */
export function rowsToFit(statistics: ArmStatistics, rows: Int32Array | undefined): Int32Array {
  if (rows !== undefined) return rows.filter((row) => statistics.has(row));
  const all = new Int32Array(statistics.rows);
  let count = 0;
  for (let row = 0; row < statistics.rows; row++) if (statistics.has(row)) all[count++] = row;
  return all.subarray(0, count);
}

/** @throws AppError `bandit/bad-shape` when statistics or prior are not of the policy's dimension */
export function checkDimensions(dimension: number, statistics: ArmStatistics, prior: Prior): void {
  if (statistics.dimension !== dimension || prior.mean.length !== dimension) {
    throw new AppError(
      'bandit/bad-shape',
      `statistics of d = ${statistics.dimension}, prior of d = ${prior.mean.length}; expected d = ${dimension}`,
    );
  }
}
