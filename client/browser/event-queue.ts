import type { ErrorBody, EventReport, EventsResponse } from '../types.js';

/** What did not arrive yet, kept across pages: the same report sent twice counts once, so it is safe to send too often. */
export interface EventQueueOptions {
  readonly url: string;
  /** default: localStorage, if the browser lets us; kept under this name */
  readonly storageName: string;
  readonly sendEveryMs: number;
  readonly random: () => number;
  readonly onFault: (error: Error) => void;
}

const MOST_PER_REQUEST = 100;
const MOST_WAITING = 1_000;
const MOST_PAUSE_MS = 30_000;
/** what a browser lets a page send while it goes away */
const MOST_BEACON_BYTES = 60_000;

/** Sends events in batches, tries again with growing pauses, and hands over what is left when the page goes away. */
export class EventQueue {
  readonly #options: EventQueueOptions;
  readonly #timer: number;
  readonly #ends = new AbortController();
  #waiting: EventReport[];
  #underWay: Promise<void> | undefined;
  #failures = 0;
  #quietUntilMs = 0;

  constructor(options: EventQueueOptions) {
    this.#options = options;
    this.#waiting = this.#kept();
    this.#timer = window.setInterval(() => void this.flush(), options.sendEveryMs);
    const { signal } = this.#ends;
    const leave = (): void => {
      this.#leave();
    };
    addEventListener('pagehide', leave, { signal });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave(), {
      signal,
    });
    addEventListener(
      'online',
      () => {
        this.#quietUntilMs = 0;
        void this.flush();
      },
      { signal },
    );
  }

  /** Takes events in. @param events each with the moment it happened: it may be sent much later */
  add(events: readonly EventReport[]): void {
    this.#waiting = [...this.#waiting, ...events].slice(-MOST_WAITING);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Sends what waits, unless it has just failed. Resolves when it is durable, or kept for the next time. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0 || performance.now() < this.#quietUntilMs) return Promise.resolve();
    this.#underWay ??= this.#sendAll().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#ends.abort();
    this.#leave();
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const events = this.#waiting.slice(0, MOST_PER_REQUEST);
      try {
        await this.#send(events);
      } catch (error) {
        this.#keep(this.#waiting);
        this.#pause();
        this.#options.onFault(error as Error);
        return;
      }
      this.#failures = 0;
      this.#forget(events);
    }
  }

  /** @throws Error when it is worth trying again */
  async #send(events: readonly EventReport[]): Promise<void> {
    // text/plain: a browser sends it to another origin without asking first, and it needs no key.
    const response = await fetch(this.#options.url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ events }),
      keepalive: true,
    });
    if (response.status >= 500 || response.status === 429)
      throw new Error(`events: status ${response.status}`);
    const answer = (await response.json().catch(() => ({}))) as Partial<EventsResponse & ErrorBody>;
    // Refused as a whole it would be refused again.
    const refusals = answer.rejected ?? (response.ok ? [] : [answer.error ?? unexplained(response)]);
    for (const { code, message } of refusals) this.#options.onFault(new Error(`${code}: ${message}`));
  }

  #forget(events: readonly EventReport[]): void {
    this.#waiting = this.#waiting.filter((event) => !events.includes(event));
    this.#keep(this.#waiting);
  }

  #pause(): void {
    const longest = Math.min(MOST_PAUSE_MS, this.#options.sendEveryMs * 2 ** this.#failures++);
    this.#quietUntilMs = performance.now() + longest * (0.5 + this.#options.random() / 2);
  }

  /** The page goes away, perhaps for good: what a beacon takes is on its way, the rest waits for the next page. */
  #leave(): void {
    while (this.#waiting.length > 0) {
      const events = this.#waiting.slice(0, MOST_PER_REQUEST);
      const body = JSON.stringify({ events });
      if (body.length > MOST_BEACON_BYTES || !navigator.onLine) break;
      if (!navigator.sendBeacon(this.#options.url, new Blob([body], { type: 'text/plain' }))) break;
      this.#waiting = this.#waiting.slice(events.length);
    }
    this.#keep(this.#waiting);
  }

  #keep(events: readonly EventReport[]): void {
    try {
      if (events.length === 0) localStorage.removeItem(this.#options.storageName);
      else localStorage.setItem(this.#options.storageName, JSON.stringify(events));
    } catch {
      // Without storage (private windows) events live as long as the page.
    }
  }

  #kept(): EventReport[] {
    try {
      const text = localStorage.getItem(this.#options.storageName);
      const kept: unknown = JSON.parse(text ?? '[]');
      // Whatever else stands there is nobody's event.
      return Array.isArray(kept) ? (kept as EventReport[]) : [];
    } catch {
      return [];
    }
  }
}

function unexplained({ status }: Response): { readonly code: string; readonly message: string } {
  return { code: 'bad-answer', message: `status ${status}` };
}
