import { swapWeight } from '../../bandit/examination.js';
import type { LabelEvent } from '../events/events.js';
import type { Cause, CompactDecision, SlotState } from './open-join.js';

/** Where a slot stands on its page, from 0. */
export interface SlotPlace {
  readonly row: number;
  readonly position: number;
}

const NONE: Float32Array = new Float32Array(0);

/** e of a slot: its column's times its row's, as the decision recorded them. */
export function examinationAt(decision: CompactDecision, { row, position }: SlotPlace): number {
  return at(decision.columnExamination, position) * at(decision.rowExamination, row);
}

/** The last entry holds for all places after it. */
function at(curve: Float32Array, place: number): number {
  return curve.length === 0 ? 1 : curve[Math.min(place, curve.length - 1)]!;
}

/**
 * What examination is estimated from: the slot's neighbours that are displayed, each with the probability that the two stood the other way round. A pair counts
 * once both are displayed: the later trial brings along what the earlier one had earned by then, and from then on each reward counts by itself.
 */
export function neighboursOf(
  decision: CompactDecision,
  slot: number,
  { row, position }: SlotPlace,
  slots: ReadonlyMap<number, SlotState>,
  cause: Cause,
): Pick<LabelEvent, 'swaps' | 'neighbourRewards'> {
  if (slots.size < 2) return { swaps: NONE, neighbourRewards: NONE };
  const { rowLengths, rowSwaps } = decision;
  const order = decision.slots.orderPropensity;
  const length = rowLengths[row] ?? 0;
  const upperLength = rowLengths[row - 1] ?? 0;
  let swaps = NONE;
  let rewards = NONE;
  const meet = (side: 0 | 1 | 2 | 3, neighbour: number, weight: () => number): void => {
    const state = slots.get(neighbour);
    if (state?.impressionAtMs === undefined) return;
    swaps = noted(swaps, side, weight());
    rewards = noted(rewards, side, state.reward);
  };
  if (position > 0) meet(0, slot - 1, () => swapWeight(order[slot - 1]!, order[slot]!));
  if (position + 1 < length) meet(1, slot + 1, () => swapWeight(order[slot]!, order[slot + 1]!));
  if (position < upperLength) meet(2, slot - upperLength, () => rowSwaps[row - 1] ?? 0);
  if (position < (rowLengths[row + 1] ?? 0)) meet(3, slot + length, () => rowSwaps[row] ?? 0);
  const isTrial = cause.rewardAfter === cause.rewardBefore;
  return { swaps, neighbourRewards: isTrial ? rewards : NONE };
}

/** Empty as long as nothing but zeros (or worse) would be in it. */
function noted(values: Float32Array, side: number, value: number): Float32Array {
  if (values.length === 0 && !(value > 0)) return values;
  const all = values.length === 0 ? new Float32Array(4) : values;
  all[side] = value;
  return all;
}
