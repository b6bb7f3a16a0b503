import { AppError, shown } from '../../core/errors.js';
import type {
  DeadLetterEvent,
  DecisionEvent,
  DecisionSlots,
  ImpressionEvent,
  LabelEvent,
  PlayEvent,
} from './events.js';
import { packed, unpackedBytes, unpackedFloats, unpackedInts } from './packed-columns.js';
import { EVENT_SCHEMAS } from './schemas.js';
import { unreadable, versionedCodec } from './versioned-codec.js';

/**
 * Events to bytes and back; the format is told in versioned-codec.ts, the schemas are in schemas.ts.
 * `encodeX` throws AppError `internal` on an event that is not of its type; `decodeX` throws AppError `event/unreadable`.
 */
const codecs = {
  decision: versionedCodec(EVENT_SCHEMAS.decision),
  impression: versionedCodec(EVENT_SCHEMAS.impression),
  play: versionedCodec(EVENT_SCHEMAS.play),
  label: versionedCodec(EVENT_SCHEMAS.label),
  deadLetter: versionedCodec(EVENT_SCHEMAS.deadLetter),
};

/** Avro's view of an event whose vectors are packed: what the schema says, by the schema's own check. */
type Packed<Event, Column extends keyof Event> = Omit<Event, Column> & Record<Column, Uint8Array>;
type SlotColumn = Exclude<keyof DecisionSlots, 'count' | 'maskBytes'>;
type WireSlots = Packed<DecisionSlots, SlotColumn>;
type RowColumn = 'rowPropensities' | 'rowSwaps' | 'columnExamination' | 'rowExamination';
type WireDecision = Packed<
  Omit<DecisionEvent, 'slots' | 'rowIds'>,
  'memberVector' | 'rowLengths' | RowColumn
> & {
  readonly rowIds: string;
  readonly slots: WireSlots;
};
type WireLabel = Packed<LabelEvent, 'memberVector' | 'swaps' | 'neighbourRewards'>;

/** Room for the fields of an event that are neither vectors nor ids. */
const SMALL_FIELDS_BYTES = 512;

export function encodeDecision(event: DecisionEvent): Uint8Array {
  const { slots } = event;
  const wire: WireDecision = {
    ...event,
    memberVector: packed(event.memberVector),
    rowIds: JSON.stringify(event.rowIds),
    rowLengths: packed(Uint32Array.from(event.rowLengths)),
    rowPropensities: packed(event.rowPropensities),
    rowSwaps: packed(event.rowSwaps),
    columnExamination: packed(event.columnExamination),
    rowExamination: packed(event.rowExamination),
    slots: packSlots(slots),
  };
  const rowBytes = event.rowIds.length * 60 + event.columnExamination.byteLength;
  const hint =
    SMALL_FIELDS_BYTES + rowBytes + event.memberVector.byteLength + slots.count * (14 + slots.maskBytes);
  return codecs.decision.encode(wire, hint);
}

export function decodeDecision(bytes: Uint8Array): DecisionEvent {
  const wire = codecs.decision.decode(bytes) as WireDecision;
  const { requestId, memberId, atMs, canvas, experiment, variant, policy, snapshotVersion, contextSchema } =
    wire;
  const { epoch, device, daypart, country } = wire;
  const memberVector = floats(wire.memberVector, 'decision', 'memberVector');
  const head = {
    requestId,
    memberId,
    atMs,
    canvas,
    experiment,
    variant,
    policy,
    snapshotVersion,
    contextSchema,
  };
  return {
    ...head,
    epoch,
    device,
    daypart,
    country,
    memberVector,
    rowIds: unpackRowIds(wire.rowIds),
    rowLengths: Array.from(ints(wire.rowLengths, 'rowLengths')),
    rowPropensities: floats(wire.rowPropensities, 'decision', 'rowPropensities'),
    rowSwaps: floats(wire.rowSwaps, 'decision', 'rowSwaps'),
    columnExamination: floats(wire.columnExamination, 'decision', 'columnExamination'),
    rowExamination: floats(wire.rowExamination, 'decision', 'rowExamination'),
    slots: unpackSlots(wire.slots),
  };
}

export function encodeImpression(event: ImpressionEvent): Uint8Array {
  return codecs.impression.encode(event, SMALL_FIELDS_BYTES);
}

export function decodeImpression(bytes: Uint8Array): ImpressionEvent {
  return plain(codecs.impression.decode(bytes) as ImpressionEvent);
}

