import { AppError } from '../../core/errors.js';
import type { Slate, SlateScores } from '../policy.js';
import type { LinearModel } from './linear-model.js';

/**
 * Posterior means alone, skipping deviations (O(K·d) instead of O(K·d²)) and propensities: what orders titles.
 *
 * @param means shape (≥ K), written
 * @throws AppError `bandit/bad-score` when a mean is not finite
 */
export function scoreMeans(
  model: LinearModel,
  slate: Pick<Slate, 'size' | 'rows' | 'contexts'>,
  means: Float64Array,
): void {
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
  slate: Slate,
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
export function scoreMeansOnly(model: LinearModel, slate: Slate, scores: SlateScores): void {
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
