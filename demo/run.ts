import type { CatalogueRow, Member, PutResponse, Title } from '../client/types.js';
import type { ManualClock } from '../core/clock.js';
import { AppError, shown } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import { CampaignBooks, type CampaignResult } from './campaign-books.js';
import type { MarqueeClient } from './client.js';
import { DueQueue } from './due-queue.js';
import type { TimedEvent } from './world/reaction.js';
import type { Visit } from './world/visits.js';
import type { World } from './world/world.js';

export type { CampaignResult } from './campaign-books.js';

const PUT_BATCH = 200;
const HOUR_MS = 3_600_000;

/**
 * Loads a catalogue and its members, some hundreds at a time.
 * @throws AppError `request/invalid` when the service refuses any of it: the demo's own data is never half loaded
 */
export async function loadDemo(
  client: MarqueeClient,
  demo: {
    readonly titles: readonly Title[];
    readonly rows: readonly CatalogueRow[];
    readonly members: readonly Member[];
  },
): Promise<void> {
  await putAll(demo.titles, (batch) => client.putTitles(batch));
  // One call: rows replace the page as a whole.
  await putAll(demo.rows, (batch) => client.putRows(batch), Infinity);
  await putAll(demo.members, (batch) => client.putMembers(batch));
}

async function putAll<T>(
  all: readonly T[],
  put: (batch: readonly T[]) => Promise<PutResponse>,
  batch = PUT_BATCH,
): Promise<void> {
  for (let from = 0; from < all.length; from += batch) {
    const { rejected } = await put(all.slice(from, from + batch));
    if (rejected.length > 0)
      throw new AppError(
        'request/invalid',
        `${rejected.length} demo entries were refused; the first: ${shown(rejected[0])}`,
      );
  }
}

export interface CampaignOptions {
  readonly client: MarqueeClient;
  readonly world: World;
  /** simulated time: the clock that the service behind `client` reads; at or before the world's start */
  readonly clock: ManualClock;
  readonly rng: Rng;
  /** pages to ask for */
  readonly visits: number;
  /** resolves when the service has learned everything it was told; awaited every `settleEveryVisits`, so that a run is deterministic */
  readonly settle?: () => Promise<void>;
  /** default 100 */
  readonly settleEveryVisits?: number;
  /** events of one delivery, 1 … 1000; default 300 */
  readonly eventBatch?: number;
  /** called after every `progressEveryVisits`, default 1000 */
  readonly onProgress?: (progress: CampaignProgress) => void;
  readonly progressEveryVisits?: number;
  readonly signal?: AbortSignal;
}

export interface CampaignProgress {
  readonly visits: number;
  readonly ofVisits: number;
  readonly results: readonly CampaignResult[];
}

/**
 * Runs a campaign in simulated time, as fast as the service answers: one visit after the other, events delivered when they are due.
 * What is due after the last visit is delivered too (up to the longest delay), so that nothing is left open.
 *
 * Deterministic given the world, `rng` and a service that is.
 *
 * @throws AppError `request/invalid` when the service refuses an event: in a world without faults that is a defect
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult[]> {
  const { client, world, clock, rng } = options;
  const eventBatch = options.eventBatch ?? 300;
  const settleEvery = options.settleEveryVisits ?? 100;
  const progressEvery = options.progressEveryVisits ?? 1000;
  if (eventBatch < 1 || eventBatch > 1000)
    throw new AppError('config/bad-value', `eventBatch is ${eventBatch}; expected 1 … 1000`);
  const books = new CampaignBooks(world);
  const outbox = new Outbox(client, eventBatch);
  const chance = rng.fork('reactions');
  const source = world.visits(rng.fork('visits'));
  for (let v = 1; v <= options.visits; v++) {
    options.signal?.throwIfAborted();
    const visit = source.next().value;
    clock.advance(Math.max(0, visit.atMs - clock.nowMs()));
    const settles = v % settleEvery === 0;
    await outbox.send(clock.nowMs(), settles);
    if (settles) await options.settle?.();
    const page = await client.home(homeRequest(visit));
    const reaction = world.react(visit, page, chance);
    books.record(visit, page, reaction);
    outbox.add(reaction.events);
    if (v % progressEvery === 0)
      options.onProgress?.({ visits: v, ofVisits: options.visits, results: books.results() });
  }
  while (outbox.size > 0) {
    clock.advance(HOUR_MS);
    await outbox.send(clock.nowMs(), true);
  }
  await options.settle?.();
  return books.results();
}

/** What a visit asks of the service. */
export function homeRequest(visit: Visit): Parameters<MarqueeClient['home']>[0] {
  const { memberId, country, language, device, rows } = visit;
  return { memberId, country, language, device, rows };
}

/** Due events on their way: sent in whole batches, and in the end the rest, so that most deliveries are large. */
class Outbox {
  readonly #waiting = new DueQueue();
  readonly #due: TimedEvent[] = [];

  constructor(
    readonly client: MarqueeClient,
    readonly batch: number,
  ) {}

  get size(): number {
    return this.#waiting.size + this.#due.length;
  }

  add(events: readonly TimedEvent[]): void {
    for (const event of events) this.#waiting.push(event);
  }

  /** Sends what is due by `nowMs`: all of it, or whole batches only. */
  async send(nowMs: number, all: boolean): Promise<void> {
    this.#due.push(...this.#waiting.takeDue(nowMs, Infinity));
    while (this.#due.length >= this.batch || (all && this.#due.length > 0)) {
      const sent = this.#due.splice(0, this.batch);
      const { rejected } = await this.client.events(sent.map((event) => event.report));
      if (rejected.length > 0) {
        throw new AppError(
          'request/invalid',
          `${rejected.length} of ${sent.length} events were refused; the first: ${shown(rejected[0])}`,
        );
      }
    }
  }
}
