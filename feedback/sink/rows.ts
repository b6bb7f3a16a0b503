import type { Title } from '../../client/types.js';
import type { AnalyticsRow, AnalyticsTable } from '../analytics/analytics.js';
import {
  SLOT_FLAGS,
  type DeadLetterEvent,
  type DecisionEvent,
  type ImpressionEvent,
  type LabelEvent,
  type PlayEvent,
} from '../events/events.js';
import type { RevisionLookup } from '../../features/title-revision.js';

/** What the sink needs of RevisionLookup (features/title-revision.ts): the names behind a revision's numbers. */
export interface TitleNames extends Pick<RevisionLookup, 'catchUp'> {
  revision(revision: number): { readonly title: Pick<Title, 'titleId' | 'artworks'> } | undefined;
}

export interface TableRow {
  readonly table: AnalyticsTable;
  readonly row: AnalyticsRow;
}

/** Dead letters keep this much of their payload: enough to see what it was, never a table of large bodies. */
const MAX_PAYLOAD_BYTES = 16_384;
/** floor(reward · 1e6): fine enough that two rewards that differ in a chart have different versions */
const VERSIONS_PER_REWARD = 1_000_000;

/** One row per page. Its slots are rows of their own: displayed ones come back as outcomes, of the others there is a sample (decided-slots.ts). */
export function decisionRow(event: DecisionEvent): AnalyticsRow {
  const { slots } = event;
  let fallbacksUnpersonalised = 0;
  let fallbacksDefault = 0;
  let repeats = 0;
  let minPropensity = 1;
  for (let slot = 0; slot < slots.count; slot++) {
    const flags = slots.flags[slot]!;
    if ((flags & SLOT_FLAGS.fallbackUnpersonalised) !== 0) fallbacksUnpersonalised++;
    if ((flags & SLOT_FLAGS.fallbackDefault) !== 0) fallbacksDefault++;
    if ((flags & SLOT_FLAGS.repeatOnPage) !== 0) repeats++;
    minPropensity = Math.min(minPropensity, slots.propensity[slot]!);
  }
  return {
    request_id: event.requestId,
    at: event.atMs,
    ...servedColumns(event),
    context_schema: event.contextSchema,
    row_ids: event.rowIds,
    row_lengths: event.rowLengths,
    row_propensities: [...event.rowPropensities],
    slots: slots.count,
    fallbacks_unpersonalised: fallbacksUnpersonalised,
    fallbacks_default: fallbacksDefault,
    repeats,
    min_propensity: minPropensity,
  };
}

export function impressionRow(event: ImpressionEvent): AnalyticsRow {
  return {
    event_id: event.eventId,
    request_id: event.requestId,
    member_id: event.memberId,
    slot: event.slot,
    at: event.atMs,
    received_at: event.receivedAtMs,
  };
}

export function playRow(event: PlayEvent): AnalyticsRow {
  // Spelt out: spreading the other row first costs as much as reading the event.
  return {
    event_id: event.eventId,
    request_id: event.requestId,
    member_id: event.memberId,
    slot: event.slot,
    at: event.atMs,
    received_at: event.receivedAtMs,
    play_id: event.playId,
    watched_seconds: event.watchedSeconds,
    watched_fraction: event.watchedFraction,
  };
}

/** A label as the state of its slot. @param title undefined when the revision is not known here: the ids stay empty */
export function outcomeRow(label: LabelEvent, title: ReturnType<TitleNames['revision']>): AnalyticsRow {
  return {
    request_id: label.requestId,
    slot: label.slot,
    ...servedColumns(label),
    row_id: label.rowId,
    row_index: label.rowIndex,
    position: label.position,
    title_revision: label.titleRevision,
    title_id: title?.title.titleId ?? '',
    arm: label.arm,
    artwork_id: title?.title.artworks[label.arm]?.artworkId ?? '',
    propensity: label.propensity,
    examination: label.examination,
    flags: label.flags,
    impression_at: label.impressionAtMs,
    labelled_at: label.atMs,
    reward: label.rewardAfter,
    watched_seconds: label.watchedSeconds,
    version: label.kind === 'trial' ? 0 : 1 + Math.floor(label.rewardAfter * VERSIONS_PER_REWARD),
  };
}

/** A dead letter about a log record is the same letter however often it is written; one about anything else is its own. */
export function deadLetterRow(event: DeadLetterEvent, ownPlace: string): AnalyticsRow {
  const hasPlace = event.partition >= 0 && event.offset >= 0;
  return {
    event_id: hasPlace ? `${event.topic}/${event.partition}/${event.offset}` : ownPlace,
    reason: event.reason,
    message: event.message,
    topic: event.topic,
    partition: event.partition,
    offset: event.offset,
    at: event.atMs,
    payload: Buffer.from(event.payload.subarray(0, MAX_PAYLOAD_BYTES)).toString('base64'),
    payload_bytes: event.payload.length,
  };
}

/** What decisions and outcomes say alike about who was served and how. */
function servedColumns(event: DecisionEvent | LabelEvent) {
  return {
    member_id: event.memberId,
    canvas: event.canvas,
    experiment: event.experiment,
    variant: event.variant,
    policy: event.policy,
    snapshot_version: event.snapshotVersion,
    epoch: event.epoch,
    device: event.device,
    daypart: event.daypart,
    country: event.country,
  };
}
