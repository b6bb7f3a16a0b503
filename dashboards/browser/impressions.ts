import type { EventReport } from '../../client/types.js';
import { sendEvents } from './api.js';

/** Seen means: at least half of the picture, for at least this long. */
const SEEN_SHARE = 0.5;
const SEEN_MS = 500;
const SEND_EVERY_MS = 1_000;
const MOST_PER_REQUEST = 100;

export interface Impressions {
  /** Watches a card; its `data-slot` says which slot of the present page it is. */
  watch(card: HTMLElement): void;
  unwatch(card: HTMLElement): void;
  /** A new page: what is on screen is reported again, under the new token. */
  turnTo(token: string): void;
  /** The impression of a slot that was not reported yet, to go along with its play; none when it was. */
  take(slot: number): readonly EventReport[];
}

/** Reports each slot of each page once, when it was really seen. A failed report is tried again with the next. */
export function startImpressions(onFault: (error: Error) => void): Impressions {
  const timers = new Map<Element, number>();
  const visible = new Set<Element>();
  let token = '';
  let reported = new Set<number>();
  let waiting: EventReport[] = [];

  const take = (slot: number): readonly EventReport[] => {
    if (token === '' || reported.has(slot)) return [];
    reported.add(slot);
    return [{ type: 'impression', token, slot }];
  };
  const count = (card: Element): void => {
    window.clearTimeout(timers.get(card));
    const seen = (): void => void waiting.push(...take(Number((card as HTMLElement).dataset['slot'])));
    timers.set(card, window.setTimeout(seen, SEEN_MS));
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting && !visible.has(target)) {
          visible.add(target);
          count(target);
        } else if (!isIntersecting) {
          visible.delete(target);
          window.clearTimeout(timers.get(target));
        }
      }
    },
    { threshold: SEEN_SHARE },
  );
  const send = (leaving: boolean): void => {
    const events = waiting.splice(0, MOST_PER_REQUEST);
    if (events.length === 0) return;
    sendEvents(events, leaving).catch((error: unknown) => {
      waiting.unshift(...events);
      waiting.length = Math.min(waiting.length, 10 * MOST_PER_REQUEST);
      onFault(error as Error);
    });
  };
  window.setInterval(() => send(false), SEND_EVERY_MS);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && send(true));

  return {
    take,
    watch: (card) => observer.observe(card),
    unwatch(card) {
      observer.unobserve(card);
      visible.delete(card);
      window.clearTimeout(timers.get(card));
    },
    turnTo(next) {
      token = next;
      reported = new Set();
      waiting = waiting.slice(-MOST_PER_REQUEST);
      for (const card of visible) count(card);
    },
  };
}
