import { AppError } from '../../core/errors.js';
import type { ArmStatistics } from '../arm-statistics.js';
import { mixFloor } from '../exploration-floor.js';
import { writeGreedy } from '../greedy.js';
import { dot } from '../linalg/packed.js';
import { MAX_ARMS, type Policy, type Prior, type Slate, type SlateScores } from '../policy.js';
import { BaggedModel } from './bagged-model.js';
import { beginFitted, parseFitted, type FittedLayout } from './fitted-bytes.js';
import { checkDimensions, rowsToFit } from './fitted-rows.js';
import { readFloats, writeFloats } from './float-rows.js';
import { fitRidgeMean, ridgeFit } from './linear-fit.js';
import { checkFinite, checkPolicyDimension } from './linear-policy.js';
import { POSITIVE, readSettings, SHARE } from './settings.js';
import { checkSlate } from './slate-check.js';

const MAX_REPLICATES = 64;

export const ONLINE_BAGGING_SETTINGS = {
  replicates: {
    default: 8,
    expected: `an integer in [1, ${MAX_REPLICATES}]`,
    valid: (value: number) => Number.isInteger(value) && value >= 1 && value <= MAX_REPLICATES,
  },
  lambda: { default: 1, ...POSITIVE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface OnlineBaggingOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** B, integer in [1, 64]: how many regressions vote; default 8 */
  readonly replicates?: number;
  /** λ > 0: how strongly each artwork is held to the prior mean, in trials; default 1 */
  readonly lambda?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

/** One replicate's predictions, and its vote. One set for the module: no call outlives the next. */
const predicted = new Float64Array(MAX_ARMS);
const vote = new Float64Array(MAX_ARMS);

/**
 * Online bagging (bootstrap Thompson sampling): B ridge regressions per artwork, each taught by its own resampling of the trials, vote.
 *
 *   θ_{a,j} = (λI + S_{a,j})⁻¹(b_{a,j} + λμ)      sums in which each trial counts w times, w ~ Poisson(1) hashed from (trial, j), and once for j = 0
 *   p(a) = (1 − ε)·|{j : x_a·θ_{a,j} is highest}|/B + ε/K      ties, to the bit, share evenly
 *   mean(a) = x_a·θ_{a,0},   deviation(a) = √(Σ_{j>0} (x_a·θ_{a,j} − mean(a))²/(B − 1))
 *
 * Asks for nothing of the noise: shines where rewards are far from normal or their variance differs from member to member, and needs no σ to be chosen. In exchange probabilities come in steps
 * of 1/B, and what no replicate has seen has no spread: a new artwork is explored by the floor alone until it has been shown, so keep ε > 0; linear-thompson explores it at once. Statistics
 * take B times the room (`ArmStatistics` with `replicates` B), fitting B times O(d³/6), scoring O(K·B·d). Served in float32.
 *
 * @returns a policy whose statistics have dimension d and B replicates
 * @throws AppError `bandit/bad-setting`; fitting: `bandit/bad-shape`; scoring: `bandit/empty-slate` | `bandit/bad-shape` | `bandit/bad-score`
 * @see Oza & Russell, Online Bagging and Boosting, AISTATS 2001; Eckles & Kaptein, Thompson Sampling with the Online Bootstrap, 2014, arXiv:1410.4009;
 *      Bietti, Agarwal & Langford, A Contextual Bandit Bake-off, JMLR 2021, arXiv:1802.04064, §3.3 ("bag", greedy)
 * @example onlineBagging({ dimension: 32, replicates: 16 }).replicates // => 16
 */
export function onlineBagging(options: OnlineBaggingOptions): Policy<BaggedModel> {
  const { dimension, ...given } = options;
  checkPolicyDimension('online-bagging', dimension);
  const { replicates, lambda, floor } = readSettings('online-bagging', ONLINE_BAGGING_SETTINGS, given);
  const layout: FittedLayout = {
    policy: 'online-bagging',
    dimension,
    rowBytes: 4 + 4 * replicates * dimension,
  };
  return {
    name: 'online-bagging',
    floor,
    dimension,
    replicates,
    emptyModel: () => new BaggedModel(dimension, replicates),
    fit: (statistics, prior, rows) => fitRows(layout, replicates, lambda, statistics, prior, rows),
    apply(model, fitted) {
      applyRows(layout, model, fitted);
    },
    score(model, slate, scores) {
      checkSlate(slate, dimension, scores);
      countVotes(model, slate, scores);
      mixFloor(scores.propensities, slate.size, floor);
    },
  };
}

function countVotes(model: BaggedModel, slate: Slate, scores: SlateScores): void {
  const { replicates } = model;
  const { size } = slate;
  scores.propensities.fill(0, 0, size);
  scores.deviations.fill(0, 0, size);
  for (let j = 0; j < replicates; j++) {
    predict(model, slate, j);
    if (j === 0) scores.means.set(predicted.subarray(0, size));
    writeGreedy(predicted, size, vote);
    for (let a = 0; a < size; a++) {
      scores.propensities[a] = scores.propensities[a]! + vote[a]!;
      scores.deviations[a] = scores.deviations[a]! + (predicted[a]! - scores.means[a]!) ** 2;
    }
  }
  for (let a = 0; a < size; a++)
    scores.deviations[a] = Math.sqrt(scores.deviations[a]! / Math.max(1, replicates - 1));
}

/** x·θ of every arm by one replicate. @throws AppError `bandit/bad-score` when one is not finite */
function predict({ table, prior, dimension: d }: BaggedModel, slate: Slate, replicate: number): void {
  for (let a = 0; a < slate.size; a++) {
    const slot = table.slotOf(slate.rows[a]!);
    const score =
      slot < 0
        ? dot(prior.mean, 0, slate.contexts, a * d, d)
        : dot(table.block(slot), table.offset(slot) + replicate * d, slate.contexts, a * d, d);
    if (!(Math.abs(score) < Infinity))
      throw new AppError('bandit/bad-score', `arm ${a} has mean ${score}; expected a finite number`);
    predicted[a] = score;
  }
}

/** A row: u32 row · f32 × B·d θ of each replicate. */
function fitRows(
  layout: FittedLayout,
  replicates: number,
  lambda: number,
  statistics: ArmStatistics,
  prior: Prior,
  rows: Int32Array | undefined,
): Uint8Array {
  checkDimensions(layout.dimension, statistics, prior);
  if (statistics.replicates !== replicates) {
    throw new AppError(
      'bandit/bad-shape',
      `statistics of ${statistics.replicates} replicates; expected ${replicates}, as the policy says`,
    );
  }
  const fitted = rowsToFit(statistics, rows);
  const { bytes, rows: view } = beginFitted(layout, fitted.length, rows === undefined ? prior : undefined);
  const fit = ridgeFit(layout.dimension);
  let at = 0;
  for (const row of fitted) {
    view.setUint32(at, row, true);
    at += 4;
    for (let j = 0; j < replicates; j++) {
      fitRidgeMean(fit, statistics, row, prior, lambda, j);
      at = writeFloats(view, at, fit.theta);
    }
  }
  return bytes;
}

function applyRows(layout: FittedLayout, model: BaggedModel, fitted: Uint8Array): void {
  const parts = parseFitted(layout, fitted);
  checkFinite(layout, parts);
  if (parts.prior !== undefined) model.reset(parts.prior);
  const { table } = model;
  const values = readFloats(parts.rows);
  const floats = layout.rowBytes / 4;
  for (let i = 0; i < parts.rowCount; i++) {
    const slot = table.claim(parts.rows.getUint32(i * layout.rowBytes, true));
    table.block(slot).set(values.subarray(i * floats + 1, (i + 1) * floats), table.offset(slot));
  }
}
