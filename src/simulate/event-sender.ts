import { setTimeout as wait } from 'node:timers/promises';
import type { EventReport, EventsResponse } from '../../client/types.js';
import { FIRST_BACK_OFF_MS, GATHER_MS, MOST_ATTEMPTS } from './simulate-options.js';
import type { ServiceConnection } from './service-connection.js';
import type { Books } from './tally.js';

/** An event on its way, and when it was due. */
export interface DueEvent {
  readonly report: EventReport;
  readonly dueAtMs: number;
}

/** Sends events in batches over so many connections at once; what finds none waits in memory. */
export class EventSender {
  #waiting: DueEvent[] = [];
  #inFlight = 0;
  #unacknowledged = 0;

  constructor(
    readonly connection: ServiceConnection,
    readonly books: Books,
    readonly limits: { readonly batch: number; readonly connections: number },
    readonly nowMs: () => number,
  ) {}

  /** events here that the service has not answered for */
  get held(): number {
    return this.#waiting.length + this.#unacknowledged;
  }

  /** how long the oldest of those that wait has been due */
  get behindMs(): number {
    const [oldest] = this.#waiting;
    return oldest === undefined ? 0 : Math.max(0, this.nowMs() - oldest.dueAtMs);
  }

  add(event: DueEvent): void {
    this.#waiting.push(event);
  }

  /** Sends what makes a batch, or has waited for one long enough. @param all whatever there is */
  flush(all: boolean): void {
    const { batch, connections } = this.limits;
    let sent = 0;
    while (this.#inFlight < connections && sent < this.#waiting.length) {
      const isFull = this.#waiting.length - sent >= batch;
      const isOld = this.nowMs() - this.#waiting[sent]!.dueAtMs >= GATHER_MS;
      if (!isFull && !isOld && !all) break;
      const events = this.#waiting.slice(sent, sent + batch);
      sent += events.length;
      this.#inFlight++;
      this.#unacknowledged += events.length;
      void this.#send(events).finally(() => {
        this.#inFlight--;
        this.#unacknowledged -= events.length;
      });
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
  }

  async #send(events: readonly DueEvent[]): Promise<void> {
    const body = JSON.stringify({ events: events.map(({ report }) => report) });
    for (let attempt = 1; ; attempt++) {
      const answer = await this.connection.post<EventsResponse>('/v1/events', body);
      if (answer.kind === 'answered') {
        this.#acknowledged(events, answer.body);
        return;
      }
      this.books.current.failed('events', answer.message);
      if (!answer.mayRetry || attempt === MOST_ATTEMPTS) {
        this.books.current.lost += events.length;
        return;
      }
      this.books.current.retries++;
      await wait(FIRST_BACK_OFF_MS * 2 ** (attempt - 1));
    }
  }

  #acknowledged(events: readonly DueEvent[], { accepted, rejected }: EventsResponse): void {
    const nowMs = this.nowMs();
    this.books.current.acknowledged += accepted;
    this.books.current.rejected += rejected.length;
    const [first] = rejected;
    if (first) this.books.current.failed('events', `${first.code}: ${first.message}`);
    for (const { dueAtMs } of events) this.books.current.acknowledgedAfter.add(nowMs - dueAtMs);
  }
}
