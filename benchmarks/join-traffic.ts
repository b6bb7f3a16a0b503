import { createHash } from 'node:crypto';
import { asId, type EventId, type MemberId, type RequestId } from '../core/ids.js';
import { encodeDecision, encodeImpression, encodePlay } from '../feedback/events/avro.js';
import type { ImpressionEvent } from '../feedback/events/events.js';
import type { JoinRecord } from '../feedback/join/join-outcome.js';

/** of the first page */
export const JOIN_TRAFFIC_START_MS = Date.UTC(2026, 0, 1);
const PAGE_MS = 1;
const MEMBERS = 500_000;
const SOME_WORLD = { contextSchema: 'a1b2c3d4e5f6', embedding: 16 };

/** Pages of one row, every slot displayed: what a joined partition gets, made from the page's number, so that nothing has to be remembered. */
export class JoinTraffic {
  readonly #offsets = { decisions: 0, impressions: 0, plays: 0 };

  /** @param world of whoever is to learn from it; joining alone looks at neither */
  constructor(
    readonly slots: number,
    readonly world = SOME_WORLD,
  ) {}

  decisions(from: number, to: number): JoinRecord[] {
    return range(from, to).map((page) => {
      const { slots, world } = this;
      const value = encodeDecision({
        ...who(page),
        atMs: atMs(page),
        canvas: 'home',
        experiment: 'default',
        variant: 'personal',
        policy: 'squarecb',
        snapshotVersion: 12_345,
        contextSchema: world.contextSchema,
        epoch: 20_454,
        device: page % 4,
        daypart: page % 5,
        country: 'GB',
        memberVector: new Float32Array(world.embedding).map((_, i) => Math.sin(page + i)),
        rowIds: ['continue'],
        rowLengths: [slots],
        rowPropensities: new Float32Array(0),
        rowSwaps: new Float32Array(0),
        columnExamination: new Float32Array(0),
        rowExamination: new Float32Array(0),
        slots: {
          count: slots,
          titleRevision: new Uint32Array(slots).map((_, s) => (page * 31 + s * 7) % 8_000),
          arm: new Uint8Array(slots).map((_, s) => (page + s) % 8),
          propensity: new Float32Array(slots).fill(0.125),
          orderPropensity: new Float32Array(slots).fill(0.5),
          flags: new Uint8Array(slots),
          offered: new Uint8Array(slots).fill(255),
          maskBytes: 1,
        },
      });
      return this.#record('decisions', page, value);
    });
  }

  /** Of every slot of these pages. */
  impressions(from: number, to: number): JoinRecord[] {
    return range(from, to).flatMap((page) =>
      range(0, this.slots).map((slot) =>
        this.#record('impressions', page, encodeImpression(impression(page, slot))),
      ),
    );
  }

  plays(pages: readonly number[]): JoinRecord[] {
    return pages.map((page) => {
      const play = { playId: '1', watchedSeconds: 600, watchedFraction: 0.9 };
      const event = { ...impression(page, page % this.slots), ...play };
      return this.#record('plays', page, encodePlay(event));
    });
  }

  #record(topic: JoinRecord['topic'], page: number, value: Uint8Array): JoinRecord {
    return { topic, key: who(page).memberId, value, offset: this.#offsets[topic]++ };
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const atMs = (page: number): number => JOIN_TRAFFIC_START_MS + page * PAGE_MS;

/** Ids as the service makes them: 22 characters, in no order. */
function who(page: number): { requestId: RequestId; memberId: MemberId } {
  const hash = createHash('md5').update(String(page)).digest('base64url');
  return { requestId: asId(hash), memberId: asId(`member-${(page * 7919) % MEMBERS}`) };
}

function impression(page: number, slot: number): ImpressionEvent {
  const { requestId, memberId } = who(page);
  const at = atMs(page) + 1_500 + slot * 100;
  const eventId = asId<EventId>(`${requestId}:${slot}`);
  return { eventId, requestId, memberId, slot, atMs: at, receivedAtMs: at + 40 };
}
