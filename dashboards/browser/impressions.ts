import type { EventReport } from '../../client/types.js';
import { sendEvents } from './api.js';

/** Seen means: at least half of the picture, for at least this long. */
const SEEN_SHARE = 0.5;
const SEEN_MS = 500;
const SEND_EVERY_MS = 1_000;
const MOST_PER_REQUEST = 100;
const MOST_WAITING = 1_000;

/** Reports each slot of each page once, when it was really seen. A report that did not arrive is tried again with the next. */
export class Impressions {
  readonly #timers = new Map<Element, number>();
  readonly #visible = new Set<Element>();
  readonly #reported = new Set<number>();
  readonly #observer = new IntersectionObserver((entries) => this.#onIntersection(entries), {
    threshold: SEEN_SHARE,
  });
  readonly #onFault: (error: Error) => void;
  #waiting: EventReport[] = [];
  #token = '';

  constructor(onFault: (error: Error) => void) {
    this.#onFault = onFault;
    window.setInterval(() => this.#send(false), SEND_EVERY_MS);
    document.addEventListener(
      'visibilitychange',
      () => document.visibilityState === 'hidden' && this.#send(true),
    );
  }

  /** Watches a card; its `data-slot` says which slot of the present page it is. */
  watch(card: HTMLElement): void {
    this.#observer.observe(card);
  }

  unwatch(card: HTMLElement): void {
    this.#observer.unobserve(card);
    this.#visible.delete(card);
    window.clearTimeout(this.#timers.get(card));
    this.#timers.delete(card);
  }

  /** A new page: what is on screen is reported again, under the new token. */
  turnTo(token: string): void {
    this.#token = token;
    this.#reported.clear();
    for (const card of this.#visible) this.#count(card);
  }

  /** The impression of a slot that was not reported yet, to go along with its play; none when it was. */
  take(slot: number): readonly EventReport[] {
    if (this.#token === '' || this.#reported.has(slot)) return [];
    this.#reported.add(slot);
    return [{ type: 'impression', token: this.#token, slot }];
  }

  #onIntersection(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) {
        this.#visible.delete(target);
        window.clearTimeout(this.#timers.get(target));
      } else if (!this.#visible.has(target)) {
        this.#visible.add(target);
        this.#count(target);
      }
    }
  }

  #count(card: Element): void {
    window.clearTimeout(this.#timers.get(card));
    const seen = (): void =>
      void this.#waiting.push(...this.take(Number((card as HTMLElement).dataset['slot'])));
    this.#timers.set(card, window.setTimeout(seen, SEEN_MS));
  }

  #send(leaving: boolean): void {
    const events = this.#waiting.splice(0, MOST_PER_REQUEST);
    if (events.length === 0) return;
    sendEvents(events, leaving).catch((error: unknown) => {
      this.#waiting = [...events, ...this.#waiting].slice(0, MOST_WAITING);
      this.#onFault(error as Error);
    });
  }
}
