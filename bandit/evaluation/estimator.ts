import type { Interval } from './intervals/interval.js';
import type { LoggedOutcome } from './logged-outcome.js';

/** `usable`: the interval can be read. `weak`: shown with its reason, decides nothing. `no-overlap`: the log cannot answer. */
export type Verdict = 'usable' | 'weak' | 'no-overlap';

export interface Estimate {
  /** estimated mean reward under the target; NaN where it is 0/0 */
  readonly value: number;
  /** ends of the two-sided Gaussian interval, not clipped to [0, 1]; ∓Infinity with fewer than two independent groups, NaN with `value` */
  readonly low: number;
  readonly high: number;
  /** the other intervals that were asked for, in that order */
  readonly intervals: readonly Interval[];
  /** (Σw)² / Σw², in [0, n] */
  readonly effectiveSampleSize: number;
  readonly maxWeight: number;
  /** Σw / n: expected 1; below 1, the target puts mass where the log never was */
  readonly meanWeight: number;
  /** target mass on arms that no row logged, in [0, 1]; NaN when no row gave the target's probabilities of all arms */
  readonly neverLoggedMass: number;
  /** rows added */
  readonly n: number;
  readonly verdict: Verdict;
  /** why, for people */
  readonly reason: string;
  /** with `byPosition`: each position by itself, in ascending order */
  readonly positions?: readonly PositionEstimate[];
}

export interface PositionEstimate extends Omit<Estimate, 'positions' | 'intervals'> {
  readonly position: number;
}

export type EstimatorName = 'replay' | 'ipw' | 'snipw' | 'dm' | 'dr' | 'sndr' | 'switch-dr' | 'dros' | 'mips';

/** A streaming estimator: memory does not grow with the rows, unless it says what it holds. `estimate` never writes. */
export interface Estimator {
  readonly name: EstimatorName;
  /**
   * @throws AppError `evaluation/bad-propensity` | `evaluation/bad-outcome` | `evaluation/not-uniform` | `evaluation/too-many` |
   * `bandit/bad-reward`; the row is then not counted
   */
  add(outcome: LoggedOutcome): void;
  /** @throws AppError `evaluation/empty` when nothing was added */
  estimate(): Estimate;
}
