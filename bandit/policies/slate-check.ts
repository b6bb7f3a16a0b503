import { AppError } from '../../core/errors.js';
import { MAX_ARMS, type Slate, type SlateScores } from '../policy.js';
import { checkSlateRun, type ContextRun } from '../slate-run.js';

/** @throws AppError `bandit/empty-slate` (K < 1) | `bandit/bad-shape` (K > 200, or a buffer shorter than K) */
export function checkSlate(slate: Slate, dimension: number, scores: SlateScores): void {
  const { size } = slate;
  if (!(size >= 1)) throw new AppError('bandit/empty-slate', `slate of ${size} arms; expected at least 1`);
  if (!(Number.isInteger(size) && size <= MAX_ARMS)) {
    throw new AppError('bandit/bad-shape', `slate of ${size} arms; expected an integer, at most ${MAX_ARMS}`);
  }
  const room = Math.min(
    slate.rows.length,
    scores.means.length,
    scores.deviations.length,
    scores.propensities.length,
  );
  if (room < size || slate.contexts.length < size * dimension) {
    throw new AppError(
      'bandit/bad-shape',
      `buffers hold ${room} arms and ${slate.contexts.length} context entries; expected ${size} and ${size * dimension}`,
    );
  }
}

/** @throws AppError `bandit/empty-slate` | `bandit/bad-shape` */
export function checkContextRun(slates: ContextRun, dimension: number, scores: SlateScores): void {
  const { means, deviations, propensities } = scores;
  const room = Math.min(slates.rows.length, means.length, deviations.length, propensities.length);
  checkSlateRun(slates, Math.min(room, Math.floor(slates.contexts.length / Math.max(1, dimension))));
}
