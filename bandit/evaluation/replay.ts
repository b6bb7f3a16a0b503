import { AppError, shown } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import { checkOutcome, type Estimator } from './estimator.js';
import { gaussianQuantile, refuseEmpty, summarise, type EstimatorOptions } from './interval.js';
import { selfNormalised } from './snipw.js';
import { WeightedMoments } from './weighted-moments.js';

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
 * caller's choice.
 *
 * @param rng the target's draws
 * @throws AppError `bandit/bad-setting`; from `add` also `evaluation/not-uniform` when π_b is not 1/K (without `offeredArms`, K is
 * read off the first row)
 * @see Li, Chu, Langford & Wang, WSDM 2011, arXiv:1003.5956, algorithm 2
 */
export function replay(rng: Rng, options: EstimatorOptions = {}): Estimator {
  const z = gaussianQuantile(options.confidence ?? 0.95);
  const moments = new WeightedMoments();
  let firstPropensity: number | undefined;
  return {
    name: 'replay',
    add(outcome) {
      checkOutcome(outcome);
      firstPropensity ??= outcome.loggingPropensity;
      checkUniform(outcome.loggingPropensity, outcome.offeredArms ?? Math.round(1 / firstPropensity));
      const kept = rng.uniform() < outcome.targetPropensity;
      moments.add(kept ? 1 / outcome.loggingPropensity : 0, outcome.reward, outcome.clusterId);
    },
    estimate() {
      refuseEmpty(moments);
      return summarise(moments, selfNormalised(moments), z, options.limits ?? {});
    },
  };
}

function checkUniform(loggingPropensity: number, arms: number): void {
  if (Math.abs(loggingPropensity * arms - 1) <= UNIFORM_TOLERANCE) return;
  throw new AppError(
    'evaluation/not-uniform',
    `log is not uniform: logging propensity ${shown(loggingPropensity)}; expected 1/${arms} for each of ${arms} arms`,
  );
}
