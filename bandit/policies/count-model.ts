import type { Model, Prior } from '../policy.js';
import { emptyPrior } from '../prior.js';
import { SlateCache } from './slate-cache.js';

const CACHE_SETS = 4096;
const CACHED_ARMS = 16;

/** n and Σr per artwork as served, with when each changed: 24 bytes per row. Flat arrays by row, growing by half. */
export class CountModel implements Model {
  /** bounded: 16,384 slates of up to 16 arms, 3.3 MB once full, not counted in byteLength because it is no part of the state */
  readonly cache = new SlateCache(CACHE_SETS, CACHED_ARMS);
  #prior: Prior = emptyPrior(0);
  #trials = new Float64Array(0);
  #rewardSums = new Float64Array(0);
  #stamps = new Float64Array(0);
  #fitted = 0;
  #version = 0;

  get prior(): Prior {
    return this.#prior;
  }

  get rows(): number {
    return this.#fitted;
  }

  get byteLength(): number {
    return this.#trials.byteLength + this.#rewardSums.byteLength + this.#stamps.byteLength;
  }

  /** number of applies so far */
  get version(): number {
    return this.#version;
  }

  /** version at which the row last changed; 0 for never */
  of(row: number): number {
    return row >= 0 && row < this.#stamps.length ? this.#stamps[row]! : 0;
  }

  trials(row: number): number {
    return row >= 0 && row < this.#trials.length ? this.#trials[row]! : 0;
  }

  rewardSum(row: number): number {
    return row >= 0 && row < this.#rewardSums.length ? this.#rewardSums[row]! : 0;
  }

  beginVersion(): void {
    this.#version++;
  }

  /** Forgets every row and starts from another prior: what applying a base begins with. */
  reset(prior: Prior): void {
    this.#prior = { mean: new Float64Array(0), meanReward: prior.meanReward };
    this.#trials.fill(0);
    this.#rewardSums.fill(0);
    this.#stamps.fill(0);
    this.#fitted = 0;
    this.cache.clear();
  }

  write(row: number, trials: number, rewardSum: number): void {
    if (row >= this.#trials.length) this.#grow(row + 1);
    if (this.#stamps[row] === 0) this.#fitted++;
    this.#trials[row] = trials;
    this.#rewardSums[row] = rewardSum;
    this.#stamps[row] = this.#version;
  }

  #grow(atLeast: number): void {
    const length = Math.max(atLeast, Math.ceil(this.#trials.length * 1.5), 64);
    this.#trials = grown(this.#trials, length);
    this.#rewardSums = grown(this.#rewardSums, length);
    this.#stamps = grown(this.#stamps, length);
  }
}

function grown(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(values);
  return larger;
}
