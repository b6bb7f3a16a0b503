import { AppError } from '../../core/errors.js';
import type { ArmStatistics } from '../arm-statistics.js';
import type { Policy, PolicyName, Prior, Slate, SlateScores } from '../policy.js';
import { emptyPrior } from '../prior.js';
import { beginFitted, corrupt, parseFitted, type FittedLayout, type FittedParts } from './fitted-bytes.js';
import { checkDimensions, rowsToFit } from './fitted-rows.js';
import { readFloats, writeFloats } from './float-rows.js';
import { HybridModel, type HybridRow } from './hybrid-model.js';
import { fitRidge, ridgeFit } from './linear-fit.js';
import { linearStride } from './linear-model.js';
import { checkFinite, checkPolicyDimension } from './linear-policy.js';
import { POSITIVE, SHARE } from './settings.js';
import { checkSlate } from './slate-check.js';

/** What the policies over the hybrid regression are set to alike. */
export const HYBRID_SETTINGS = {
  lambda: { default: 1, ...POSITIVE },
  lambda0: { default: 1, ...POSITIVE },
  noise: { default: 0.3, ...POSITIVE },
  floor: { default: 0.05, ...SHARE },
} as const;

export interface HybridOptions {
  /** d, integer in [1, 256] */
  readonly dimension: number;
  /** λ > 0: how strongly each artwork is held to what all have in common, in trials; default 1 */
  readonly lambda?: number;
  /** λ₀ > 0: how strongly what all have in common is held to zero, in trials; default 1 */
  readonly lambda0?: number;
  /** σ > 0: deviation of one reward around its mean, in plays per impression; default 0.3 (a take fraction of 0.1) */
  readonly noise?: number;
  /** ε in [0, 1], spread evenly over the arms; default 0.05 */
  readonly floor?: number;
}

/** What tells one policy over the hybrid regression from another. */
export interface HybridPolicyParts {
  readonly name: PolicyName;
  readonly dimension: number;
  readonly lambda: number;
  readonly lambda0: number;
  readonly floor: number;
  /** writes means, deviations and propensities; the slate's shape is checked before */
  score(model: HybridModel, slate: Slate, scores: SlateScores): void;
}

/** T = √λ·L⁻¹ has no column longer than 1 (TᵀT ≤ I); float32 may add this much to its square. */
const COLUMN_MARGIN = 1e-4;

/**
 * The hybrid regression: weights that all artworks share, and each artwork's own on top,
 *
 *   r = x·(β + θ_a) + noise,   β ~ N(0, σ²/λ₀),   θ_a ~ N(0, σ²/λ)
 *
 * that is Li et al.'s hybrid model with z = x, as functions of each artwork's own sums S_a and b_a:
 *
 *   A_a = λI + S_a,  A₀ = λ₀I + Σ_a (S_a − S_a·A_a⁻¹·S_a),  b₀ = Σ_a (b_a − S_a·A_a⁻¹·b_a),  β = A₀⁻¹b₀,  θ_a = A_a⁻¹(b_a − S_a·β)
 *   mean(a) = x·(β + θ_a),   Cov(a, b) = σ²·(g_a·A₀⁻¹g_b + 1{a = b}·x_a·A_a⁻¹x_a),   g_a = λA_a⁻¹x_a
 *
 * Only the sums and the settings enter: the `Prior` that `fit` is given travels in a base's bytes as in every policy's, and neither its μ nor its mean reward is read. (μ is a regression
 * on the same trials as β: starting from it would count each trial twice.) A delta moves β and A₀ as its rows do: see HybridModel.
 *
 * Fitted rows are u32 row · f32 × d m = A⁻¹b · f32 × d(d+1)/2 T = √λ·L⁻¹ packed, with L·Lᵀ = A.
 *
 * @throws AppError `bandit/bad-setting`
 * @see Li, Chu, Langford & Schapire, WWW 2010, arXiv:1003.0146, §3.2; the same as a hierarchical model: Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 15
 */
export function hybridPolicy(parts: HybridPolicyParts): Policy<HybridModel> {
  const { name, dimension, lambda, lambda0, floor } = parts;
  checkPolicyDimension(name, dimension);
  const layout: FittedLayout = {
    policy: name,
    dimension,
    rowBytes: 4 + 4 * linearStride(dimension, { covariance: true, trials: false }),
  };
  return {
    name,
    floor,
    dimension,
    emptyModel: () => new HybridModel(dimension, lambda0 / lambda),
    fit: (statistics, prior, rows) => fitRows(layout, lambda, statistics, prior, rows),
    apply(model, fitted) {
      const read = parseFitted(layout, fitted);
      checkFinite(layout, read);
      try {
        model.take(readRows(layout, read), read.prior);
      } catch (error) {
        // Rows of which each could be true, and all together cannot.
        if (error instanceof AppError) corrupt(`its rows' shared block: ${error.message}`);
        throw error;
      }
    },
    score(model, slate, scores) {
      checkSlate(slate, dimension, scores);
      parts.score(model, slate, scores);
    },
  };
}

function fitRows(
  layout: FittedLayout,
  lambda: number,
  statistics: ArmStatistics,
  prior: Prior,
  rows: Int32Array | undefined,
): Uint8Array {
  checkDimensions(layout.dimension, statistics, prior);
  const fitted = new Set(rowsToFit(statistics, rows));
  const { bytes, rows: view } = beginFitted(layout, fitted.size, rows === undefined ? prior : undefined);
  const zero = emptyPrior(layout.dimension);
  const fit = ridgeFit(layout.dimension);
  const scale = Math.sqrt(lambda);
  let at = 0;
  for (const row of fitted) {
    fitRidge(fit, statistics, row, zero, lambda);
    for (let i = 0; i < fit.inverseLower.length; i++) fit.inverseLower[i] = fit.inverseLower[i]! * scale;
    view.setUint32(at, row, true);
    at = writeFloats(view, at + 4, fit.theta);
    at = writeFloats(view, at, fit.inverseLower);
  }
  return bytes;
}

/** @throws AppError `snapshot/corrupt` when a row comes twice, or its T is none */
function readRows(layout: FittedLayout, parts: FittedParts): HybridRow[] {
  const seen = new Set<number>();
  const floats = layout.rowBytes / 4;
  const all = readFloats(parts.rows);
  return Array.from({ length: parts.rowCount }, (_, i) => {
    const at = i * layout.rowBytes;
    const row = parts.rows.getUint32(at, true);
    if (seen.has(row)) corrupt(`row ${row} twice; expected each once`);
    seen.add(row);
    const values = all.slice(i * floats + 1, (i + 1) * floats);
    checkColumns(row, values, layout.dimension);
    return { row, values };
  });
}

function checkColumns(row: number, values: Float32Array, dimension: number): void {
  const squares = new Float64Array(dimension);
  let at = dimension;
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) squares[j] = squares[j]! + values[at + j]! ** 2;
    at += i + 1;
  }
  for (const square of squares) {
    if (square > 1 + COLUMN_MARGIN)
      corrupt(`row ${row} has a column of squared length ${square}; expected at most 1`);
  }
}
