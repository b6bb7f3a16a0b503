import { ArmStatistics } from '../arm-statistics.js';
import type { IncrementalRows, Model, Policy, Prior } from '../policy.js';
import { statisticsOf } from '../policy-statistics.js';
import { OnlineRidge } from './online-ridge.js';
import { checkReward, checkSize } from './ridge-check.js';

/** What a bandit learns with: rows of sums, and a served model brought up to date row by row. */
export interface RowLearner {
  readonly statistics: ArmStatistics;
  /** @param key of the example, any 32 bits, for policies that resample examples; by default a hash of row, x and time */
  learn(row: number, x: Float32Array, reward: number, weight: number, atMs: number, key?: number): void;
  changeReward(
    row: number,
    x: Float32Array,
    change: number,
    weight: number,
    atMs: number,
    key?: number,
  ): void;
  mergeRow(row: number, other: ArmStatistics, otherRow: number): void;
  clearRow(row: number): void;
  encodeRow(row: number): Uint8Array;
  decodeRow(row: number, bytes: Uint8Array): void;
  setPrior(prior: Prior): void;
  /** Brings a row of the served model up to date. */
  serve(row: number): void;
}

export interface RowLearnerOptions {
  readonly dimension: number;
  readonly halfLifeMs: number;
  /** sets of sums per row that the policy asks for */
  readonly replicates: number;
}

/** The cheapest learner the policy allows. */
export function rowLearner<M extends Model>(
  policy: Policy<M>,
  model: M,
  options: RowLearnerOptions,
): RowLearner {
  return policy.incremental === undefined
    ? refitLearner(policy, model, options)
    : ridgeLearner(policy, model, policy.incremental, options);
}

/** O(d²) per example: W and θ are swept, and what the policy keeps of them is copied. */
function ridgeLearner<M extends Model>(
  policy: Policy<M>,
  model: M,
  incremental: IncrementalRows<M>,
  options: RowLearnerOptions,
): RowLearner {
  const ridge = new OnlineRidge({ ...options, lambda: incremental.lambda });
  const none = new ArmStatistics(options);
  return {
    get statistics() {
      return ridge.statistics;
    },
    learn: (row, x, reward, weight, atMs) => ridge.learn(row, x, reward, weight, atMs),
    changeReward: (row, x, change, weight, atMs) => ridge.changeReward(row, x, change, weight, atMs),
    mergeRow: (row, other, otherRow) => ridge.mergeRow(row, other, otherRow),
    clearRow: (row) => ridge.clearRow(row),
    encodeRow: (row) => ridge.encodeRow(row),
    decodeRow: (row, bytes) => ridge.decodeRow(row, bytes),
    setPrior(prior) {
      ridge.setPriorMean(prior.mean);
      policy.apply(model, policy.fit(none, prior));
    },
    serve(row) {
      const posterior = ridge.posterior(row);
      if (posterior !== undefined) incremental.absorb(model, row, posterior);
    },
  };
}

/** Whatever `fit` costs per row that is offered after it has changed. */
function refitLearner<M extends Model>(policy: Policy<M>, model: M, options: RowLearnerOptions): RowLearner {
  const statistics = statisticsOf({ ...policy, dimension: options.dimension }, options);
  const none = statisticsOf({ ...policy, dimension: options.dimension }, options);
  const one = new Int32Array(1);
  let prior: Prior;
  return {
    statistics,
    learn(row, x, reward, weight, atMs, key) {
      checkReward(reward, 0);
      checkSize(x, options.dimension, weight);
      statistics.addTrial(row, x, 0, weight, atMs, key);
      if (reward > 0) statistics.addReward(row, x, 0, reward, weight, atMs, key);
    },
    changeReward(row, x, change, weight, atMs, key) {
      checkSize(x, options.dimension, weight);
      statistics.addReward(row, x, 0, change, weight, atMs, key);
    },
    mergeRow: (row, other, otherRow) => statistics.mergeRow(row, other, otherRow),
    clearRow: (row) => statistics.clearRow(row),
    encodeRow: (row) => statistics.encodeRow(row),
    decodeRow: (row, bytes) => statistics.decodeRow(row, bytes),
    setPrior(next) {
      prior = next;
      policy.apply(model, policy.fit(none, prior));
    },
    serve(row) {
      one[0] = row;
      policy.apply(model, policy.fit(statistics, prior, one));
    },
  };
}
