import normal from '@stdlib/stats-base-dists-normal';
import { AppError, shown } from '../../../core/errors.js';
import type { LoggedOutcome } from '../logged-outcome.js';

/**
 * - `clopper-pearson`: binary rewards, by counts;
 * - `empirical-bernstein`: bounded rows, any n;
 * - `bootstrap`: by member, Poisson weights;
 * - `anytime-valid`: a confidence sequence, right at every n at once: look as often as you like, stop when you like.
 *
 * The Gaussian interval is always there: `low` and `high` of an estimate.
 */
export type IntervalMethod = 'clopper-pearson' | 'empirical-bernstein' | 'bootstrap' | 'anytime-valid';

/**
 * What is promised about coverage: `exact` and `finite-sample` hold at every n if rows are independent, `anytime` at all n at once and for dependent rows,
 * `asymptotic` for large n, `approximate` is a heuristic, `none` says that the method does not apply to these rows.
 */
export type Guarantee = 'exact' | 'finite-sample' | 'anytime' | 'asymptotic' | 'approximate' | 'none';

export interface Interval {
  readonly method: IntervalMethod;
  /** NaN where the method does not apply */
  readonly low: number;
  readonly high: number;
  readonly guarantee: Guarantee;
  /** what the guarantee rests on, for people */
  readonly note: string;
}

/** A row as the intervals see it. */
export interface TrackedRow {
  readonly outcome: LoggedOutcome;
  /** w ≥ 0 */
  readonly weight: number;
  /** shape (m): what the estimator computes its value from; of a mean, entry 0 is the row's score φ */
  readonly columns: Float64Array;
  /** number of the stratum, from 0 in order of appearance */
  readonly stratum: number;
}

/** Watches the rows of one estimator and answers with one interval. Holds no row; `read` never writes. */
export interface IntervalTracker {
  readonly method: IntervalMethod;
  add(row: TrackedRow): void;
  read(): Interval;
}

/** z with P(|Z| ≤ z) = confidence. @throws AppError `bandit/bad-setting` */
export function gaussianQuantile(confidence: number): number {
  if (!(confidence > 0 && confidence < 1)) {
    throw new AppError('bandit/bad-setting', `confidence ${shown(confidence)}; expected a number in (0, 1)`);
  }
  return normal.quantile(0.5 + confidence / 2, 0, 1);
}
