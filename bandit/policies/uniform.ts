import type { Model, Policy } from '../policy.js';
import { beginFitted, parseFitted, type FittedLayout } from './fitted-bytes.js';
import { checkSlate } from './slate-check.js';

const LAYOUT: FittedLayout = { policy: 'uniform', dimension: 0, rowBytes: 4 };

/** Nothing is learned, so nothing is held. */
export type UniformModel = Model;

/**
 * Uniform: p(a) = 1/K. What every other policy is measured against, and what the shared random slice is served by: its logs answer any question about any
 * policy. Costs what showing a random picture costs; use it for a holdout, never for everybody.
 *
 * Means and deviations are 0: it has no opinion.
 *
 * @see Li et al., Unbiased Offline Evaluation, WSDM 2011, arXiv:1003.5956
 * @example uniform().floor // => 1
 */
export function uniform(): Policy {
  return {
    name: 'uniform',
    floor: 1,
    dimension: 0,
    emptyModel: () => ({ rows: 0, byteLength: 0 }),
    fit: (_statistics, prior, rows) => beginFitted(LAYOUT, 0, rows === undefined ? prior : undefined).bytes,
    apply(_model, fitted) {
      parseFitted(LAYOUT, fitted);
    },
    score(_model, slate, scores) {
      checkSlate(slate, 0, scores);
      scores.means.fill(0, 0, slate.size);
      scores.deviations.fill(0, 0, slate.size);
      scores.propensities.fill(1 / slate.size, 0, slate.size);
    },
  };
}
