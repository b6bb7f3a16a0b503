import { asId, type EventId, type MemberId, type RequestId } from '../../core/ids.js';
import type { EventLog, Topic } from '../event-log/event-log.js';
import {
  encodeDeadLetter,
  encodeDecision,
  encodeImpression,
  encodeLabel,
  encodePlay,
} from '../events/avro.js';
import type { DecisionEvent, ImpressionEvent, LabelEvent, PlayEvent } from '../events/events.js';
import type { TitleNames } from './rows.js';

/** Events for the sink's tests: one page of one member, and what follows from it. */

/** 2026-11-14 22:13:20 UTC */
export const NOON_MS = 1_794_694_400_000;

/** Revision 7 is the one title there is. */
export const oneTitle: TitleNames = {
  revision: (revision) =>
    revision === 7
      ? {
          title: {
            titleId: 'tt-7',
            artworks: ['a', 'b'].map((artworkId) => ({ artworkId, url: `/${artworkId}.svg`, themes: {} })),
          },
        }
      : undefined,
};

const served = {
  canvas: 'home-row',
  experiment: 'policies',
  variant: 'contextual',
  policy: 'linear-thompson',
  snapshotVersion: 12,
  contextSchema: 'c0ffee',
  epoch: 41,
  device: 1,
  daypart: 2,
  country: 'GB',
};

export function memberOf(request: string): MemberId {
  return asId<MemberId>(`member of ${request}`);
}

/** A page of two rows with two slots and one; slot 1 fell back to the default, slot 2 repeats slot 0. */
export function decision(request: string): DecisionEvent {
  return {
    ...served,
    requestId: asId<RequestId>(request),
    memberId: memberOf(request),
    atMs: NOON_MS,
    memberVector: Float32Array.of(0.5, -0.5),
    rowIds: ['top', 'new'],
    rowLengths: [2, 1],
    rowPropensities: new Float32Array(0),
    rowSwaps: new Float32Array(0),
    columnExamination: new Float32Array(0),
    rowExamination: new Float32Array(0),
    slots: {
      count: 3,
      titleRevision: Uint32Array.of(7, 7, 7),
      arm: Uint8Array.of(0, 1, 0),
      propensity: Float32Array.of(0.5, 1, 0.25),
      orderPropensity: Float32Array.of(0.5, 1, 1),
      flags: Uint8Array.of(0, 2, 4),
      offered: Uint8Array.of(3, 3, 3),
      maskBytes: 1,
    },
  };
}

export function impression(request: string, slot: number): ImpressionEvent {
  return {
    eventId: asId<EventId>(`${request}/${slot}`),
    requestId: asId<RequestId>(request),
    memberId: memberOf(request),
    slot,
    atMs: NOON_MS + 1_000,
    receivedAtMs: NOON_MS + 2_000,
  };
}

export function play(request: string, slot: number): PlayEvent {
  return {
    ...impression(request, slot),
    eventId: asId<EventId>(`${request}/${slot}/p`),
    playId: 'p',
    watchedSeconds: 400,
    watchedFraction: 0.1,
  };
}

export function label(request: string, slot: number, change: Partial<LabelEvent> = {}): LabelEvent {
  return {
    ...served,
    kind: 'trial',
    requestId: asId<RequestId>(request),
    memberId: memberOf(request),
    slot,
    rowId: 'top',
    position: slot,
    titleRevision: 7,
    arm: 1,
    propensity: 0.25,
    flags: 0,
    memberVector: Float32Array.of(0.5, -0.5),
    impressionAtMs: NOON_MS + 1_000,
    atMs: NOON_MS + 1_000,
    rewardBefore: 0,
    rewardAfter: 0,
    watchedSeconds: 0,
    rowIndex: 0,
    examination: 1,
    swaps: new Float32Array(0),
    neighbourRewards: new Float32Array(0),
    ownerEpoch: 0,
    ownerSequence: 0,
    ...change,
  };
}

export function reward(request: string, slot: number, rewardAfter: number): LabelEvent {
  return label(request, slot, { kind: 'reward', rewardAfter, watchedSeconds: 400, atMs: NOON_MS + 60_000 });
}

export async function append(
  log: EventLog,
  topic: Topic,
  values: readonly Uint8Array[],
  key = 'm',
): Promise<void> {
  await log.append(
    topic,
    values.map((value) => ({ key, value, timestampMs: NOON_MS })),
    'written',
  );
}

/** Everything that one request leaves in the log: a page, three impressions, one play, its labels, and a dead letter. */
export async function appendRequest(log: EventLog, request: string): Promise<void> {
  const key = memberOf(request);
  const slots = [0, 1, 2];
  await append(log, 'decisions', [encodeDecision(decision(request))], key);
  const impressions = slots.map((slot) => encodeImpression(impression(request, slot)));
  await append(log, 'impressions', impressions, key);
  await append(log, 'plays', [encodePlay(play(request, 0))], key);
  const labels = [
    ...slots.map((slot) => label(request, slot)),
    reward(request, 0, 0.5),
    reward(request, 0, 1),
  ];
  await append(log, 'labels', labels.map(encodeLabel), key);
  const letter = {
    reason: 'event/orphan',
    message: 'no decision',
    atMs: NOON_MS,
    payload: Uint8Array.of(1, 2, 3),
  };
  await append(
    log,
    'dead-letter',
    [encodeDeadLetter({ ...letter, topic: request, partition: 0, offset: 5 })],
    key,
  );
}
