import { AppError, shown } from '../core/errors.js';
import { ArmStatistics } from './arm-statistics.js';

export interface SwapStatisticsOptions {
  /** K, integer in [1, 1000]: places told apart */
  readonly places: number;
  /** G, integer in [2, 1000]: groups members are split into for standard errors; default 20 */
  readonly groups?: number;
  /** a play counts half after so many milliseconds, > 0; default: nothing is forgotten */
  readonly halfLifeMs?: number;
}

/** Which of a pair of neighbouring places: x of the sums. */
const UPPER = Float32Array.of(1, 0);
const LOWER = Float32Array.of(0, 1);

/**
 * Sums behind an {@link ExaminationCurve}: for each pair of neighbouring places (k, k + 1) and each group of members, what was played at the upper and at the lower one,
 * each weighed by the probability that the two stood the other way round.
 *
 * Kept as the b of ArmStatistics with d = 2, row k·G + g, so that they merge by addition, forget, and are stored and restored bit for bit as models' statistics are;
 * both sums of a pair are stated as of the same time. Nothing is counted for places beyond the last.
 *
 * @example new SwapStatistics({ places: 2, groups: 2 }).table() // => Float64Array.of(0, 0, 0, 0)
 */
export class SwapStatistics {
  readonly places: number;
  readonly groups: number;
  /** what is stored: see above */
  readonly sums: ArmStatistics;
  readonly #pair = new Float64Array(2);
  readonly #outer = new Float64Array(3);

  /** @throws AppError `bandit/bad-setting` */
  constructor({ places, groups = 20, halfLifeMs = Infinity }: SwapStatisticsOptions) {
    checkCount('places', places, 1);
    checkCount('groups', groups, 2);
    this.places = places;
    this.groups = groups;
    this.sums = new ArmStatistics({ dimension: 2, halfLifeMs, maxRows: places * groups });
  }

  /**
   * What was played at `place` changed by Δr: counted against the place after it (side `upper`) or before it (`lower`), where that one was displayed too.
   *
   * @param place  integer ≥ 0; beyond the last place nothing is counted
   * @param side   of the pair: `upper` is (place, place + 1), `lower` is (place − 1, place)
   * @param memberHash any 32 bits, the same for one member: picks the group
   * @param rewardChange Δr in [−1, 1]
   * @param swapWeight in [0, 1]: P(the two the other way round | all else)
   * @param impressionAtMs when `place` was displayed
   * @throws AppError `bandit/bad-reward` | `bandit/bad-shape`; nothing has changed then
   */
  addReward(
    place: number,
    side: 'upper' | 'lower',
    memberHash: number,
    rewardChange: number,
    swapWeight: number,
    impressionAtMs: number,
  ): void {
    if (!(swapWeight >= 0 && swapWeight <= 1))
      throw new AppError(
        'bandit/bad-shape',
        `swap weight is ${shown(swapWeight)}; expected a number in [0, 1]`,
      );
    const pair = side === 'upper' ? place : place - 1;
    if (pair < 0 || pair + 1 >= this.places) return;
    const row = pair * this.groups + ((memberHash >>> 0) % this.groups);
    this.sums.addReward(row, side === 'upper' ? UPPER : LOWER, 0, rewardChange, swapWeight, impressionAtMs);
  }

  /**
   * Shape (K − 1, 2, G) row-major: per pair (k, k + 1), what was played at k and at k + 1, Σ w·r by group, all groups of a pair as of the latest of their times.
   */
  table(): Float64Array {
    const { places, groups } = this;
    const table = new Float64Array((places - 1) * 2 * groups);
    for (let k = 0; k + 1 < places; k++) {
      let asOfMs = -Infinity;
      for (let g = 0; g < groups; g++)
        asOfMs = Math.max(asOfMs, this.sums.asOfMs(k * groups + g) ?? -Infinity);
      for (let g = 0; g < groups; g++) {
        const ownMs = this.sums.asOfMs(k * groups + g);
        if (ownMs === undefined) continue;
        this.sums.readSums(k * groups + g, this.#outer, this.#pair);
        const weight = 2 ** ((ownMs - asOfMs) / this.sums.halfLifeMs);
        table[2 * k * groups + g] = this.#pair[0]! * weight;
        table[(2 * k + 1) * groups + g] = this.#pair[1]! * weight;
      }
    }
    return table;
  }

  /** @throws AppError `bandit/bad-shape` when places, groups or half-life differ */
  merge(other: SwapStatistics): void {
    if (other.places !== this.places || other.groups !== this.groups) {
      throw new AppError(
        'bandit/bad-shape',
        `swaps of ${other.places} places, ${other.groups} groups; expected ${this.places}, ${this.groups}`,
      );
    }
    this.sums.merge(other.sums);
  }
}

function checkCount(name: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= 1000))
    throw new AppError(
      'bandit/bad-setting',
      `${name} is ${shown(value)}; expected an integer in [${least}, 1000]`,
    );
}
