import { ArmStatistics } from '../arm-statistics.js';
import type { Prior } from '../policy.js';
import { emptyPrior, priorFrom, type PriorOptions } from '../prior.js';
import type { Arm } from './arm-directory.js';
import type { RowLearnerOptions } from './row-learner.js';

export interface SharedBlockOptions extends PriorOptions {
  /** false: every arm starts from a mean of zero, and knows nothing of the others; default true */
  readonly enabled?: boolean;
  /** μ is stated anew when the examples since the last time exceed this share of the examples it rests on, > 0; default 1/8 */
  readonly refreshShare?: number;
  /** and at least so many, integer ≥ 1; default 2d, 16 at least */
  readonly refreshAtLeast?: number;
}

/**
 * What all arms have in common, S₀ = Σ S_a and b₀ = Σ b_a over the arms there are and those that left: kept by addition, so it costs nothing per example. The prior
 * mean μ is solved from it more slowly than arms learn, when the evidence has grown by a share: O(K·d² + d³) some ten times per factor of three.
 */
export class SharedBlock {
  readonly #options: Required<SharedBlockOptions>;
  readonly #sums: RowLearnerOptions;
  #left: ArmStatistics;
  #prior: Prior;
  #examples = 0;
  #refreshAt: number;

  /** @param sums what the arms' statistics are made with */
  constructor(sums: RowLearnerOptions, options: Required<SharedBlockOptions>) {
    this.#sums = sums;
    this.#options = options;
    this.#left = new ArmStatistics(sums);
    this.#prior = emptyPrior(sums.dimension, options.meanRewardGuess);
    this.#refreshAt = options.refreshAtLeast;
  }

  /** as of the last refresh */
  get prior(): Prior {
    return this.#prior;
  }

  /** Counts an example. @returns whether μ should be stated anew */
  count(): boolean {
    return ++this.#examples >= this.#refreshAt && this.#options.enabled;
  }

  /** Keeps what an arm that leaves has taught. */
  keep(statistics: ArmStatistics, row: number): void {
    this.#left.mergeRow(0, statistics, row);
  }

  merge(other: SharedBlock): void {
    this.#left.mergeRow(0, other.#left, 0);
  }

  /** μ and the mean reward from all there is. */
  refresh(statistics: ArmStatistics, arms: readonly Arm[]): void {
    const all = this.#left.clone();
    for (const { row } of arms) all.mergeRow(0, statistics, row);
    this.#examples = 0;
    this.#refreshAt = Math.max(
      this.#options.refreshAtLeast,
      Math.ceil(this.#options.refreshShare * all.trials(0)),
    );
    if (this.#options.enabled) this.#prior = priorFrom(all, this.#options);
  }

  /** its counters, then the sums of arms that left */
  encode(): { counters: readonly [number, number]; left: Uint8Array } {
    return { counters: [this.#examples, this.#refreshAt], left: this.#left.encodeRow(0) };
  }

  /** @throws AppError `checkpoint/corrupt`; nothing has changed then */
  decode(counters: readonly [number, number], left: Uint8Array, prior: Prior): void {
    const sums = new ArmStatistics(this.#sums);
    sums.decodeRow(0, left);
    this.#left = sums;
    this.#prior = prior;
    [this.#examples, this.#refreshAt] = counters;
  }
}
