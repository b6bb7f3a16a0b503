import type { ImpressionEvent } from '../events/events.js';
import type { JoinOutcome, JoinRecord } from './join-outcome.js';
import type { JoinTable } from './join-table.js';
import type { HeldEvent } from './open-join.js';

/** Lets an event wait for its decision, or for its slot's impression, as far as there is room. */
export function holdEvent(
  table: JoinTable,
  { requestId, slot, receivedAtMs }: ImpressionEvent,
  record: JoinRecord & Pick<HeldEvent, 'topic'>,
): JoinOutcome {
  const { maxHeldEvents, maxPlaysPerSlot } = table.settings;
  const { topic, offset, key } = record;
  const held = table.find(requestId)?.held ?? [];
  if (held.some((other) => other.topic === topic && other.offset === offset)) return { kind: 'duplicate' };
  if (table.totals.heldEvents >= maxHeldEvents) {
    const message = `${maxHeldEvents} events are waiting already; expected fewer`;
    return { kind: 'refused', code: 'event/too-many-held', message, record };
  }
  if (topic === 'plays' && held.filter((other) => other.slot === slot).length >= maxPlaysPerSlot) {
    const message = `${maxPlaysPerSlot} plays of slot ${slot} are waiting; expected fewer`;
    return { kind: 'refused', code: 'event/too-many-plays', message, record };
  }
  const value = new Uint8Array(record.value);
  table.addHeld(table.find(requestId) ?? table.hold(requestId), {
    topic,
    offset,
    key,
    value,
    slot,
    receivedAtMs,
  });
  return { kind: 'held' };
}
