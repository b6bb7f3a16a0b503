import fc from 'fast-check';
import { asId, type EventId, type Id, type MemberId, type RequestId } from '../../core/ids.js';
import type {
  ClaimEvent,
  DeadLetterEvent,
  DecisionEvent,
  ImpressionEvent,
  LabelEvent,
  PlayEvent,
} from './events.js';

/** Any event of each kind, as far as its type and units allow: what the codecs must bring back as it was. */
const id = <T extends Id<string>>(): fc.Arbitrary<T> =>
  fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }).map((text) => asId<T>(text));
const text = fc.string({ maxLength: 20, unit: 'binary' });
const ms = fc.integer({ min: 0, max: 4_102_444_800_000 });
export const byte = fc.integer({ min: 0, max: 255 });
const float32 = fc.float32Array({ maxLength: 64, noDefaultInfinity: true, noNaN: true });

export const impression: fc.Arbitrary<ImpressionEvent> = fc.record({
  eventId: id<EventId>(),
  requestId: id<RequestId>(),
  memberId: id<MemberId>(),
  slot: fc.nat({ max: 10_000 }),
  atMs: ms,
  receivedAtMs: ms,
});
export const play: fc.Arbitrary<PlayEvent> = fc
  .tuple(
    impression,
    fc.record({
      playId: text,
      watchedSeconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
      watchedFraction: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  )
  .map(([seen, played]) => ({ ...seen, ...played }));
export const deadLetter: fc.Arbitrary<DeadLetterEvent> = fc.record({
  reason: text,
  message: text,
  topic: text,
  partition: fc.nat({ max: 1_000 }),
  offset: ms,
  atMs: ms,
  payload: fc.uint8Array({ maxLength: 2_000 }),
});
const shared = {
  requestId: id<RequestId>(),
  memberId: id<MemberId>(),
  canvas: text,
  experiment: text,
  variant: text,
  policy: text,
  snapshotVersion: ms,
  contextSchema: text,
  epoch: fc.nat(),
  device: byte,
  daypart: byte,
  country: text,
  memberVector: float32,
  atMs: ms,
};
export const label: fc.Arbitrary<LabelEvent> = fc.record({
  ...shared,
  kind: fc.constantFrom('trial', 'reward'),
  slot: fc.nat(),
  rowId: text,
  position: fc.nat(),
  titleRevision: fc.integer({ min: 0, max: 4_294_967_295 }),
  arm: byte,
  propensity: fc.double({ min: 0, max: 1, noNaN: true }),
  flags: byte,
  impressionAtMs: ms,
  rewardBefore: fc.double({ min: 0, max: 1, noNaN: true }),
  rewardAfter: fc.double({ min: 0, max: 1, noNaN: true }),
  watchedSeconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  rowIndex: fc.nat({ max: 1_000 }),
  examination: fc.double({ min: 0.05, max: 4, noNaN: true }),
  swaps: float32,
  neighbourRewards: float32,
  ownerEpoch: fc.nat(),
  ownerSequence: fc.nat(),
});
export const claim: fc.Arbitrary<ClaimEvent> = fc.record({
  partition: fc.nat({ max: 1_000 }),
  ownerEpoch: fc.nat(),
  owner: text,
  atMs: ms,
});
const slots = fc.tuple(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 25 })).chain(([count, maskBytes]) => {
  const exactly = (length: number) => ({ minLength: length, maxLength: length });
  return fc.record({
    count: fc.constant(count),
    titleRevision: fc.uint32Array(exactly(count)),
    arm: fc.uint8Array(exactly(count)),
    propensity: fc.float32Array(exactly(count)),
    orderPropensity: fc.float32Array(exactly(count)),
    flags: fc.uint8Array(exactly(count)),
    offered: fc.uint8Array(exactly(count * maskBytes)),
    maskBytes: fc.constant(maskBytes),
  });
});
export const decision: fc.Arbitrary<DecisionEvent> = fc.record({
  ...shared,
  rowIds: fc.array(text, { maxLength: 40 }),
  rowLengths: fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 }),
  rowPropensities: float32,
  rowSwaps: float32,
  columnExamination: float32,
  rowExamination: float32,
  slots,
});
