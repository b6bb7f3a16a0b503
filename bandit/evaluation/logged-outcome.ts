import { AppError, shown } from '../../core/errors.js';

/**
 * One logged decision with its reward, seen by the policy being evaluated (the target).
 *
 *   w_i = π(a_i | x_i) / π_b(a_i | x_i)
 *
 * The first three numbers are enough for replay, IPW and SNIPW. The vectors are what the others need; they are read while `add` runs and not
 * kept, so one buffer may serve every row. The K arms offered stand in the same order in each of them.
 */
export interface LoggedOutcome {
  /** r_i: finite; in Marquee a number in [0, 1] */
  readonly reward: number;
  /** π_b(a_i | x_i), in (0, 1]: probability with which the logging policy chose the logged arm, stored when it chose */
  readonly loggingPropensity: number;
  /** π(a_i | x_i), in [0, 1]: probability with which the target would have chosen the same arm */
  readonly targetPropensity: number;
  /** K_i, arms offered: lets the replay estimator see that 1/K is what was logged; with vectors, their length */
  readonly offeredArms?: number;
  /** rows of one cluster (a member) are not independent; absent: the row stands alone */
  readonly clusterId?: string;
  /** place on the page, an integer ≥ 0: a stratum, and half of the key of a tabular reward model; absent: 0 */
  readonly position?: number;
  /** index of a_i among the arms offered, in [0, K) */
  readonly chosen?: number;
  /** shape (K): the number of each arm offered, integers ≥ 0 that mean the same arm in every row; absent: 0 … K − 1 */
  readonly arms?: ArrayLike<number>;
  /** shape (K), π(· | x_i): each in [0, 1], summing to 1 within 1e-6; its entry `chosen` is `targetPropensity` */
  readonly targetProbabilities?: ArrayLike<number>;
  /** shape (K), π_b(· | x_i): each in [0, 1], summing to 1 within 1e-6; its entry `chosen` is `loggingPropensity` */
  readonly loggingProbabilities?: ArrayLike<number>;
  /** shape (K), q̂(x_i, ·): rewards that a model expects; fitted on other rows than this one, or the estimate leans to what it has seen */
  readonly estimatedRewards?: ArrayLike<number>;
  /** shape (K): category (embedding) of each arm, integers ≥ 0 */
  readonly categories?: ArrayLike<number>;
}

/** How far the sum of a probability vector may lie from 1, and its entry for the chosen arm from the propensity. */
const PROBABILITY_TOLERANCE = 1e-6;

/** @throws AppError `evaluation/bad-propensity` | `evaluation/bad-outcome` | `bandit/bad-reward` */
export function checkOutcome(outcome: LoggedOutcome): void {
  const { reward, loggingPropensity, targetPropensity, targetProbabilities, loggingProbabilities } = outcome;
  // Written so that NaN fails too.
  if (!(loggingPropensity > 0 && loggingPropensity <= 1)) {
    throw badPropensity(`logging propensity ${shown(loggingPropensity)}; expected a number > 0 and ≤ 1`);
  }
  if (!(targetPropensity >= 0 && targetPropensity <= 1)) {
    throw badPropensity(`target propensity ${shown(targetPropensity)}; expected a number in [0, 1]`);
  }
  if (!Number.isFinite(reward)) {
    throw new AppError('bandit/bad-reward', `reward ${shown(reward)}; expected a finite number`);
  }
  if (outcome.position !== undefined) checkIndex('position', outcome.position, Number.MAX_SAFE_INTEGER);
  if (targetProbabilities !== undefined) {
    checkProbabilities('target', targetProbabilities, outcome, targetPropensity);
  }
  if (loggingProbabilities !== undefined) {
    checkProbabilities('logging', loggingProbabilities, outcome, loggingPropensity);
  }
}

/**
 * π(· | x) and where in it the logged arm stands, or a complaint that the estimator needs them.
 *
 * @throws AppError `evaluation/bad-outcome`
 */
export function targetVector(
  outcome: LoggedOutcome,
  need: string,
): { readonly probabilities: ArrayLike<number>; readonly chosen: number } {
  const { targetProbabilities, chosen } = outcome;
  if (targetProbabilities === undefined || chosen === undefined) {
    throw badOutcome(`a row without target probabilities of all arms; ${need} needs them, and chosen`);
  }
  return { probabilities: targetProbabilities, chosen };
}

/**
 * q̂_π(x) = Σ_a π(a | x)·q̂(x, a), and q̂(x, a_i) of the logged arm.
 *
 * @throws AppError `evaluation/bad-outcome` when the vectors are absent, of different lengths or not finite
 */
export function modelledRewards(outcome: LoggedOutcome): {
  readonly underTarget: number;
  readonly ofChosen: number;
} {
  const { probabilities, chosen } = targetVector(outcome, 'an estimate by q̂');
  const { estimatedRewards } = outcome;
  if (estimatedRewards?.length !== probabilities.length) {
    throw badOutcome(
      `${estimatedRewards?.length ?? 'no'} estimated rewards; expected ${probabilities.length}, one per arm offered`,
    );
  }
  let underTarget = 0;
  for (let a = 0; a < probabilities.length; a++) underTarget += probabilities[a]! * estimatedRewards[a]!;
  const ofChosen = estimatedRewards[chosen]!;
  if (!Number.isFinite(underTarget) || !Number.isFinite(ofChosen)) {
    throw badOutcome(`estimated rewards ${shown(Array.from(estimatedRewards))}; expected finite numbers`);
  }
  return { underTarget, ofChosen };
}

/** Number of the arm at `index` among the arms offered. */
export function armAt(outcome: LoggedOutcome, index: number): number {
  return outcome.arms === undefined ? index : outcome.arms[index]!;
}

/** @throws AppError `evaluation/bad-outcome` unless the value is an integer in [0, limit) */
export function checkIndex(name: string, value: number, limit: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value < limit) return;
  throw badOutcome(`${name} ${shown(value)}; expected an integer in [0, ${limit})`);
}

export function badOutcome(message: string): AppError {
  return new AppError('evaluation/bad-outcome', message);
}

function badPropensity(message: string): AppError {
  return new AppError('evaluation/bad-propensity', message);
}

function checkProbabilities(
  whose: string,
  probabilities: ArrayLike<number>,
  outcome: LoggedOutcome,
  propensity: number,
): void {
  const arms = probabilities.length;
  const { chosen, offeredArms = arms } = outcome;
  if (arms === 0 || arms !== offeredArms || arms !== (outcome.arms?.length ?? arms)) {
    throw badOutcome(
      `${arms} ${whose} probabilities for ${outcome.arms?.length ?? offeredArms} arms; expected one per arm offered`,
    );
  }
  if (chosen === undefined)
    throw badOutcome(`${whose} probabilities without chosen; expected its index in them`);
  checkIndex('chosen', chosen, arms);
  let sum = 0;
  for (let a = 0; a < arms; a++) {
    const p = probabilities[a]!;
    if (!(p >= 0 && p <= 1))
      throw badPropensity(`${whose} probability ${shown(p)}; expected a number in [0, 1]`);
    sum += p;
  }
  if (!(Math.abs(sum - 1) <= PROBABILITY_TOLERANCE)) {
    throw badPropensity(
      `${whose} probabilities sum to ${shown(sum)}; expected 1 within ${PROBABILITY_TOLERANCE}`,
    );
  }
  if (Math.abs(probabilities[chosen]! - propensity) > PROBABILITY_TOLERANCE) {
    throw badPropensity(
      `${whose} propensity ${shown(propensity)}; expected ${shown(probabilities[chosen])}, the probability of the chosen arm`,
    );
  }
}
