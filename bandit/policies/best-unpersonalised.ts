import type { ArmStatistics } from '../arm-statistics.js';
import { betaPropensities } from '../beta-propensity.js';
import { mixFloor } from '../exploration-floor.js';
import { MAX_ARMS, type Policy, type Prior, type Slate, type SlateScores } from '../policy.js';
import { CountModel } from './count-model.js';
import { beginFitted, corrupt, parseFitted, type FittedLayout } from './fitted-bytes.js';
import { rowsToFit } from './fitted-rows.js';
import { POSITIVE, readSettings, SHARE } from './settings.js';
import { checkSlate } from './slate-check.js';

export const BEST_UNPERSONALISED_SETTINGS = {
  priorStrength: { default: 10, ...POSITIVE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface BestUnpersonalisedOptions {
  /** k > 0: the shared mean reward counts as so many trials of every artwork; default 10 */
  readonly priorStrength?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

const LAYOUT: FittedLayout = { policy: 'best-unpersonalised', dimension: 0, rowBytes: 20 };
/** The shared mean reward m is kept this far from 0 and 1, so that no Beta degenerates. */
const MEAN_MARGIN = 1e-4;

const alphas = new Float64Array(MAX_ARMS);
const betas = new Float64Array(MAX_ARMS);

/**
 * Best unpersonalised: Beta–Bernoulli Thompson sampling, the same for every member.
 *
 *   α_a = k·m + Σr_a,   β_a = k·(1 − m) + n_a − Σr_a,   m the mean reward over all artworks
 *   p(a) = (1 − ε)·P(Beta(α_a, β_a) is the highest) + ε/K      by quadrature, see beta-propensity.ts
 *
 * The baseline every personalised policy must beat, and the first step down the ladder of fallbacks. Learns within tens of impressions; use it where there
 * are no member features or little traffic. Contexts are not read. A reward strictly between 0 and 1 counts as that share of a success (which keeps
 * the mean exact and the deviation on the safe side). Propensities are cached per slate until one of its rows changes: 800 titles cost microseconds.
 *
 * @returns a policy for statistics of any dimension: it reads n and Σr alone
 * @throws AppError `bandit/bad-setting`
 * @see Chapelle & Li, An Empirical Evaluation of Thompson Sampling, NIPS 2011; Agrawal & Goyal, COLT 2012, arXiv:1111.1797, alg. 2
 * @example bestUnpersonalised({ floor: 0.1 }).floor // => 0.1
 */
export function bestUnpersonalised(options: BestUnpersonalisedOptions = {}): Policy<CountModel> {
  const { priorStrength, floor } = readSettings('best-unpersonalised', BEST_UNPERSONALISED_SETTINGS, {
    ...options,
  });
  return {
    name: 'best-unpersonalised',
    floor,
    dimension: 0,
    emptyModel: () => new CountModel(),
    fit: fitRows,
    apply: applyRows,
    score(model, slate, scores) {
      checkSlate(slate, 0, scores);
      writePosteriors(model, slate, scores, priorStrength);
      const set = model.cache.setOf(slate.rows, slate.size);
      if (set >= 0 && model.cache.read(set, slate.rows, slate.size, model, scores.propensities)) return;
      betaPropensities(alphas, betas, slate.size, scores.propensities);
      mixFloor(scores.propensities, slate.size, floor);
      if (set >= 0) model.cache.write(set, slate.rows, slate.size, model.version, scores.propensities);
    },
  };
}

/** Fills alphas and betas, means and deviations: μ = α/(α + β), σ² = μ(1 − μ)/(α + β + 1). */
function writePosteriors(model: CountModel, slate: Slate, scores: SlateScores, strength: number): void {
  const mean = Math.min(1 - MEAN_MARGIN, Math.max(MEAN_MARGIN, model.prior.meanReward));
  for (let a = 0; a < slate.size; a++) {
    const row = slate.rows[a]!;
    const rewards = model.rewardSum(row);
    // A correction can arrive before its trial, or after forgetting has rounded it: neither may make a Beta impossible.
    const alpha = strength * mean + Math.max(0, rewards);
    const beta = strength * (1 - mean) + Math.max(0, model.trials(row) - rewards);
    const total = alpha + beta;
    alphas[a] = alpha;
    betas[a] = beta;
    scores.means[a] = alpha / total;
    scores.deviations[a] = Math.sqrt((alpha * beta) / (total + 1)) / total;
  }
}

/** A row: u32 row · f64 n · f64 Σr. The prior enters when scored, so a new base moves every artwork at once. */
function fitRows(statistics: ArmStatistics, prior: Prior, rows?: Int32Array): Uint8Array {
  const fitted = rowsToFit(statistics, rows);
  const { bytes, rows: view } = beginFitted(LAYOUT, fitted.length, rows === undefined ? prior : undefined);
  let at = 0;
  for (const row of fitted) {
    view.setUint32(at, row, true);
    view.setFloat64(at + 4, statistics.trials(row), true);
    view.setFloat64(at + 12, statistics.rewardSum(row), true);
    at += LAYOUT.rowBytes;
  }
  return bytes;
}

function applyRows(model: CountModel, fitted: Uint8Array): void {
  const { prior, rowCount, rows } = parseFitted(LAYOUT, fitted);
  for (let at = 0; at < rowCount * LAYOUT.rowBytes; at += LAYOUT.rowBytes) {
    const [trials, rewardSum] = [rows.getFloat64(at + 4, true), rows.getFloat64(at + 12, true)];
    if (!(trials >= 0 && trials < Infinity && Number.isFinite(rewardSum))) {
      corrupt(`row ${rows.getUint32(at, true)} has n = ${trials}, Σr = ${rewardSum}; expected finite, n ≥ 0`);
    }
  }
  model.beginVersion();
  if (prior !== undefined) model.reset(prior);
  for (let at = 0; at < rowCount * LAYOUT.rowBytes; at += LAYOUT.rowBytes) {
    model.write(rows.getUint32(at, true), rows.getFloat64(at + 4, true), rows.getFloat64(at + 12, true));
  }
}
