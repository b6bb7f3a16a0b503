import type { EventReport, HomeRequest, HomeResponse, PlayReport } from '../types.js';
import { EventQueue } from './event-queue.js';
import { SeenElements } from './seen-elements.js';

export interface MarqueeBrowserOptions {
  /** of the service; default: this page's own origin */
  readonly baseUrl?: string;
  /**
   * A token of `POST /v1/member-tokens`, from your own servers: a browser never holds an API key. Asked for when there is none and when the one
   * there is has expired. Absent: the page's own session with the service, as on its own pages.
   */
  readonly memberToken?: () => Promise<string>;
  /** how long half of a picture must be visible to have been seen; default 500 */
  readonly seenMs?: number;
  /** between two batches of events; default 1,000 */
  readonly sendEveryMs?: number;
  /** epoch milliseconds; default: the browser's clock */
  readonly now?: () => number;
  /** uniform on [0, 1): spreads what is tried again; default Math.random */
  readonly random?: () => number;
  /** what went wrong with events: nobody waits for them */
  readonly onFault?: (error: Error) => void;
}

export interface Watched {
  /** default 0 */
  readonly watchedSeconds?: number;
  /** of the title, in [0, 1] */
  readonly watchedFraction?: number;
  /** two plays from one slot have two; the same again is a later report of the same play */
  readonly playId?: string;
}

const MOST_REMEMBERED = 5_000;
/** after which another token may do: it is old, or the service signs with another key now */
const NEEDS_ANOTHER = new Set(['member-token/expired', 'member-token/invalid']);

/** An answer that is no page: `code` is the service's own, `network` when there was none. */
export class HomeError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'HomeError';
  }
}

/** Marquee in a browser: pages, and what was seen and played of them. */
export class MarqueeBrowser {
  readonly #options: MarqueeBrowserOptions;
  readonly #base: string;
  readonly #now: () => number;
  readonly #events: EventQueue;
  readonly #seen: SeenElements;
  /** slots whose impression is on its way, by page */
  readonly #impressed = new Set<string>();
  #token: string | undefined;

  constructor(options: MarqueeBrowserOptions = {}) {
    this.#options = options;
    this.#base = (options.baseUrl ?? '').replace(/\/+$/, '');
    this.#now = options.now ?? Date.now;
    this.#seen = new SeenElements(options.seenMs ?? 500);
    this.#events = new EventQueue({
      url: `${this.#base}/v1/events`,
      storageName: 'marquee-events',
      sendEveryMs: options.sendEveryMs ?? 1_000,
      random: options.random ?? Math.random,
      onFault: options.onFault ?? (() => undefined),
    });
  }

  /** One page. @throws HomeError */
  async home(request: HomeRequest): Promise<HomeResponse> {
    const { memberToken } = this.#options;
    if (memberToken) this.#token ??= await memberToken();
    try {
      return await this.#ask(request);
    } catch (error) {
      if (!memberToken || !NEEDS_ANOTHER.has((error as HomeError).code)) throw error;
      this.#token = await memberToken();
      return await this.#ask(request);
    }
  }

  /** Reports the slot's impression once `element`, which shows it, has been seen. */
  observe(element: Element, page: Pick<HomeResponse, 'token'>, slot: number): void {
    this.#seen.watch(element, () => {
      this.#events.add(this.#impression(page.token, slot));
    });
  }

  unobserve(element: Element): void {
    this.#seen.unwatch(element);
  }

  /** Reports a play, and the impression if that was not reported yet. Resolves when they are durable, or kept to be sent later. */
  play(page: Pick<HomeResponse, 'token'>, slot: number, watched: Watched = {}): Promise<void> {
    const { token } = page;
    const play: PlayReport = { type: 'play', token, slot, watchedSeconds: 0, ...watched, atMs: this.#now() };
    this.#events.add([...this.#impression(token, slot), play]);
    return this.#events.flush();
  }

  /** events that are not known to have arrived */
  get waiting(): number {
    return this.#events.waiting;
  }

  /** Sends what waits now. */
  flush(): Promise<void> {
    return this.#events.flush();
  }

  /** Stops watching; what waits is sent, or kept for the next page. */
  close(): void {
    this.#seen.close();
    this.#events.close();
  }

  #impression(token: string, slot: number): readonly EventReport[] {
    const key = `${slot} ${token}`;
    if (this.#impressed.has(key)) return [];
    // Reported again they still count once.
    if (this.#impressed.size >= MOST_REMEMBERED) this.#impressed.clear();
    this.#impressed.add(key);
    return [{ type: 'impression', token, slot, atMs: this.#now() }];
  }

  async #ask(request: HomeRequest): Promise<HomeResponse> {
    const authorization = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.#base}/v1/home`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(request),
    }).catch((error: unknown) => {
      throw new HomeError('network', String(error), 0);
    });
    const answer = (await response.json().catch(() => ({}))) as HomeResponse & {
      error?: { code: string; message: string };
    };
    if (response.ok) return answer;
    const { code = 'bad-answer', message = `status ${response.status}` } = answer.error ?? {};
    throw new HomeError(code, message, response.status);
  }
}
