import type { Estimator } from './estimator.js';
import { badOutcome, checkIndex, type LoggedOutcome } from './logged-outcome.js';
import { rowEstimator, solveMean, type EstimatorOptions } from './row-estimator.js';

/**
 * Marginalised inverse propensity weighting (MIPS): weights over categories of arms (embeddings) instead of arms.
 *
 *   V̂ = (1/n) Σ_i w(x_i, e_i)·r_i,   w(x, e) = Σ_{a: e(a) = e} π(a | x) / Σ_{a: e(a) = e} π_b(a | x)
 *
 * For many arms whose reward rests on what their category says. Unbiased where the arm has no effect on the reward beyond its category, and π_b reaches
 * every category that π uses; never of larger variance than IPW. Arms never logged do no harm as long as their category was. ESS, weights and verdict
 * are of w(x, e). Rows need `targetProbabilities`, `loggingProbabilities`, `categories` and `chosen`. Intervals: empirical Bernstein, bootstrap, anytime-valid.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Saito & Joachims, ICML 2022, arXiv:2202.06317, equation 6; here e is a function of the arm
 * @example
 * const v = mips();
 * const row = { reward: 1, loggingPropensity: 0.25, targetPropensity: 0, chosen: 0, categories: [7, 7, 8] };
 * v.add({ ...row, targetProbabilities: [0, 0.75, 0.25], loggingProbabilities: [0.25, 0.25, 0.5] });
 * v.estimate().value // => 1.5
 */
export function mips(options: EstimatorOptions = {}): Estimator {
  return rowEstimator(
    {
      name: 'mips',
      columns: 1,
      weigh: marginalWeight,
      write(outcome, weight, columns) {
        columns[0] = weight * outcome.reward;
      },
      solve: solveMean,
      methods: { range: (largestWeight) => [0, largestWeight], pseudoOutcomes: 'ipw' },
    },
    options,
  );
}

function marginalWeight(outcome: LoggedOutcome): number {
  const { targetProbabilities, loggingProbabilities, categories, chosen } = outcome;
  if (targetProbabilities === undefined || loggingProbabilities === undefined || chosen === undefined) {
    throw badOutcome(
      'a row without target and logging probabilities of all arms; mips needs both, and chosen',
    );
  }
  if (categories?.length !== targetProbabilities.length) {
    throw badOutcome(
      `${categories?.length ?? 'no'} categories; expected ${targetProbabilities.length}, one per arm offered`,
    );
  }
  const category = categories[chosen]!;
  checkIndex('category', category, Number.MAX_SAFE_INTEGER);
  let target = 0;
  let logging = 0;
  for (let a = 0; a < categories.length; a++) {
    if (categories[a] !== category) continue;
    target += targetProbabilities[a]!;
    logging += loggingProbabilities[a]!;
  }
  return target / logging;
}
