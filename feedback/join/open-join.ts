import type { RequestId } from '../../core/ids.js';
import type { DecisionEvent, LabelEvent } from '../events/events.js';
import type { JoinRecord } from './join-outcome.js';
import { examinationAt, neighboursOf, type SlotPlace } from './neighbours.js';

/** What has happened to one slot. Only slots that something happened to are kept. */
export interface SlotState {
  /** undefined until its impression: a slot that was never displayed earns nothing */
  impressionAtMs: number | undefined;
  /** the best of its plays so far */
  reward: number;
}

/** An event that waits: for its decision, or (a play) for its slot's impression. */
export interface HeldEvent extends JoinRecord {
  readonly topic: 'impressions' | 'plays';
  readonly slot: number;
  readonly receivedAtMs: number;
}

/** What a label needs of a decision. */
export interface CompactDecision extends Omit<DecisionEvent, 'slots'> {
  readonly slots: Pick<
    DecisionEvent['slots'],
    'count' | 'titleRevision' | 'arm' | 'propensity' | 'orderPropensity' | 'flags'
  >;
}

export interface OpenJoin {
  readonly requestId: RequestId;
  /** undefined while only its events, or labels found at recovery, are known */
  decision: CompactDecision | undefined;
  readonly slots: Map<number, SlotState>;
  /** in the order they came */
  held: HeldEvent[];
  /** of the latest impression; −Infinity before the first */
  lastImpressionAtMs: number;
  /** the time at which it will be looked at whether it is over; undefined: the store does not know yet */
  filedMs: number | undefined;
}

export function emptyJoin(requestId: RequestId): OpenJoin {
  return {
    requestId,
    decision: undefined,
    slots: new Map(),
    held: [],
    lastImpressionAtMs: -Infinity,
    filedMs: undefined,
  };
}

/** Measured on Node 20: a join's objects and typed arrays, each slot of its page, each slot that something happened to, each event that waits. */
const JOIN_BYTES = 3_000;
const SLOT_BYTES = 14;
const STATE_BYTES = 100;
const HELD_BYTES = 500;

/** What a join takes in memory, about. */
export function approximateBytes({ decision, slots, held }: OpenJoin): number {
  const ofPage = decision === undefined ? 0 : decision.slots.count * SLOT_BYTES;
  return JOIN_BYTES + ofPage + slots.size * STATE_BYTES + held.length * HELD_BYTES;
}

/** @param decision as it was decoded: its columns are in memory of their own */
export function compactDecision(decision: DecisionEvent): CompactDecision {
  const { count, titleRevision, arm, propensity, orderPropensity, flags } = decision.slots;
  return { ...decision, slots: { count, titleRevision, arm, propensity, orderPropensity, flags } };
}

/** The event behind a label: when it happened, and what it earned. */
export interface Cause {
  readonly atMs: number;
  readonly rewardBefore: number;
  readonly rewardAfter: number;
  readonly watchedSeconds: number;
}

/** @param slots what has happened on the page so far: which neighbours are displayed, and what they earned */
export function labelOf(
  decision: CompactDecision,
  slot: number,
  impressionAtMs: number,
  cause: Cause,
  slots: ReadonlyMap<number, SlotState> = NOTHING_YET,
): LabelEvent {
  const place = placeOf(decision, slot);
  const { row, position } = place;
  // Named one by one: a spread costs as much as the rest of the label.
  const { swaps, neighbourRewards } = neighboursOf(decision, slot, place, slots, cause);
  return {
    kind: cause.rewardAfter > cause.rewardBefore ? 'reward' : 'trial',
    requestId: decision.requestId,
    memberId: decision.memberId,
    slot,
    canvas: decision.canvas,
    experiment: decision.experiment,
    variant: decision.variant,
    policy: decision.policy,
    snapshotVersion: decision.snapshotVersion,
    contextSchema: decision.contextSchema,
    rowId: decision.rowIds[row] ?? '',
    position,
    titleRevision: decision.slots.titleRevision[slot]!,
    arm: decision.slots.arm[slot]!,
    propensity: decision.slots.propensity[slot]!,
    flags: decision.slots.flags[slot]!,
    device: decision.device,
    daypart: decision.daypart,
    country: decision.country,
    memberVector: decision.memberVector,
    epoch: decision.epoch,
    impressionAtMs,
    atMs: cause.atMs,
    rewardBefore: cause.rewardBefore,
    rewardAfter: cause.rewardAfter,
    watchedSeconds: cause.watchedSeconds,
    rowIndex: row,
    examination: examinationAt(decision, place),
    swaps,
    neighbourRewards,
    // Given by whoever writes it.
    ownerEpoch: 0,
    ownerSequence: 0,
  };
}

const NOTHING_YET: ReadonlyMap<number, SlotState> = new Map();

function placeOf(decision: CompactDecision, slot: number): SlotPlace {
  let first = 0;
  for (let row = 0; row < decision.rowLengths.length; row++) {
    const length = decision.rowLengths[row]!;
    if (slot < first + length) return { row, position: slot - first };
    first += length;
  }
  return { row: decision.rowLengths.length, position: slot - first };
}