export function encodePlay(event: PlayEvent): Uint8Array {
  return codecs.play.encode(event, SMALL_FIELDS_BYTES);
}

export function decodePlay(bytes: Uint8Array): PlayEvent {
  return plain(codecs.play.decode(bytes) as PlayEvent);
}

export function encodeLabel(event: LabelEvent): Uint8Array {
  const wire: WireLabel = {
    ...event,
    memberVector: packed(event.memberVector),
    swaps: packed(event.swaps),
    neighbourRewards: packed(event.neighbourRewards),
  };
  return codecs.label.encode(wire, SMALL_FIELDS_BYTES + event.memberVector.byteLength);
}

export function decodeLabel(bytes: Uint8Array): LabelEvent {
  const wire = codecs.label.decode(bytes) as WireLabel;
  return {
    ...wire,
    memberVector: floats(wire.memberVector, 'label', 'memberVector'),
    swaps: floats(wire.swaps, 'label', 'swaps'),
    neighbourRewards: floats(wire.neighbourRewards, 'label', 'neighbourRewards'),
  };
}

export function encodeDeadLetter(event: DeadLetterEvent): Uint8Array {
  const wire = { ...event, payload: packed(event.payload) };
  return codecs.deadLetter.encode(wire, SMALL_FIELDS_BYTES + event.message.length + event.payload.length);
}

export function decodeDeadLetter(bytes: Uint8Array): DeadLetterEvent {
  const wire = codecs.deadLetter.decode(bytes) as DeadLetterEvent;
  return { ...wire, payload: unpackedBytes(wire.payload) };
}

function packSlots(slots: DecisionSlots): WireSlots {
  const { count, maskBytes } = slots;
  return {
    count,
    titleRevision: column(slots, 'titleRevision', count),
    arm: column(slots, 'arm', count),
    propensity: column(slots, 'propensity', count),
    orderPropensity: column(slots, 'orderPropensity', count),
    flags: column(slots, 'flags', count),
    offered: column(slots, 'offered', count * maskBytes),
    maskBytes,
  };
}

/** The first `length` entries: the serving process packs pages into buffers that it reuses. */
function column(slots: DecisionSlots, name: SlotColumn, length: number): Buffer {
  const entries = slots[name];
  if (entries.length < length) {
    throw new AppError(
      'internal',
      `decision slots: ${name} has ${entries.length} entries; expected at least ${length}`,
    );
  }
  return packed(entries, length);
}

function unpackSlots(wire: WireSlots): DecisionSlots {
  const { count, maskBytes } = wire;
  const slots: DecisionSlots = {
    count,
    titleRevision: ints(wire.titleRevision, 'titleRevision'),
    arm: unpackedBytes(wire.arm),
    propensity: floats(wire.propensity, 'decision', 'propensity'),
    orderPropensity: floats(wire.orderPropensity, 'decision', 'orderPropensity'),
    flags: unpackedBytes(wire.flags),
    offered: unpackedBytes(wire.offered),
    maskBytes,
  };
  for (const name of ['titleRevision', 'arm', 'propensity', 'orderPropensity', 'flags'] as const) {
    if (slots[name].length !== count) misfit(name, wire[name]);
  }
  if (slots.offered.length !== count * maskBytes) misfit('offered', wire.offered);
  return slots;
}

function misfit(name: string, bytes: Uint8Array): never {
  throw unreadable(
    EVENT_SCHEMAS.decision,
    `column ${name} has ${bytes.length} bytes; expected one entry per slot`,
  );
}

function floats(bytes: Uint8Array, event: 'decision' | 'label', name: string): Float32Array {
  const values = unpackedFloats(bytes);
  if (values === undefined)
    throw unreadable(EVENT_SCHEMAS[event], `${name} has ${bytes.length} bytes; expected a multiple of 4`);
  return values;
}

function ints(bytes: Uint8Array, name: string): Uint32Array {
  return unpackedInts(bytes) ?? misfit(name, bytes);
}

function unpackRowIds(text: string): readonly string[] {
  try {
    const rowIds: unknown = JSON.parse(text);
    if (Array.isArray(rowIds) && rowIds.every((rowId) => typeof rowId === 'string')) return rowIds;
  } catch {
    // Told below, the same way.
  }
  throw unreadable(EVENT_SCHEMAS.decision, `rowIds is ${shown(text)}; expected a JSON array of strings`);
}

/** avsc's records carry a prototype of their own; an event is a plain object. */
function plain<Event extends object>(wire: Event): Event {
  return { ...wire };
}
