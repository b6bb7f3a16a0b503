import { AppError, shown } from '../../core/errors.js';
import type { ImpressionEvent } from '../events/events.js';
import { LAST_TIME_MS } from './join-deadline.js';
import type { JoinOutcome, JoinRecord, RefusalCode } from './join-outcome.js';
import type { CompactDecision } from './open-join.js';

/** Ids are parts of checkpoint keys, which have at most 500 bytes. */
const MAX_ID_BYTES = 256;

/** Adds a refusal to the outcomes. */
export function refuse(
  outcomes: JoinOutcome[],
  code: RefusalCode,
  message: string,
  record: JoinRecord,
): void {
  outcomes.push({ kind: 'refused', code, message, record });
}

/** Is the event about a slot of this decision? Refuses it otherwise. */
export function fits(
  decision: CompactDecision,
  event: ImpressionEvent,
  record: JoinRecord,
  outcomes: JoinOutcome[],
): boolean {
  if (event.memberId !== decision.memberId) {
    refuse(outcomes, 'event/orphan', "the decision of this request is another member's", record);
    return false;
  }
  if (Number.isInteger(event.slot) && event.slot >= 0 && event.slot < decision.slots.count) return true;
  refuse(outcomes, 'event/bad-slot', `slot ${event.slot}; expected 0 to ${decision.slots.count - 1}`, record);
  return false;
}

/** Is the event later than the window after what it belongs to? Refuses it then. */
export function isLate(
  afterMs: number,
  windowMs: number,
  record: JoinRecord,
  outcomes: JoinOutcome[],
): boolean {
  if (afterMs <= windowMs) return false;
  refuse(
    outcomes,
    'event/expired',
    `it came ${afterMs} ms after what it belongs to; expected at most ${windowMs}`,
    record,
  );
  return true;
}

/** What the join looks at in an event of any topic. */
interface Checkable {
  readonly requestId: string;
  readonly memberId: string;
  readonly atMs: number;
  readonly receivedAtMs?: number;
}

/** @throws AppError `event/unreadable` where a record of the log contradicts itself */
export function checked<E extends Checkable>(event: E, record: JoinRecord): E {
  if (event.memberId !== record.key)
    throw new AppError('event/unreadable', 'the record is keyed by another member than it names');
  for (const id of [event.requestId, event.memberId]) {
    // A character has at most three bytes: most ids need not be counted.
    if (id.length > 0 && id.length <= MAX_ID_BYTES / 3) continue;
    const bytes = Buffer.byteLength(id);
    if (bytes === 0 || bytes > MAX_ID_BYTES)
      throw new AppError('event/unreadable', `an id has ${bytes} bytes; expected 1 to ${MAX_ID_BYTES}`);
  }
  for (const atMs of [event.atMs, event.receivedAtMs ?? 0]) {
    if (!(atMs >= 0 && atMs <= LAST_TIME_MS))
      throw new AppError('event/unreadable', `a time is ${shown(atMs)}; expected 0 to ${LAST_TIME_MS} ms`);
  }
  return event;
}
