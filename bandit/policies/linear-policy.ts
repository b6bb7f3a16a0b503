import { AppError } from '../../core/errors.js';
import type { ArmStatistics } from '../arm-statistics.js';
import type { Policy, PolicyName, Prior, RowPosterior, Slate, SlateScores } from '../policy.js';
import type { ContextRun } from '../slate-run.js';
import { beginFitted, corrupt, parseFitted, type FittedLayout, type FittedParts } from './fitted-bytes.js';
import { checkDimensions, rowsToFit } from './fitted-rows.js';
import { readFloats, writeFloats } from './float-rows.js';
import { fitRidge, fitRidgeMean, ridgeFit } from './linear-fit.js';
import { LinearModel, linearStride, type LinearParts } from './linear-model.js';
import { checkContextRun, checkSlate } from './slate-check.js';

const MAX_DIMENSION = 256;

/** What tells one policy over artworks' own ridge regressions from another. */
export interface LinearPolicyParts {
  readonly name: PolicyName;
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0 */
  readonly lambda: number;
  /** ε in [0, 1] */
  readonly floor: number;
  readonly keeps: LinearParts;
  /** writes means, deviations and propensities; the slate's shape is checked before, its values by scoreMeans */
  score(model: LinearModel, slate: Slate, scores: SlateScores): void;
  /** the same of many slates at once; undefined: they are scored one by one */
  scoreSlates?: (model: LinearModel, slates: ContextRun, scores: SlateScores) => void;
}

/**
 * A policy over one ridge regression per artwork, θ_a = (λI + S_a)⁻¹(b_a + λμ): everything but how it explores, which is `score`.
 *
 * Fitted rows are u32 row · f32 × d θ, then f32 × d(d+1)/2 L⁻¹ packed if deviations are kept, then f32 n if trials are.
 *
 * @throws AppError `bandit/bad-setting`
 */
export function linearPolicy(parts: LinearPolicyParts): Policy<LinearModel> {
  const { name, dimension, lambda, floor, keeps, scoreSlates } = parts;
  checkPolicyDimension(name, dimension);
  const layout: FittedLayout = {
    policy: name,
    dimension,
    rowBytes: 4 + 4 * linearStride(dimension, keeps),
  };
  return {
    name,
    floor,
    dimension,
    emptyModel: () => new LinearModel(dimension, keeps),
    fit: (statistics, prior, rows) => fitRows(layout, keeps, lambda, statistics, prior, rows),
    apply(model, fitted) {
      applyRows(layout, keeps, model, fitted);
    },
    score(model, slate, scores) {
      checkSlate(slate, dimension, scores);
      parts.score(model, slate, scores);
    },
    ...(scoreSlates === undefined
      ? {}
      : {
          scoreSlates(model: LinearModel, slates: ContextRun, scores: SlateScores) {
            checkContextRun(slates, dimension, scores);
            scoreSlates(model, slates, scores);
          },
        }),
    incremental: {
      lambda,
      absorb(model, row, posterior) {
        absorbRow(keeps, model, row, posterior);
      },
    },
  };
}

/** A row as {@link applyRows} would leave it, straight from float64. */
function absorbRow(keeps: LinearParts, model: LinearModel, row: number, posterior: RowPosterior): void {
  const { theta, inverseLower, inflation } = posterior;
  const slot = model.claim(row);
  const block = model.block(slot);
  const at = model.offset(slot);
  const { kernels } = model.table;
  kernels.narrow(theta, 1, block, at, theta.length);
  if (keeps.covariance)
    kernels.narrow(inverseLower, inflation, block, at + theta.length, inverseLower.length);
  if (keeps.trials) block[at + model.stride - 1] = posterior.trials;
}

/** @throws AppError `bandit/bad-setting` unless d is an integer in [1, 256] */
export function checkPolicyDimension(name: PolicyName, dimension: number): void {
  if (!(Number.isInteger(dimension) && dimension >= 1 && dimension <= MAX_DIMENSION)) {
    throw new AppError(
      'bandit/bad-setting',
      `${name}.dimension is ${dimension}; expected an integer in [1, ${MAX_DIMENSION}]`,
    );
  }
}

function fitRows(
  layout: FittedLayout,
  keeps: LinearParts,
  lambda: number,
  statistics: ArmStatistics,
  prior: Prior,
  rows: Int32Array | undefined,
): Uint8Array {
  checkDimensions(layout.dimension, statistics, prior);
  const fitted = rowsToFit(statistics, rows);
  const { bytes, rows: view } = beginFitted(layout, fitted.length, rows === undefined ? prior : undefined);
  const fit = ridgeFit(layout.dimension);
  let at = 0;
  for (const row of fitted) {
    (keeps.covariance ? fitRidge : fitRidgeMean)(fit, statistics, row, prior, lambda);
    view.setUint32(at, row, true);
    at = writeFloats(view, at + 4, fit.theta);
    if (keeps.covariance) at = writeFloats(view, at, fit.inverseLower);
    if (keeps.trials) {
      view.setFloat32(at, statistics.trials(row), true);
      at += 4;
    }
  }
  return bytes;
}

function applyRows(layout: FittedLayout, keeps: LinearParts, model: LinearModel, fitted: Uint8Array): void {
  const parts = parseFitted(layout, fitted);
  checkFinite(layout, parts);
  if (keeps.trials) checkTrials(layout, parts);
  if (parts.prior !== undefined) model.reset(parts.prior);
  const values = readFloats(parts.rows);
  const floats = layout.rowBytes / 4;
  for (let i = 0; i < parts.rowCount; i++) {
    const slot = model.claim(parts.rows.getUint32(i * layout.rowBytes, true));
    const block = model.block(slot);
    const [from, to] = [i * floats + 1, model.offset(slot)];
    // Into shared memory a loop is faster than `set`.
    for (let k = 0; k < model.stride; k++) block[to + k] = values[from + k]!;
  }
}

/** @throws AppError `snapshot/corrupt` when a float32 of a row is not finite */
export function checkFinite(layout: FittedLayout, parts: FittedParts): void {
  const values = readFloats(parts.rows);
  const floats = layout.rowBytes / 4;
  for (let i = 0; i < parts.rowCount; i++) {
    for (let k = i * floats + 1; k < (i + 1) * floats; k++) {
      if (!(Math.abs(values[k]!) < Infinity))
        corrupt(
          `row ${parts.rows.getUint32(i * layout.rowBytes, true)} holds ${values[k]}; expected finite numbers`,
        );
    }
  }
}

/** @throws AppError `snapshot/corrupt` when n, a row's last float32, is negative: a schedule would make NaN of it */
function checkTrials(layout: FittedLayout, parts: FittedParts): void {
  for (let i = 0; i < parts.rowCount; i++) {
    const trials = parts.rows.getFloat32((i + 1) * layout.rowBytes - 4, true);
    if (trials < 0)
      corrupt(`row ${parts.rows.getUint32(i * layout.rowBytes, true)} has n = ${trials}; expected n ≥ 0`);
  }
}
