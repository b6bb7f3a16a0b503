import { setTimeout as wait } from 'node:timers/promises';
import { HttpMarqueeClient, MarqueeError } from '../../client/index.js';
import type { EventReport, HomeResponse, PlayReport } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';
import { members } from '../support/small-catalogue.js';
import type { ToldEvents } from './told-events.js';

const LOOPS = 3;
const SKEW_MS = 600_000;
/** between two tries at a service that does not answer */
const RETRY_MS = 5;

export interface LoadCounts {
  pages: number;
  /** events of answered calls, repeats among them */
  acknowledged: number;
  /** calls that failed, by code: `network` where the service died under them */
  failed: Record<string, number>;
}

/**
 * Members who open pages and report what they did: impressions and plays in one call or in two, plays before their impressions, several plays of one slot,
 * calls that are repeated, clocks that are wrong. Three at a time, until told to stop.
 */
export class Load {
  readonly counts: LoadCounts = { pages: 0, acknowledged: 0, failed: {} };
  #stopped = false;
  #calls = 0;
  readonly #waiting = new Set<{ readonly calls: number; readonly resolve: () => void }>();
  readonly #client: HttpMarqueeClient;
  readonly #loops: Promise<unknown>;

  constructor(
    port: number,
    readonly rng: Rng,
    readonly told: ToldEvents,
    readonly nowMs: () => number,
  ) {
    this.#client = new HttpMarqueeClient({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 60_000 });
    this.#loops = Promise.all(Array.from({ length: LOOPS }, (_, i) => this.#run(rng.fork(`loop-${i}`))));
    // Whoever waits for it, or stops it, is told.
    this.#loops.catch(() => undefined);
  }

  /** Resolves when so many more calls have been answered or have failed. @throws what the service should not have answered */
  async after(calls: number): Promise<void> {
    const made = new Promise<void>((resolve) => this.#waiting.add({ calls: this.#calls + calls, resolve }));
    await Promise.race([made, this.#loops]);
  }

  /** No new call; resolves when those in flight are over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loops;
  }

  async #run(rng: Rng): Promise<void> {
    while (!this.#stopped) {
      const page = await this.#call(() => this.#client.home(request(rng)));
      if (page === undefined) continue;
      this.counts.pages++;
      for (const events of reportsOf(page, rng, this.nowMs())) {
        await this.#report(page.requestId, events);
        if (rng.uniform() < 0.1) await this.#report(page.requestId, events);
      }
    }
  }

  async #report(requestId: string, events: readonly EventReport[]): Promise<void> {
    const ids = events.map((event) => eventId(requestId, event));
    this.told.sending(ids);
    const answer = await this.#call(() => this.#client.events(events));
    if (answer === undefined) return;
    if (answer.accepted !== events.length)
      throw new Error(
        `${answer.accepted} of ${events.length} events were accepted: ${JSON.stringify(answer)}`,
      );
    this.told.acknowledge(ids);
    this.counts.acknowledged += events.length;
  }

  /** @returns undefined when it failed: counted, and not tried again */
  async #call<T>(send: () => Promise<T>): Promise<T | undefined> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof MarqueeError) || !error.retry) throw error;
      this.counts.failed[error.code] = (this.counts.failed[error.code] ?? 0) + 1;
      await wait(RETRY_MS);
      return undefined;
    } finally {
      this.#calls++;
      for (const waiter of this.#waiting)
        if (waiter.calls <= this.#calls) {
          this.#waiting.delete(waiter);
          waiter.resolve();
        }
    }
  }
}

/** As the intake names it. */
function eventId(requestId: string, event: EventReport): string {
  const slot = `${requestId}:${event.slot}`;
  return event.type === 'impression' ? slot : `${slot}:${event.playId ?? '1'}`;
}

function request(rng: Rng) {
  const { memberId } = members[rng.below(members.length)]!;
  return { memberId, country: 'GB', language: 'en', device: 'tv' } as const;
}

/** One or two calls' worth. */
function reportsOf({ token, rows }: HomeResponse, rng: Rng, nowMs: number): EventReport[][] {
  const skew = (): { atMs?: number } =>
    rng.uniform() < 0.3 ? { atMs: Math.round(nowMs + SKEW_MS * (2 * rng.uniform() - 1)) } : {};
  const slots = rows.flatMap((row) => row.titles.map(({ slot }) => slot)).filter(() => rng.uniform() < 0.7);
  const impressions = slots.map((slot): EventReport => ({ type: 'impression', token, slot, ...skew() }));
  const plays = slots
    .filter(() => rng.uniform() < 0.3)
    .flatMap((slot) =>
      Array.from({ length: 1 + rng.below(3) }, (_, n): PlayReport => ({
        ...{ type: 'play', token, slot, playId: `${n}` },
        ...{ watchedSeconds: 200 * rng.below(4), watchedFraction: rng.uniform() * 0.8, ...skew() },
      })),
    );
  const calls = rng.uniform() < 0.5 ? [[...impressions, ...plays]] : [plays, impressions];
  return (rng.uniform() < 0.5 ? calls : calls.reverse()).filter((events) => events.length > 0);
}
