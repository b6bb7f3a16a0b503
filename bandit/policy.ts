import type { ArmStatistics } from './arm-statistics.js';
import type { Representation } from './representation.js';
import type { ContextRun } from './slate-run.js';

/** K is the number of arms offered for one title, d the dimension of a context vector. */
export const MAX_ARMS = 200;

/**
 * The arms offered for one title, as the hot path sees them. Buffers are reused from title to title: no objects per arm.
 */
export interface Slate {
  /** K, 1 … MAX_ARMS */
  size: number;
  /** shape (≥ K): the model row of each arm */
  readonly rows: Int32Array;
  /** shape (≥ K, d), row-major: x = φ(member, title, artwork, request) */
  readonly contexts: Float32Array;
}

/** Per arm of a slate, in its order. Shape (≥ K) each; only the first K entries mean anything. */
export interface SlateScores {
  /** posterior mean of the reward, plays per impression */
  readonly means: Float64Array;
  /** posterior standard deviation of that mean; 0 where the policy has none */
  readonly deviations: Float64Array;
  /** p(a): ≥ floor/K, summing to 1 within 1e-9; what the draw is made from and what is logged */
  readonly propensities: Float64Array;
}

/** What a served model is fitted around: a new arm starts from μ (linear) and the shared mean reward (counts). */
export interface Prior {
  /** shape (d): μ, the shared block's mean; zeros before anything is learned */
  readonly mean: Float64Array;
  /** mean reward over all arms, in [0, 1] */
  readonly meanReward: number;
}

/** The served side of a policy: immutable between two `apply` calls, read by every decision. */
export interface Model {
  /** number of rows that have been fitted */
  readonly rows: number;
  /** bytes held */
  readonly byteLength: number;
}

/** One row's ridge regression as an incremental learner keeps it, in float64: θ and W = L⁻¹ with L·Lᵀ = A, so WᵀW = A⁻¹. */
export interface RowPosterior {
  /** shape (d): θ */
  readonly theta: Float64Array;
  /** packed, shape (d(d+1)/2): W as it was before forgetting scaled A down */
  readonly inverseLower: Float64Array;
  /** ≥ 1: A⁻¹ is inflation²·WᵀW; 1 where nothing is forgotten */
  readonly inflation: number;
  /** n, as of the row's own time */
  readonly trials: number;
}

/**
 * For policies whose rows are ridge regressions of their own: what lets a learner keep a served row current after every example, in O(d²). A policy without it
 * is served by `fit` of the touched row instead.
 */
export interface IncrementalRows<M extends Model = Model> {
  /** λ > 0 of every row */
  readonly lambda: number;
  /** Replaces one row by this posterior, as `apply` would replace it by a fitted one. O(what the policy keeps), no allocation once the row exists. */
  absorb(model: M, row: number, posterior: RowPosterior): void;
}

/**
 * A policy turns a slate into a full probability vector. `propensities` never writes to the model; `apply` is the only writer.
 * Learning is in the statistics (sums, mergeable); `fit` turns them into the bytes of a snapshot.
 */
export interface Policy<M extends Model = Model> {
  readonly name: PolicyName;
  /** total probability spread evenly over the eligible arms: p(a) ≥ floor/K */
  readonly floor: number;
  /** d if the policy learns from contexts (as its representation leaves them, where it has one), 0 if from counts alone */
  readonly dimension: number;
  /** B: sets of sums that the statistics it is fitted from must hold per row, see `ArmStatistics`; undefined: 1 */
  readonly replicates?: number;
  /** what contexts pass through before they are scored, and must pass through before they are learned from; undefined: nothing */
  readonly representation?: Representation;
  emptyModel(): M;
  /**
   * The posterior of `rows` under `prior`, as bytes of a stable, versioned, little-endian format. Pure: same input, same bytes.
   * With `rows` undefined every row of the statistics is fitted and the prior travels along: that is a base snapshot.
   */
  fit(statistics: ArmStatistics, prior: Prior, rows?: Int32Array): Uint8Array;
  /** Takes fitted bytes into the model. All of them or, when they do not parse, none. @throws AppError `snapshot/corrupt` */
  apply(model: M, fitted: Uint8Array): void;
  /** Writes means, deviations and propensities of the slate's K arms. @throws AppError `bandit/empty-slate` | `bandit/bad-score` */
  score(model: M, slate: Slate, scores: SlateScores): void;
  /**
   * What `score` writes, to the bit, for every slate of a run in a few calls. Present where that is faster than one by one.
   *
   * @param scores shape (≥ starts[n]) each
   * @throws AppError as `score`; what was written by then means nothing
   */
  scoreSlates?(model: M, slates: ContextRun, scores: SlateScores): void;
  /** present where a row can be kept current without a fit */
  readonly incremental?: IncrementalRows<M>;
}

/** Every policy there is, and the number that stands for it in fitted bytes: appended to, never renumbered. */
export const POLICY_CODES = {
  uniform: 1,
  'best-unpersonalised': 2,
  'linear-thompson': 3,
  'epsilon-greedy': 4,
  softmax: 5,
  linucb: 6,
  'linucb-hybrid': 7,
  squarecb: 8,
  regcb: 9,
  'hybrid-thompson': 10,
  'online-bagging': 11,
} as const;

export type PolicyName = keyof typeof POLICY_CODES;

/** In order of what they know: nothing, what everybody likes, what this member likes. */
export const POLICY_NAMES = Object.keys(POLICY_CODES) as readonly PolicyName[];
