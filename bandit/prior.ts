import { AppError, shown } from '../core/errors.js';
import type { ArmStatistics } from './arm-statistics.js';
import { sharedKernels } from './linalg/kernels.js';
import { packedLength } from './linalg/packed.js';
import type { Prior } from './policy.js';

export interface PriorOptions {
  /** λ₀ > 0: how strongly the shared block is pulled to zero; default 1 */
  readonly lambda?: number;
  /** mean reward assumed before anything is seen, in (0, 1); default 0.1 */
  readonly meanRewardGuess?: number;
  /** that guess counts as so many trials, > 0; default 10 */
  readonly guessTrials?: number;
}

/** What is believed before anything is learned. @param dimension d ≥ 0 */
export function emptyPrior(dimension: number, meanRewardGuess = 0.1): Prior {
  return { mean: new Float64Array(dimension), meanReward: meanRewardGuess };
}

/**
 * The prior every artwork starts from, out of the block shared by all of them (row 0 of its own statistics):
 *
 *   μ = (λ₀I + S₀)⁻¹ b₀,   meanReward = (Σr + k·m₀) / (n + k)
 *
 * so that a new artwork begins with what its theme already earned.
 *
 * @throws AppError `bandit/bad-setting` | `bandit/not-positive-definite`
 * @example priorFrom(new ArmStatistics({ dimension: 2 })) // => emptyPrior(2)
 * @see Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5 (empirical Bayes)
 */
export function priorFrom(shared: ArmStatistics, options: PriorOptions = {}): Prior {
  const { lambda = 1, meanRewardGuess = 0.1, guessTrials = 10 } = options;
  if (!(lambda > 0 && lambda < Infinity))
    throw new AppError('bandit/bad-setting', `lambda is ${shown(lambda)}; expected a finite number > 0`);
  if (!(meanRewardGuess > 0 && meanRewardGuess < 1)) {
    throw new AppError(
      'bandit/bad-setting',
      `meanRewardGuess is ${shown(meanRewardGuess)}; expected a number in (0, 1)`,
    );
  }
  if (!(guessTrials > 0 && guessTrials < Infinity)) {
    throw new AppError(
      'bandit/bad-setting',
      `guessTrials is ${shown(guessTrials)}; expected a finite number > 0`,
    );
  }
  const d = shared.dimension;
  const precision = new Float64Array(packedLength(d));
  const mean = new Float64Array(d);
  shared.readSums(0, precision, mean);
  for (let i = 0; i < d; i++) precision[packedLength(i) + i] = precision[packedLength(i) + i]! + lambda;
  const kernels = sharedKernels();
  kernels.choleskyInPlace(precision, d);
  kernels.solveLower(precision, d, mean);
  kernels.solveLowerTransposed(precision, d, mean);
  const meanReward = (shared.rewardSum(0) + guessTrials * meanRewardGuess) / (shared.trials(0) + guessTrials);
  // Corrections can arrive before their trial: the sums are then briefly out of range, a mean reward never is.
  return { mean, meanReward: Math.min(1, Math.max(0, meanReward)) };
}
