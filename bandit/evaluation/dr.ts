import { AppError } from '../../core/errors.js';
import { CrossFitSums } from './cross-fit-sums.js';
import type { Estimator } from './estimator.js';
import { checkFolds } from './folds.js';
import { bootstrapSettings, GroupSighting, percentileInterval } from './intervals/bootstrap.js';
import type { Interval } from './intervals/interval.js';
import { clusterHash, writePoissonCounts } from './intervals/poisson-weights.js';
import { checkOutcome } from './logged-outcome.js';
import { GroupScores } from './row-moments.js';
import { checkWeight, importanceWeight, readSettings, type EstimatorOptions } from './row-estimator.js';
import { summarise } from './strata.js';
import { tabularSettings, type TabularOptions } from './tabular-rewards.js';
import { WeightLedger } from './weight-ledger.js';

export interface DrOptions
  extends Omit<EstimatorOptions, 'byPosition' | 'maxPositions' | 'weightBound'>, TabularOptions {
  /** F, an integer in [2, 20]; default 5 */
  readonly folds?: number;
}

/**
 * Doubly robust, cross-fitted: the reward model that judges a row has learned from the other folds only.
 *
 *   V̂ = (1/n) Σ_i [ Σ_a π(a | x_i)·q̂₋(a, p_i) + w_i·(r_i − q̂₋(a_i, p_i)) ],   q̂₋ fitted without the fold of row i
 *   q̂₋(a, p) = (Σ r + s·r₀) / (N + s) over rows of the other folds that logged arm a at position p, r₀ their mean reward
 *   interval V̂ ± z·√( G/(G − 1) · Σ_g (φ_g − n_g·V̂)² ) / n, φ_g the sum of the scores of group g
 *
 * Unbiased if the propensities are true; q̂ only takes variance out. A member's rows lie in one fold. It streams: V̂ is linear in q̂, so
 * per group and cell the sum Σ_i (π(a|x_i) − w_i·1{a = a_i}) is enough, and no row is held: 1,000 groups × cells (arms × positions) × 8 bytes, 8 KB
 * a cell, at most `maxCells`. Up to 1,000 rows that stand alone each are their own group; beyond, groups are random ones, and the interval is as right
 * with 999 degrees of freedom. On a log that learned while it was made, folds see each other's future: give `drGiven` a q̂ of earlier rows there.
 * A model that knows contexts: `crossFitted`. Rows need `targetProbabilities` and `chosen`. Intervals: bootstrap (of groups, q̂ held).
 *
 * @throws AppError `bandit/bad-setting`; from `add` also `evaluation/too-many`
 * @see Dudík, Langford & Li, ICML 2011, arXiv:1103.4601; cross-fitting: Chernozhukov et al., Econometrics Journal 2018, arXiv:1608.00060; Kallus &
 * Uehara, NeurIPS 2019, arXiv:1906.03735
 */
export function dr(options: DrOptions = {}): Estimator {
  const settings = readSettings(options);
  const tabular = tabularSettings(options);
  const folds = checkFolds(options.folds ?? 5);
  const methods = new Set(options.intervals);
  for (const method of methods) {
    if (method === 'bootstrap') continue;
    throw new AppError('bandit/bad-setting', `interval ${method} for cross-fitted dr; expected bootstrap`);
  }
  const weights = new WeightLedger(settings.maxArms);
  const sums = new CrossFitSums(folds, tabular);
  return {
    name: 'dr',
    add(outcome) {
      checkOutcome(outcome);
      weights.check(outcome);
      const weight = checkWeight(importanceWeight(outcome), undefined);
      sums.add(weight, outcome);
      weights.add(weight, outcome);
    },
    estimate() {
      if (weights.n === 0) throw new AppError('evaluation/empty', '0 rows were added; expected at least 1');
      const groups = sums.scores();
      const value = groups.reduce((sum, group) => sum + group.score, 0) / weights.n;
      const scores = new GroupScores();
      for (const { score, rows } of groups) scores.addIndependent(1, (score - rows * value) ** 2);
      const standardError = Math.sqrt(scores.variance()) / weights.n;
      return {
        ...summarise({ value, standardError }, settings, weights),
        intervals: methods.has('bootstrap')
          ? [bootstrapOfGroups(groups, bootstrapSettings(options.bootstrap ?? {}), settings.confidence)]
          : [],
      };
    },
  };
}

function bootstrapOfGroups(
  groups: readonly { readonly score: number; readonly rows: number }[],
  settings: { readonly replicates: number; readonly seed: number },
  confidence: number,
): Interval {
  const counts = new Uint8Array(settings.replicates);
  const scores = new Float64Array(settings.replicates);
  const rows = new Float64Array(settings.replicates);
  const sighting = new GroupSighting();
  for (const [g, group] of groups.entries()) {
    sighting.see(g);
    writePoissonCounts(counts, clusterHash(undefined, g, settings.seed));
    for (let b = 0; b < counts.length; b++) {
      scores[b]! += counts[b]! * group.score;
      rows[b]! += counts[b]! * group.rows;
    }
  }
  return percentileInterval(
    Array.from(scores, (score, b) => score / rows[b]!),
    confidence,
    sighting.several ? 'groups' : undefined,
  );
}
