import { ArmStatistics, type ArmStatisticsOptions } from '../arm-statistics.js';
import { sharedKernels } from '../linalg/kernels.js';

/** Examples of a row that are added up among themselves before they are added to the rest. */
const GROUP = 256;

/**
 * {@link ArmStatistics} whose additions round less. Added one by one, n examples leave an error of about √n roundings of the whole sum: after a million, thousandfold; what is
 * learned from features that are nearly alike is lost in it. Groups of 256 are summed apart first: √(n/256) roundings of the whole sum, and 16 of a group's.
 * Costs a second set of sums and a 256th of an addition per example.
 */
export class GroupedSums {
  readonly #whole: ArmStatistics;
  readonly #recent: ArmStatistics;
  readonly #counts: number[] = [];

  /** @throws AppError `bandit/bad-setting` */
  constructor(options: ArmStatisticsOptions) {
    this.#whole = new ArmStatistics(options);
    this.#recent = new ArmStatistics(options, sharedKernels());
  }

  /** The sums, everything so far of one row included. */
  of(row: number): ArmStatistics {
    if ((this.#counts[row] ?? 0) > 0) this.#fold(row);
    return this.#whole;
  }

  /** The sums of everything so far. */
  get whole(): ArmStatistics {
    this.#counts.forEach((count, row) => {
      if (count > 0) this.#fold(row);
    });
    return this.#whole;
  }

  /** One example and its reward: n, Σr, S, b. @throws AppError `bandit/bad-shape`; nothing has changed then */
  add(row: number, x: Float32Array, reward: number, weight: number, atMs: number): void {
    this.#recent.addTrial(row, x, 0, weight, atMs);
    if (reward > 0) this.#recent.addReward(row, x, 0, reward, weight, atMs);
    this.#count(row);
  }

  /** The reward of an earlier example changed. @throws AppError `bandit/bad-shape`; nothing has changed then */
  addReward(row: number, x: Float32Array, change: number, weight: number, atMs: number): void {
    this.#recent.addReward(row, x, 0, change, weight, atMs);
    this.#count(row);
  }

  /** The latest time a row has seen; undefined for a row never touched. */
  asOfMs(row: number): number | undefined {
    const [whole, recent] = [this.#whole.asOfMs(row), this.#recent.asOfMs(row)];
    return whole === undefined ? recent : recent === undefined ? whole : Math.max(whole, recent);
  }

  /** n of a row, as of that time. */
  trials(row: number): number {
    const asOfMs = this.asOfMs(row);
    return asOfMs === undefined
      ? 0
      : this.#trialsAt(this.#whole, row, asOfMs) + this.#trialsAt(this.#recent, row, asOfMs);
  }

  #trialsAt(sums: ArmStatistics, row: number, asOfMs: number): number {
    const trials = sums.trials(row);
    if (trials === 0 || sums.halfLifeMs === Infinity) return trials;
    return trials * 2 ** ((sums.asOfMs(row)! - asOfMs) / sums.halfLifeMs);
  }

  #count(row: number): void {
    while (this.#counts.length <= row) this.#counts.push(0);
    if (++this.#counts[row]! >= GROUP) this.#fold(row);
  }

  #fold(row: number): void {
    this.#counts[row] = 0;
    this.#whole.mergeRow(row, this.#recent);
    this.#recent.clearRow(row);
  }
}
