import { JOINED_TOPICS, type JoinedTopic } from '../join/join-outcome.js';

/** How far a topic's events have come. */
export interface Watermark {
  /** latest event time seen */
  readonly atMs: number;
  /** when it was seen, by the wall's clock */
  readonly seenAtMs: number;
}

export type Watermarks = Readonly<Record<JoinedTopic, Watermark | null>>;

/**
 * What time it is in a partition's events. Each topic goes at its own pace: reports of plays may come in an hour late for as long as they like. While
 * nothing comes, time passes as it does on the wall, so what is quiet is over some day too; what is read from last week's log is in last week all the same.
 */
export class EventTimes {
  readonly #seen: Record<JoinedTopic, Watermark | null>;

  constructor(watermarks: Watermarks = { decisions: null, impressions: null, plays: null }) {
    this.#seen = { ...watermarks };
  }

  get watermarks(): Watermarks {
    return { ...this.#seen };
  }

  /** @param seenAtMs by the wall's clock: an event from later than that is from a clock that runs ahead, and says nothing */
  see(topic: JoinedTopic, atMs: number, seenAtMs: number): void {
    const clamped = Math.min(atMs, seenAtMs);
    if (clamped > (this.#seen[topic]?.atMs ?? -Infinity)) this.#seen[topic] = { atMs: clamped, seenAtMs };
  }

  /**
   * The time that all topics have come to, if all that there is has been read; −Infinity where nothing has come yet. A topic nothing ever came in holds up
   * nobody.
   */
  nowMs(wallMs: number): number {
    const times = JOINED_TOPICS.flatMap((topic) => this.#seen[topic] ?? []).map(
      ({ atMs, seenAtMs }) => atMs + Math.max(0, wallMs - seenAtMs),
    );
    return times.length === 0 ? -Infinity : Math.min(...times, wallMs);
  }
}
