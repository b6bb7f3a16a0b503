import { AppError } from '../../core/errors.js';
import type { Slate, SlateScores } from '../policy.js';
import type { ContextRun } from '../slate-run.js';
import { sumRows } from '../slate-typescript.js';
import type { LinearModel } from './linear-model.js';

/** One slate, or many side by side: to means and deviations it is all the same. */
export type ScoredArms = Pick<Slate, 'size' | 'rows' | 'contexts'>;

/** All arms of a run. */
export function armsOf({ count, starts, rows, contexts }: ContextRun): ScoredArms {
  return { size: starts[count]!, rows, contexts };
}

/**
 * Posterior means alone, skipping deviations (O(K·d) instead of O(K·d²)) and propensities: what orders titles.
 *
 * @param means shape (≥ K), written
 * @throws AppError `bandit/bad-score` when a mean is not finite
 */
export function scoreMeans(model: LinearModel, slate: ScoredArms, means: Float64Array): void {
  const { table, dimension, unknown } = model;
  const bad = table.kernels.gatherDots(
    table,
    slate.rows,
    slate.size,
    slate.contexts,
    dimension,
    unknown,
    means,
  );
  if (bad >= 0)
    throw new AppError('bandit/bad-score', `arm ${bad} has mean ${means[bad]}; expected a finite number`);
}

/**
 * Means and deviations: x·θ and σ‖L⁻¹x‖, O(K·d²). For a model that keeps L⁻¹.
 *
 * @param noise          σ
 * @param priorDeviation σ/√λ: the deviation per ‖x‖ of an artwork never fitted
 * @throws AppError `bandit/bad-score` when a mean is not finite
 */
export function scorePosteriors(
  model: LinearModel,
  slate: ScoredArms,
  scores: SlateScores,
  noise: number,
  priorDeviation: number,
): void {
  const { rows, size, contexts } = slate;
  const { table, dimension } = model;
  scoreMeans(model, slate, scores.means);
  const { deviations } = scores;
  // L⁻¹ stands behind θ in a row.
  table.kernels.gatherNorms(
    table,
    dimension,
    rows,
    size,
    contexts,
    dimension,
    noise,
    priorDeviation,
    deviations,
  );
}

/** Means alone, for a policy that has no deviations: those are 0. @throws AppError `bandit/bad-score` when a mean is not finite */
export function scoreMeansOnly(model: LinearModel, slate: ScoredArms, scores: SlateScores): void {
  scoreMeans(model, slate, scores.means);
  scores.deviations.fill(0, 0, slate.size);
}

/**
 * n of a slate, what exploration schedules go by: the trials of the artworks on offer, summed, as they were when each was last fitted.
 *
 * It travels in the fitted bytes, row by row, so scoring stays pure and a snapshot explores as the model it was taken from. Of the title's own artworks and not of
 * the whole catalogue, because every title is a bandit of its own: a new one explores however much is known of others (docs/adr/0005-exploration-counts-a-titles-own-trials.md). Forgetting has been applied to
 * it (n is an effective number), so where tastes move exploration never ends. Artworks never fitted add 0.
 *
 * @returns n ≥ 0, in impressions
 */
export function trialsOfSlate(model: LinearModel, slate: Pick<Slate, 'size' | 'rows'>): number {
  let trials = 0;
  for (let a = 0; a < slate.size; a++) trials += model.trials(slate.rows[a]!);
  return trials;
}

/** {@link trialsOfSlate} of every slate of a run, the same bits. @param trials shape (≥ n), written; fastest in the kernels' memory */
export function trialsOfSlates(model: LinearModel, slates: ContextRun, trials: Float64Array): void {
  const { table, stride } = model;
  const { kernels } = table;
  const { starts, rows, count } = slates;
  const at = [starts, rows, trials].map((view) => kernels.addressOf(view));
  if (kernels.instance === undefined || table.address < 0 || at.includes(-1))
    sumRows(table, stride - 1, slates, rows, trials);
  else kernels.instance.exports.sumsOfSlates(table.address, 4 * (stride - 1), at[0]!, count, at[1]!, at[2]!);
}
