import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import type { Rng } from '../core/rng.js';
import { CampaignBooks, type CampaignResult } from './campaign-books.js';
import type { MarqueeClient } from './client.js';
import { DueQueue } from './due-queue.js';
import { homeRequest } from './run.js';
import type { TimedEvent } from './world/reaction.js';
import type { World } from './world/world.js';

export interface LiveOptions {
  readonly client: MarqueeClient;
  readonly world: World;
  readonly clock: Clock;
  readonly rng: Rng;
  /** asked before every visit, so that speed can be turned while it runs; 0 pauses, at most 1000 */
  readonly visitsPerSecond: () => number;
  /** ends the campaign; what is still due is dropped, as when a browser is closed */
  readonly signal: AbortSignal;
  /** real time per simulated delay: 1/120 lets an hour's film report after 30 s. In (0, 1]; default 1/120 */
  readonly delayScale?: number;
  /** events of one delivery; default 200 */
  readonly eventBatch?: number;
  readonly onProgress?: (progress: LiveProgress) => void;
  /** default 1000 */
  readonly progressIntervalMs?: number;
}

export interface LiveProgress {
  readonly visits: number;
  readonly failures: number;
  /** what the last failure said */
  readonly lastFailure: string | undefined;
  readonly waitingEvents: number;
  readonly results: readonly CampaignResult[];
}

const TICK_MS = 50;
const MOST_VISITS_PER_TICK = 50;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 10_000;
/** Visits that are behind are made up for this long, not longer: after a pause there is no stampede. */
const MOST_BEHIND_MS = 500;
/** Beyond this the oldest are dropped: a service that stays away does not fill our memory. */
const MOST_WAITING_EVENTS = 200_000;

/**
 * Runs members against a service in real time until aborted. A call that fails is not repeated for homepages (the member goes away) and is repeated for
 * events (a client keeps them); after a failure everything waits, twice as long each time up to 10 s.
 */
export async function runLive(options: LiveOptions): Promise<void> {
  const live = new LiveCampaign(options);
  try {
    while (!options.signal.aborted) {
      await live.tick();
      await sleep(TICK_MS, undefined, { signal: options.signal });
    }
  } catch (fault) {
    if (!options.signal.aborted) throw fault;
  }
}

class LiveCampaign {
  readonly #books: CampaignBooks;
  readonly #waiting = new DueQueue();
  #unsent: TimedEvent[] = [];
  #visits = 0;
  #failures = 0;
  #failuresInARow = 0;
  #lastFailure: string | undefined;
  #lastTickMs: number;
  #owedVisits = 0;
  #lastProgressMs: number;

  constructor(readonly options: LiveOptions) {
    this.#books = new CampaignBooks(options.world);
    this.#lastTickMs = this.#lastProgressMs = options.clock.nowMs();
  }

  async tick(): Promise<void> {
    const nowMs = this.options.clock.nowMs();
    const speed = Math.min(1000, Math.max(0, this.options.visitsPerSecond()));
    this.#owedVisits += (Math.min(MOST_BEHIND_MS, nowMs - this.#lastTickMs) / 1000) * speed;
    this.#lastTickMs = nowMs;
    const visits = Math.min(MOST_VISITS_PER_TICK, Math.floor(this.#owedVisits));
    this.#owedVisits -= Math.floor(this.#owedVisits);
    try {
      for (let v = 0; v < visits; v++) await this.#visit();
      await this.#send();
      this.#failuresInARow = 0;
    } catch (fault) {
      await this.#backOff(fault);
    }
    this.#report();
  }

  async #visit(): Promise<void> {
    const { client, world, clock, rng, delayScale = 1 / 120 } = this.options;
    const visit = world.visitAt(clock.nowMs(), rng);
    const page = await client.home(homeRequest(visit));
    const reaction = world.react(visit, page, rng);
    this.#books.record(visit, page, reaction);
    this.#visits++;
    for (const { dueAtMs, report } of reaction.events) {
      if (this.#waiting.size >= MOST_WAITING_EVENTS) break;
      const atMs = Math.round(visit.atMs + (dueAtMs - visit.atMs) * delayScale);
      // The service gets the time at which this client really says it, not the one of a story told 120 times faster.
      this.#waiting.push({ dueAtMs: atMs, report: { ...report, atMs } });
    }
  }

  async #send(): Promise<void> {
    const { client, clock, eventBatch = 200 } = this.options;
    this.#unsent.push(...this.#waiting.takeDue(clock.nowMs(), Infinity));
    while (this.#unsent.length > 0) {
      const batch = this.#unsent.slice(0, eventBatch);
      const { rejected } = await client.events(batch.map((event) => event.report));
      this.#unsent = this.#unsent.slice(batch.length);
      const first = rejected[0];
      if (first !== undefined)
        this.#note(`${rejected.length} events refused; the first: ${first.code}: ${first.message}`);
    }
  }

  async #backOff(fault: unknown): Promise<void> {
    this.#note(fault instanceof Error ? fault.message : String(fault));
    const longest = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** this.#failuresInARow);
    this.#failuresInARow++;
    // Jitter, so that several simulators do not come back at once.
    const waitMs = longest * (0.5 + this.options.rng.uniform() / 2);
    await sleep(waitMs, undefined, { signal: this.options.signal });
  }

  #note(failure: string): void {
    this.#failures++;
    this.#lastFailure = failure;
  }

  #report(): void {
    const { clock, onProgress, progressIntervalMs = 1000 } = this.options;
    if (onProgress === undefined || clock.nowMs() - this.#lastProgressMs < progressIntervalMs) return;
    this.#lastProgressMs = clock.nowMs();
    onProgress({
      visits: this.#visits,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
      waitingEvents: this.#waiting.size + this.#unsent.length,
      results: this.#books.results(),
    });
  }
}
