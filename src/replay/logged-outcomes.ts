import { tabularRewards, type LoggedOutcome } from '../../bandit/evaluation/index.js';
import { MAX_ARMS } from '../../bandit/policy.js';
import type { LoggedRow } from './logged-row.js';

/** Positions told apart by the reward model, in order of appearance; all later ones are one more. */
const MOST_POSITIONS = 16;

/**
 * Says of each row what its estimators need beside the target: ids, position, and q̂(arm, position) as learned from the rows before it. So q̂ has never seen
 * the row, nor the future, whoever logged and however the target learns meanwhile.
 */
export class LoggedOutcomes {
  private readonly rewards = tabularRewards({ maxCells: MAX_ARMS * (MOST_POSITIONS + 1) });
  private readonly positions = new Map<string, number>();
  private readonly estimatedRewards: Float64Array;

  /** @param arms K of the whole action set */
  constructor(arms: number) {
    this.estimatedRewards = new Float64Array(arms);
  }

  /** The row under its own policy; its vectors are valid until the next call. */
  describe(row: LoggedRow): LoggedOutcome {
    const { size, rows } = row.slate;
    const outcome = {
      reward: row.reward,
      loggingPropensity: row.propensity,
      targetPropensity: row.propensity,
      offeredArms: size,
      chosen: row.chosen,
      arms: rows.subarray(0, size),
      position: this.positionOf(row.position),
      ...(row.memberId === undefined ? {} : { clusterId: row.memberId }),
    };
    const estimatedRewards = this.estimatedRewards.subarray(0, size);
    this.rewards.predict(outcome, estimatedRewards);
    return { ...outcome, estimatedRewards };
  }

  learn(outcome: LoggedOutcome): void {
    this.rewards.learn(outcome);
  }

  private positionOf(name: string): number {
    const known = this.positions.get(name);
    if (known !== undefined) return known;
    if (this.positions.size >= MOST_POSITIONS) return MOST_POSITIONS;
    this.positions.set(name, this.positions.size);
    return this.positions.size - 1;
  }
}
