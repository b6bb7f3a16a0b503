import { asId, type EventId, type MemberId, type RequestId } from '../../core/ids.js';
import { contextSchema } from '../../features/context-vector.js';
import { eligibilityRules } from '../../features/eligibility-rules.js';
import type { RevisionLookup, TitleRevision } from '../../features/title-revision.js';
import type { NewRecord } from '../event-log/event-log.js';
import { encodeDecision, encodeImpression, encodePlay } from '../events/avro.js';
import type { DecisionEvent, ImpressionEvent, PlayEvent } from '../events/events.js';

/** A small world for the tests of join and update: 3 themes, 4 titles with 3 artworks each. */
export const SCHEMA = contextSchema(['love', 'crime', 'space']);
export const NOON_MS = Date.UTC(2024, 0, 10, 12);
const TITLES = 4;
const ARTWORKS = 3;

const ALL = Array.from({ length: TITLES }, (_, revision) => titleRevision(revision));
export const REVISIONS: RevisionLookup = { revision: (revision) => ALL[revision] };

function titleRevision(revision: number): TitleRevision {
  const vectors = Array.from({ length: ARTWORKS * 3 }, (_, i) => ((revision * 7 + i * 5) % 11) / 11);
  const title = { titleId: `t${revision}`, name: `Title ${revision}`, themes: {}, artworks: [] };
  return {
    revision,
    titleRow: revision,
    title,
    rules: eligibilityRules(title),
    defaultArm: 0,
    artworkRows: Int32Array.from({ length: ARTWORKS }, (_, a) => revision * ARTWORKS + a),
    artworkVectors: Float32Array.from(vectors),
    titleVector: Float32Array.of(0.2, 0.4, ((revision + 1) % 5) / 5),
    titleHash: revision,
    artworkHashes: Uint32Array.from({ length: ARTWORKS }, (_, a) => revision * 31 + a),
  };
}

/** A page of two rows, 2 + 1 slots. */
export function decisionOf(request: number, changes: Partial<DecisionEvent> = {}): DecisionEvent {
  return {
    requestId: asId<RequestId>(`r${request}`),
    memberId: memberOf(request),
    atMs: NOON_MS + request * 1_000,
    canvas: 'home',
    experiment: 'e1',
    variant: 'personal',
    policy: 'linear-thompson',
    snapshotVersion: 1,
    contextSchema: SCHEMA.hash,
    epoch: 3,
    device: request % 3,
    daypart: 1,
    country: 'CH',
    memberVector: Float32Array.of(0.1, (request % 7) / 7, 0.9),
    rowIds: ['first', 'second'],
    rowLengths: [2, 1],
    rowPropensities: new Float32Array(0),
    rowSwaps: new Float32Array(0),
    columnExamination: new Float32Array(0),
    rowExamination: new Float32Array(0),
    slots: {
      count: 3,
      titleRevision: Uint32Array.of(request % TITLES, (request + 1) % TITLES, (request + 2) % TITLES),
      arm: Uint8Array.of(0, request % ARTWORKS, 2),
      propensity: Float32Array.of(0.5, 0.25, 0.75),
      orderPropensity: Float32Array.of(0.5, 1, 1),
      flags: new Uint8Array(3),
      offered: Uint8Array.of(7, 7, 7),
      maskBytes: 1,
    },
    ...changes,
  };
}

export function memberOf(request: number): MemberId {
  return asId<MemberId>(`m${request % 5}`);
}

export function impressionOf(
  request: number,
  slot: number,
  changes: Partial<ImpressionEvent> = {},
): ImpressionEvent {
  const atMs = NOON_MS + request * 1_000 + 500;
  return {
    eventId: asId<EventId>(`r${request}/${slot}`),
    requestId: asId<RequestId>(`r${request}`),
    memberId: memberOf(request),
    slot,
    atMs,
    receivedAtMs: atMs + 20,
    ...changes,
  };
}

export function playOf(
  request: number,
  slot: number,
  watchedSeconds: number,
  changes: Partial<PlayEvent> = {},
): PlayEvent {
  const atMs = NOON_MS + request * 1_000 + 60_000;
  return {
    ...impressionOf(request, slot),
    atMs,
    receivedAtMs: atMs + 20,
    playId: '1',
    watchedSeconds,
    watchedFraction: 0,
    ...changes,
  };
}

export type TopicRecord = NewRecord & { readonly topic: 'decisions' | 'impressions' | 'plays' };

export function decisionRecord(event: DecisionEvent): TopicRecord {
  return { topic: 'decisions', key: event.memberId, value: encodeDecision(event), timestampMs: event.atMs };
}

export function impressionRecord(event: ImpressionEvent): TopicRecord {
  return {
    topic: 'impressions',
    key: event.memberId,
    value: encodeImpression(event),
    timestampMs: event.receivedAtMs,
  };
}

export function playRecord(event: PlayEvent): TopicRecord {
  return { topic: 'plays', key: event.memberId, value: encodePlay(event), timestampMs: event.receivedAtMs };
}
