import fc from 'fast-check';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import type { HappenedEvent } from '../update/reference-join.fixture.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  playOf,
  playRecord,
  type TopicRecord,
} from './joined-events.fixture.js';

/** Everything about the scenarios is to scale: a window of two hours, clocks up to ten minutes off, half a day of traffic. */
export const MINUTE_MS = 60_000;
export const WINDOW_MS = 120 * MINUTE_MS;
const SKEW_MINUTES = 10;
const TRAFFIC_MINUTES = 720;
/** what the scenarios' reward expression makes of these is told in join-model.test.ts */
export const SECONDS = { broken: 13, tooMuch: 666 } as const;

/** A record with when it reaches the log. */
export interface ScenarioRecord {
  readonly record: TopicRecord;
  readonly arrivesAtMs: number;
  /** undefined: nothing can be read from it */
  readonly happened: HappenedEvent | undefined;
}

const minutes = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * MINUTE_MS, max: max * MINUTE_MS });
/** How far the client's clock is behind (the event's time lies before its arrival) or ahead. */
const skewMs = fc.oneof(
  { weight: 3, arbitrary: minutes(-SKEW_MINUTES, SKEW_MINUTES) },
  { weight: 1, arbitrary: fc.constantFrom(-SKEW_MINUTES * MINUTE_MS, SKEW_MINUTES * MINUTE_MS) },
);
/** After what it belongs to: soon, whenever in the window, at its very end, just too late, much too late. */
const afterMs = fc.oneof(
  { weight: 6, arbitrary: minutes(-5, 10) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: WINDOW_MS }) },
  { weight: 3, arbitrary: fc.constantFrom(WINDOW_MS, WINDOW_MS, WINDOW_MS, WINDOW_MS + 1, 2 * WINDOW_MS) },
);

const play = fc.record({
  afterMs,
  skewMs,
  seconds: fc.constantFrom(10, 60, 60, 300, 599, 600, 900, SECONDS.broken, SECONDS.tooMuch),
  repeats: fc.nat(1),
});
const slotEvents = fc.record({
  slot: fc.constantFrom(0, 0, 1, 1, 2, 3),
  afterMs,
  skewMs,
  /** more reports of the same slot, some from other moments */
  repeats: fc.array(fc.record({ afterMs: fc.option(afterMs), skewMs }), { maxLength: 2 }),
  isDisplayed: fc.constantFrom(true, true, true, false),
  plays: fc.array(play, { maxLength: 3 }),
});
/** Any time, or so close together that the later page's decision may arrive first. */
const pageAtMs = fc.oneof(minutes(0, TRAFFIC_MINUTES), minutes(200, 206));
const page = fc.record({
  atMs: pageAtMs,
  delayMs: minutes(0, 5),
  isDecided: fc.constantFrom(true, true, true, true, false),
  repeats: fc.nat(1),
  slots: fc.array(slotEvents, { maxLength: 4 }),
  /** somebody else's impression of a slot */
  stranger: fc.option(fc.nat(2), { freq: 8 }),
});
const broken = fc.record({
  topic: fc.constantFrom('decisions' as const, 'impressions' as const, 'plays' as const),
  atMs: minutes(0, TRAFFIC_MINUTES),
  how: fc.constantFrom('bytes' as const, 'empty', 'key', 'id', 'time', 'size'),
});

type Page = typeof page extends fc.Arbitrary<infer T> ? T : never;
type Broken = typeof broken extends fc.Arbitrary<infer T> ? T : never;

/** Pages of half a day and what became of them, in the order in which they reach the log. */
export const scenarios: fc.Arbitrary<readonly ScenarioRecord[]> = fc
  .record({
    pages: fc.array(page, { minLength: 3, maxLength: 8 }),
    broken: fc.array(broken, { maxLength: 3 }),
  })
  .map(({ pages, broken: bad }) =>
    [...pages.flatMap(recordsOf), ...bad.map(brokenRecord)].sort((a, b) => a.arrivesAtMs - b.arrivesAtMs),
  );

