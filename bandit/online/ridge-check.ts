import { AppError, shown } from '../../core/errors.js';
import { checkOptions, type ArmStatisticsOptions } from '../statistics-check.js';

export interface OnlineRidgeOptions extends ArmStatisticsOptions {
  /** λ > 0: how strongly θ is held to the prior mean, in examples; default 1 */
  readonly lambda?: number;
  /** examples of a row between factorisations, integer ≥ 1; default 4096 */
  readonly refactorEvery?: number;
  /** half-lives of a row's time between factorisations, > 0; default 1/8 */
  readonly refactorAfterHalfLives?: number;
}

/** w·‖x‖² of one example: above this, sums of examples could overflow a float64 before anybody notices. */
const MAX_SIZE = 1e100;

/** Options with their defaults. @throws AppError `bandit/bad-setting` */
export function checkRidgeOptions(options: OnlineRidgeOptions): Required<OnlineRidgeOptions> {
  const { lambda = 1, refactorEvery = 4096, refactorAfterHalfLives = 1 / 8 } = options;
  const checked = checkOptions(options);
  if (checked.dimension < 1) refuse('dimension', checked.dimension, 'an integer in [1, 256]');
  if (!(lambda > 0 && lambda < Infinity)) refuse('lambda', lambda, 'a finite number > 0');
  if (!(Number.isInteger(refactorEvery) && refactorEvery >= 1))
    refuse('refactorEvery', refactorEvery, 'an integer ≥ 1');
  if (!(refactorAfterHalfLives > 0 && refactorAfterHalfLives < Infinity))
    refuse('refactorAfterHalfLives', refactorAfterHalfLives, 'a finite number > 0');
  return { ...checked, lambda, refactorEvery, refactorAfterHalfLives };
}

function refuse(name: string, value: unknown, expected: string): never {
  throw new AppError('bandit/bad-setting', `${name} is ${shown(value)}; expected ${expected}`);
}

/** @throws AppError `bandit/bad-reward` unless the reward, or its change, is in [lowest, 1] */
export function checkReward(reward: number, lowest: 0 | -1): void {
  if (!(reward >= lowest && reward <= 1)) {
    const what = lowest === 0 ? 'reward' : 'reward change';
    throw new AppError(
      'bandit/bad-reward',
      `${what} is ${shown(reward)}; expected a number in [${lowest}, 1]`,
    );
  }
}

/** @throws AppError `bandit/bad-shape` when x is short, or an example so large that sums would overflow (or is not a number) */
export function checkSize(x: Float32Array, dimension: number, weight: number): void {
  let squares = 0;
  for (let i = 0; i < dimension; i++) squares += x[i]! * x[i]!;
  // What is not a number at all is refused by name where the sums are kept; a short x gives NaN here and is refused there too.
  if (weight * squares > MAX_SIZE) {
    throw new AppError(
      'bandit/bad-shape',
      `weight·‖x‖² is ${shown(weight * squares)}; expected at most ${MAX_SIZE}`,
    );
  }
}

/** @throws AppError `bandit/bad-shape` unless the mean has d finite entries */
export function checkMean(mean: Float64Array, dimension: number): void {
  if (mean.length !== dimension || !mean.every(Number.isFinite)) {
    throw new AppError(
      'bandit/bad-shape',
      `prior mean is ${shown([...mean])}; expected ${dimension} finite numbers`,
    );
  }
}
