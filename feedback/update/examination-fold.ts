import { SwapStatistics } from '../../bandit/swap-statistics.js';
import { hashString } from '../../core/hash.js';
import { SWAP_SIDES, type LabelEvent } from '../events/events.js';

/** Columns and rows told apart; beyond the last, examination is taken to stay as it is. */
export const EXAMINED_PLACES = 40;

/** What one partition's labels say about how much places are looked at. Sums: partitions merge by addition. */
export interface ExaminationStatistics {
  /** places within a row */
  readonly columns: SwapStatistics;
  /** rows of the page */
  readonly rows: SwapStatistics;
}

export function emptyExamination(halfLifeMs = Infinity): ExaminationStatistics {
  const options = { places: EXAMINED_PLACES, halfLifeMs };
  return { columns: new SwapStatistics(options), rows: new SwapStatistics(options) };
}

/**
 * Folds one label into them: of a reward, what it adds at its slot, once for each neighbour on display; of a trial, what those neighbours had earned before it was
 * there to be compared with. Weights that are no probabilities are passed over. Whatever order a page's events come in, the same pairs and rewards are counted. The same labels in the same order give the same bits.
 */
export function foldExamination(statistics: ExaminationStatistics, label: LabelEvent): void {
  if (label.swaps.length !== SWAP_SIDES.length) return;
  const memberHash = hashString(label.memberId);
  for (const [s, side] of SWAP_SIDES.entries()) {
    const weight = label.swaps[s]!;
    if (!(weight > 0 && weight <= 1)) continue;
    const isColumn = side === 'left' || side === 'right';
    const axis = isColumn ? statistics.columns : statistics.rows;
    const place = isColumn ? label.position : label.rowIndex;
    const isBefore = side === 'left' || side === 'above';
    const add = (at: number, end: 'upper' | 'lower', reward: number): void => {
      if (reward !== 0) axis.addReward(at, end, memberHash, reward, weight, label.impressionAtMs);
    };
    if (label.kind === 'reward')
      add(place, isBefore ? 'lower' : 'upper', label.rewardAfter - label.rewardBefore);
    else add(isBefore ? place - 1 : place + 1, isBefore ? 'upper' : 'lower', label.neighbourRewards[s] ?? 0);
  }
}
