import { AppError } from '../../core/errors.js';
import { armAt, badOutcome, checkIndex, type LoggedOutcome } from './logged-outcome.js';
import { checkCount, checkPositive } from './row-estimator.js';
import { MOST_ARMS } from './weight-ledger.js';

/** What a cross-fitted estimate asks of a model of rewards. */
export interface RewardModel<Row extends LoggedOutcome = LoggedOutcome> {
  /** Takes in one logged row: context, arm, reward. */
  learn(outcome: Row): void;
  /** @param estimates shape (≥ K): q̂(x, a) of each arm offered is written to its first K entries */
  predict(outcome: Row, estimates: Float64Array): void;
}

export interface TabularOptions {
  /** s, finite, > 0: rows that the prior is worth; default 10 */
  readonly priorTrials?: number;
  /** r₀, finite: reward that is expected of an arm before it is seen; default: the mean reward of all rows learned, 0 before the first */
  readonly priorReward?: number;
  /** cells held at most, ≥ 1: arms × positions; default 4,096 */
  readonly maxCells?: number;
}

/** @throws AppError `bandit/bad-setting` */
export function tabularSettings(options: TabularOptions): {
  readonly priorTrials: number;
  readonly priorReward: number | undefined;
  readonly maxCells: number;
} {
  return {
    priorTrials: checkPositive('priorTrials', options.priorTrials ?? 10),
    priorReward: options.priorReward,
    maxCells: checkCount('maxCells', options.maxCells ?? 4096),
  };
}

/**
 * Numbers the pairs (arm, position) in order of appearance.
 */
export class Cells {
  private readonly indexOf = new Map<number, number>();
  private found = new Int32Array(64);

  constructor(private readonly maxCells: number) {}

  get size(): number {
    return this.indexOf.size;
  }

  /** The cell of one arm, or −1 if it has none yet. */
  find(arm: number, position: number): number {
    return this.indexOf.get(position * MOST_ARMS + arm) ?? -1;
  }

  /**
   * Cells of all arms offered, opened where they are new: valid until the next call.
   *
   * @throws AppError `evaluation/too-many` | `evaluation/bad-outcome`, before any is opened
   */
  open(outcome: LoggedOutcome): Int32Array {
    const arms = countOfArms(outcome);
    const position = outcome.position ?? 0;
    checkIndex('position', position, 2 ** 32);
    if (arms > this.found.length) this.found = new Int32Array(arms);
    let unseen = 0;
    for (let a = 0; a < arms; a++) {
      const arm = armAt(outcome, a);
      checkIndex('arm', arm, MOST_ARMS);
      this.found[a] = this.find(arm, position);
      if (this.found[a]! < 0) unseen++;
    }
    if (this.size + unseen > this.maxCells) {
      throw new AppError(
        'evaluation/too-many',
        `${this.size + unseen} pairs of arm and position; expected at most ${this.maxCells} (maxCells)`,
      );
    }
    for (let a = 0; unseen > 0 && a < arms; a++) {
      if (this.found[a]! >= 0) continue;
      this.found[a] = this.size;
      this.indexOf.set(position * MOST_ARMS + armAt(outcome, a), this.size);
    }
    return this.found;
  }
}

/**
 * Mean reward of each arm at each position, shrunk towards what is expected of all:
 *
 *   q̂(a, p) = (Σ r + s·r₀) / (N + s),   sums over rows that logged arm a at position p
 *
 * Knows nothing of the context; holds two numbers per cell. A model that does know it is any other `RewardModel`.
 *
 * @throws AppError `bandit/bad-setting`
 * @example
 * const model = tabularRewards({ priorTrials: 100, priorReward: 0.01 });
 * const row = { reward: 1, loggingPropensity: 0.5, targetPropensity: 0.25, chosen: 0, targetProbabilities: [0.25, 0.75] };
 * model.learn(row);
 * const estimates = new Float64Array(2);
 * model.predict(row, estimates);
 * Array.from(estimates) // => [2 / 101, 0.01]
 */
export function tabularRewards(options: TabularOptions = {}): RewardModel {
  const { priorTrials, priorReward, maxCells } = tabularSettings(options);
  const cells = new Cells(maxCells);
  const trials: number[] = [];
  const rewards: number[] = [];
  let rows = 0;
  let total = 0;
  return {
    learn(outcome) {
      const { chosen } = outcome;
      if (chosen === undefined)
        throw badOutcome('a row without chosen; a tabular reward model learns of that arm');
      checkIndex('chosen', chosen, countOfArms(outcome));
      const cell = cells.open(outcome)[chosen]!;
      trials[cell] = (trials[cell] ?? 0) + 1;
      rewards[cell] = (rewards[cell] ?? 0) + outcome.reward;
      rows++;
      total += outcome.reward;
    },
    predict(outcome, estimates) {
      const arms = countOfArms(outcome);
      const expected = priorReward ?? (rows === 0 ? 0 : total / rows);
      for (let a = 0; a < arms; a++) {
        const cell = cells.find(armAt(outcome, a), outcome.position ?? 0);
        estimates[a] = shrunkMean(rewards[cell] ?? 0, trials[cell] ?? 0, expected, priorTrials);
      }
    },
  };
}

/** K. @throws AppError `evaluation/bad-outcome` */
function countOfArms({ targetProbabilities, arms, offeredArms }: LoggedOutcome): number {
  const count = targetProbabilities?.length ?? arms?.length ?? offeredArms;
  if (count !== undefined && Number.isSafeInteger(count) && count >= 1 && count <= MOST_ARMS) return count;
  throw badOutcome(
    `${count ?? 'an unknown number of'} arms offered; a tabular reward model needs 1 … ${MOST_ARMS}`,
  );
}

/** (Σ r + s·r₀) / (N + s) */
export function shrunkMean(rewards: number, trials: number, expected: number, priorTrials: number): number {
  return (rewards + priorTrials * expected) / (trials + priorTrials);
}
