import { AppError, shown } from '../../core/errors.js';

/**
 * One logged decision with its reward, seen by the policy being evaluated (the target).
 *
 *   w_i = π(a_i | x_i) / π_b(a_i | x_i)
 */
export interface LoggedOutcome {
  /** r_i: finite; in Marquee a number in [0, 1] */
  readonly reward: number;
  /** π_b(a_i | x_i), in (0, 1]: probability with which the logging policy chose the logged arm, stored when it chose */
  readonly loggingPropensity: number;
  /** π(a_i | x_i), in [0, 1]: probability with which the target would have chosen the same arm */
  readonly targetPropensity: number;
  /** K_i, arms offered: lets the replay estimator see that 1/K is what was logged */
  readonly offeredArms?: number;
  /** rows of one cluster (a member) are not independent; absent: the row stands alone */
  readonly clusterId?: string;
}

/** `usable`: the interval can be read. `weak`: shown with its reason, decides nothing. `no-overlap`: the log cannot answer. */
export type Verdict = 'usable' | 'weak' | 'no-overlap';

export interface Estimate {
  /** estimated mean reward under the target; NaN where it is 0/0 */
  readonly value: number;
  /** ends of the two-sided Gaussian interval, not clipped to [0, 1]; ∓Infinity with fewer than two independent groups, NaN with `value` */
  readonly low: number;
  readonly high: number;
  /** (Σw)² / Σw², in [0, n] */
  readonly effectiveSampleSize: number;
  readonly maxWeight: number;
  /** Σw / n: expected 1; below 1, the target puts mass where the log never was */
  readonly meanWeight: number;
  /** rows added */
  readonly n: number;
  readonly verdict: Verdict;
  /** why, for people */
  readonly reason: string;
}

/** A streaming estimator: memory does not grow with the rows. `estimate` never writes. */
export interface Estimator {
  readonly name: 'replay' | 'ipw' | 'snipw';
  /** @throws AppError `evaluation/bad-propensity` | `evaluation/not-uniform` | `bandit/bad-reward`; the row is then not counted */
  add(outcome: LoggedOutcome): void;
  /** @throws AppError `evaluation/empty` when nothing was added */
  estimate(): Estimate;
}

/** @throws AppError `evaluation/bad-propensity` | `bandit/bad-reward` */
export function checkOutcome(outcome: LoggedOutcome): void {
  const { reward, loggingPropensity, targetPropensity } = outcome;
  // Written so that NaN fails too.
  if (!(loggingPropensity > 0 && loggingPropensity <= 1)) {
    throw new AppError(
      'evaluation/bad-propensity',
      `logging propensity ${shown(loggingPropensity)}; expected a number > 0 and ≤ 1`,
    );
  }
  if (!(targetPropensity >= 0 && targetPropensity <= 1)) {
    throw new AppError(
      'evaluation/bad-propensity',
      `target propensity ${shown(targetPropensity)}; expected a number in [0, 1]`,
    );
  }
  if (!Number.isFinite(reward)) {
    throw new AppError('bandit/bad-reward', `reward ${shown(reward)}; expected a finite number`);
  }
}