function recordsOf(one: Page, request: number): ScenarioRecord[] {
  const decidedAtMs = NOON_MS + one.atMs;
  const decisionArrivesAtMs = decidedAtMs + one.delayMs;
  // Whatever comes before its decision is held for ten minutes, no longer.
  const arrival = (atMs: number, lateMs: number): number =>
    Math.max(atMs + lateMs, decisionArrivesAtMs - (SKEW_MINUTES - 1) * MINUTE_MS);
  const records: ScenarioRecord[] = [];
  if (one.isDecided) {
    for (let i = 0; i <= one.repeats; i++)
      records.push(decisionAt(request, decidedAtMs, decisionArrivesAtMs + i * one.delayMs));
  }
  for (const { slot, plays, repeats, isDisplayed, ...first } of one.slots) {
    const displayedAtMs = decidedAtMs + first.afterMs;
    if (isDisplayed) {
      for (const again of [first, ...repeats]) {
        const atMs = again.afterMs === null ? displayedAtMs : decidedAtMs + again.afterMs;
        records.push(impressionAt(request, slot, atMs, arrival(atMs, again.skewMs)));
      }
    }
    for (const [i, each] of plays.entries()) {
      const atMs = displayedAtMs + each.afterMs;
      const arrivesAtMs = arrival(atMs, each.skewMs);
      for (let n = 0; n <= each.repeats; n++)
        records.push(playAt(request, slot, each.seconds, { atMs, arrivesAtMs, playId: `${i}` }));
    }
  }
  if (one.stranger !== null) {
    const memberId = asId<MemberId>('stranger');
    records.push(impressionAt(request, one.stranger, decidedAtMs, decisionArrivesAtMs, { memberId }));
  }
  return records;
}

function decisionAt(request: number, atMs: number, arrivesAtMs: number): ScenarioRecord {
  const event = decisionOf(request, { atMs });
  const record = { ...decisionRecord(event), timestampMs: arrivesAtMs };
  return { record, arrivesAtMs, happened: { topic: 'decisions', event } };
}

function impressionAt(
  request: number,
  slot: number,
  atMs: number,
  arrivesAtMs: number,
  changes: { readonly memberId?: MemberId } = {},
): ScenarioRecord {
  const event = impressionOf(request, slot, { atMs, receivedAtMs: arrivesAtMs, ...changes });
  return { record: impressionRecord(event), arrivesAtMs, happened: { topic: 'impressions', event } };
}

function playAt(
  request: number,
  slot: number,
  seconds: number,
  { atMs, arrivesAtMs, playId }: { atMs: number; arrivesAtMs: number; playId: string },
): ScenarioRecord {
  const event = playOf(request, slot, seconds, { atMs, receivedAtMs: arrivesAtMs, playId });
  return { record: playRecord(event), arrivesAtMs, happened: { topic: 'plays', event } };
}

function brokenRecord({ topic, atMs, how }: Broken): ScenarioRecord {
  const arrivesAtMs = NOON_MS + atMs;
  const timestamp = { timestampMs: arrivesAtMs };
  const id = how === 'id' ? asId<RequestId>('x'.repeat(300)) : asId<RequestId>('r0');
  const event = { requestId: id, atMs: how === 'time' ? -1 : arrivesAtMs };
  const whole = {
    decisions: () => decisionRecord(decisionOf(0, event)),
    impressions: () => impressionRecord(impressionOf(0, 0, event)),
    plays: () => playRecord(playOf(0, 0, 900, event)),
  }[topic]();
  const values: Readonly<Partial<Record<Broken['how'], Uint8Array>>> = {
    bytes: Uint8Array.of(0xa4, 1, 2, 0, 255, 255, 255, 255, 255, 255),
    empty: new Uint8Array(0),
    size: Buffer.concat([whole.value, new Uint8Array(5_000)]),
  };
  const value = values[how];
  const record = { ...whole, ...timestamp, ...(value && { value }), ...(how === 'key' && { key: 'other' }) };
  return { record, arrivesAtMs, happened: undefined };
}
