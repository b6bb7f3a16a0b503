import { AppError, shown } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { Estimator } from './estimator.js';
import type { LoggedOutcome } from './logged-outcome.js';
import { rowEstimator, solveRatio, type EstimatorOptions } from './row-estimator.js';

/** A propensity may lie this far from 1/K, relatively: logs are written with few digits. */
const UNIFORM_TOLERANCE = 1e-3;

/**
 * Replay: on a log whose arms were drawn uniformly, keep the rows where the target's own draw is the logged arm, and average their rewards.
 *
 *   keep row i with probability π(a_i | x_i);   V̂ = Σ_kept r_i / |kept|
 *
 * The target draws a ~ π(·| x_i) and matches with exactly that probability. About n/K rows are kept, which is also the effective sample
 * size; IPW and SNIPW use every row and are tighter. Any other log is refused: matching would then favour what the logging policy favoured.
 * Where K varies, a kept row weighs K_i = 1/π_b. The paper's algorithm shows the learner only kept rows; what the target learns from is the
 * caller's choice. Intervals: Clopper–Pearson (kept rows are the target's own: exact for one K and rows that stand alone), bootstrap.
 *
 * @param rng the target's draws
 * @throws AppError `bandit/bad-setting`; from `add` also `evaluation/not-uniform` when π_b is not 1/K (without `offeredArms` and vectors, K is
 * read off the first row)
 * @see Li, Chu, Langford & Wang, WSDM 2011, arXiv:1003.5956, algorithm 2
 */
export function replay(rng: Rng, options: EstimatorOptions = {}): Estimator {
  let firstPropensity: number | undefined;
  return rowEstimator(
    {
      name: 'replay',
      columns: 2,
      weigh(outcome) {
        const { loggingPropensity } = outcome;
        const arms = offeredArms(outcome) ?? Math.round(1 / (firstPropensity ?? loggingPropensity));
        checkUniform(loggingPropensity, arms);
        firstPropensity ??= loggingPropensity;
        return rng.uniform() < outcome.targetPropensity ? 1 / loggingPropensity : 0;
      },
      write(outcome, weight, columns) {
        columns[0] = weight;
        columns[1] = weight * outcome.reward;
      },
      solve: solveRatio,
      methods: { counts: 'weights' },
    },
    options,
  );
}

function offeredArms({ offeredArms, targetProbabilities, arms }: LoggedOutcome): number | undefined {
  return offeredArms ?? targetProbabilities?.length ?? arms?.length;
}

function checkUniform(loggingPropensity: number, arms: number): void {
  if (Math.abs(loggingPropensity * arms - 1) <= UNIFORM_TOLERANCE) return;
  throw new AppError(
    'evaluation/not-uniform',
    `log is not uniform: logging propensity ${shown(loggingPropensity)}; expected 1/${arms} for each of ${arms} arms`,
  );
}
