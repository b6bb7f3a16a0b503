import { setTimeout as wait } from 'node:timers/promises';
import type { HomeResponse } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';
import { DueQueue } from '../../demo/due-queue.js';
import { homeRequest } from '../../demo/run.js';
import type { Visit } from '../../demo/world/visits.js';
import type { World } from '../../demo/world/world.js';
import { EventSender } from './event-sender.js';
import type { ServiceConnection } from './service-connection.js';
import { MOST_PAGES_IN_FLIGHT, MOST_WAITING_EVENTS, type SimulateOptions } from './simulate-options.js';
import type { Books } from './tally.js';

const TICK_MS = 5;
/** before any page was reacted to: about what a page of simulated-world.ts leads to */
const FIRST_EVENTS_PER_PAGE = 110;

/**
 * Open loop: pages are due by the clock, as many as lead to the events asked for, whatever has come back; a service that is slow does not slow its members
 * down. Late ones are made up for at once, up to the limits of what may be in flight.
 */
export class Traffic {
  readonly #queue = new DueQueue();
  readonly #sender: EventSender;
  #pagesInFlight = 0;
  #eventsPerPage = FIRST_EVENTS_PER_PAGE;
  #owedPages = 0;

  constructor(
    readonly world: World,
    /** of pages and of events: neither waits for the other's turn */
    readonly connections: { readonly pages: ServiceConnection; readonly events: ServiceConnection },
    readonly books: Books,
    readonly options: SimulateOptions,
    readonly rng: Rng,
    readonly nowMs: () => number,
  ) {
    this.#sender = new EventSender(connections.events, books, options, nowMs);
  }

  /** events in memory: not due, not sent, or not answered for */
  get held(): number {
    return this.#queue.size + this.#sender.held;
  }

  get behindMs(): number {
    return this.#sender.behindMs;
  }

  /** Members visit, and what they do is sent when it is due. */
  async drive(untilMs: number): Promise<void> {
    for (let lastMs = this.nowMs(); ;) {
      const now = this.nowMs();
      // The last tick may come late: what was due until the end is due all the same.
      const dueMs = Math.max(lastMs, Math.min(now, untilMs));
      this.#owedPages += ((dueMs - lastMs) / 1000) * (this.options.eventsPerSecond / this.#eventsPerPage);
      lastMs = dueMs;
      for (; this.#owedPages >= 1; this.#owedPages--) this.#visit(now);
      this.#sendDue(now, false);
      if (now >= untilMs) return;
      await wait(TICK_MS);
    }
  }

  /** Nobody visits any more; what is still to be told is told when it is due. */
  async drain(): Promise<void> {
    while (this.held + this.#pagesInFlight > 0) {
      this.#sendDue(this.nowMs(), true);
      await wait(TICK_MS);
    }
  }

  #visit(nowMs: number): void {
    if (this.#pagesInFlight >= MOST_PAGES_IN_FLIGHT) {
      this.books.current.skippedPages++;
      return;
    }
    const visit = this.world.visitAt(nowMs, this.rng);
    this.#pagesInFlight++;
    void this.connections.pages
      .post<HomeResponse>('/v1/home', JSON.stringify(homeRequest(visit)))
      .then((answer) => {
        this.#pagesInFlight--;
        this.books.current.pages++;
        if (answer.kind === 'answered') this.#react(visit, answer.body);
        else this.books.current.failed('pages', answer.message);
      });
  }

  #react(visit: Visit, page: HomeResponse): void {
    const { events } = this.world.react(visit, page, this.rng);
    this.#eventsPerPage += (events.length - this.#eventsPerPage) / 100;
    for (const { dueAtMs, report } of events) {
      if (this.held >= MOST_WAITING_EVENTS) {
        this.books.current.dropped++;
        continue;
      }
      const atMs = Math.round(visit.atMs + (dueAtMs - visit.atMs) * this.options.delayScale);
      this.#queue.push({ dueAtMs: atMs, report: { ...report, atMs } });
    }
  }

  #sendDue(nowMs: number, all: boolean): void {
    for (const event of this.#queue.takeDue(nowMs, Infinity)) {
      this.books.current.due++;
      this.#sender.add(event);
    }
    this.#sender.flush(all);
  }
}
