import { AppError } from '../../core/errors.js';
import type { Estimate, Estimator, EstimatorName } from './estimator.js';
import { checkFolds, groupOf, groupsFor } from './folds.js';
import { checkOutcome, targetVector, type LoggedOutcome } from './logged-outcome.js';
import { checkCount } from './row-estimator.js';
import type { RewardModel } from './tabular-rewards.js';

export interface CrossFittedOptions<Row extends LoggedOutcome> {
  /** a new model that has learned nothing: called once per fold, in every `estimate` */
  readonly model: () => RewardModel<Row>;
  /** F, an integer in [2, 20]; default 5 */
  readonly folds?: number;
  /** rows held at most, ≥ 1; default 100,000. One row of K arms takes about 200 + 32·K bytes */
  readonly maxRows?: number;
}

export interface CrossFittedEstimator<Row extends LoggedOutcome> extends Omit<Estimator, 'add'> {
  /** @throws AppError as the estimator inside does, and `evaluation/too-many` */
  add(outcome: Row): void;
}

/**
 * Cross-fitting of any estimator that reads q̂ (dm, drGiven, sndr, switchDr, dros), by any reward model: rows may carry more than a
 * `LoggedOutcome` (contexts) for the model to learn from.
 *
 *   for each fold f: q̂₋f learns the rows outside f;   the estimator is given row i with estimatedRewards = q̂₋f(i)(x_i, ·)
 *
 * This cannot stream: no row can be scored before the last one is known. Rows are held, at most `maxRows`, and the next is refused. The vectors of a
 * `LoggedOutcome` are copied; other fields of a row are kept as they are and must not change. A member's rows lie in one fold.
 *
 * @param create the estimator inside, new and empty
 * @throws AppError `bandit/bad-setting`
 * @see Chernozhukov et al., Econometrics Journal 2018, arXiv:1608.00060
 */
export function crossFitted<Row extends LoggedOutcome>(
  create: () => Estimator,
  options: CrossFittedOptions<Row>,
): CrossFittedEstimator<Row> {
  const folds = checkFolds(options.folds ?? 5);
  const maxRows = checkCount('maxRows', options.maxRows ?? 100_000);
  const groups = groupsFor(folds);
  const rows: Row[] = [];
  const name: EstimatorName = create().name;
  return {
    name,
    add(outcome) {
      checkOutcome(outcome);
      targetVector(outcome, 'cross-fitting');
      if (rows.length >= maxRows) {
        throw new AppError(
          'evaluation/too-many',
          `row ${rows.length + 1} of a cross-fitted ${name}; expected at most ${maxRows} (maxRows)`,
        );
      }
      rows.push(copyOf(outcome));
    },
    estimate(): Estimate {
      const foldOf = rows.map(({ clusterId }, i) => groupOf(clusterId, i, groups) % folds);
      const models = Array.from({ length: folds }, options.model);
      for (const [i, row] of rows.entries()) {
        for (const [f, model] of models.entries()) if (f !== foldOf[i]) model.learn(row);
      }
      const estimator = create();
      for (const [i, row] of rows.entries()) {
        const estimatedRewards = new Float64Array(row.targetProbabilities!.length);
        models[foldOf[i]!]!.predict(row, estimatedRewards);
        estimator.add({ ...row, estimatedRewards });
      }
      return estimator.estimate();
    },
  };
}

function copyOf<Row extends LoggedOutcome>(row: Row): Row {
  const vectors: Partial<Record<keyof LoggedOutcome, Float64Array>> = {};
  for (const key of ['arms', 'targetProbabilities', 'loggingProbabilities', 'categories'] as const) {
    const vector = row[key];
    if (vector !== undefined) vectors[key] = Float64Array.from(vector);
  }
  return { ...row, ...vectors };
}
