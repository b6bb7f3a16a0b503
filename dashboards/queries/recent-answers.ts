import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/clock.js';

export interface RecentAnswersOptions {
  /** an answer is given again for this long */
  readonly intervalMs: number;
  /** … and for at least this many times what it took to find, so that slow questions stay a bounded share of the work */
  readonly rest: number;
  /** most answers kept; the least recently used go first */
  readonly most: number;
}

/** Asks at most once at a time and once per interval for each key, however many want to know. A failure is not kept. */
export type RecentAnswers<Answer extends object> = (
  key: string,
  ask: () => Promise<Answer>,
) => Promise<Answer>;

export function recentAnswers<Answer extends object>(
  clock: Clock,
  options: RecentAnswersOptions,
): RecentAnswers<Answer> {
  const cache = new LRUCache<string, Answer, () => Promise<Answer>>({
    max: options.most,
    ttl: options.intervalMs,
    ttlResolution: 0,
    perf: { now: () => clock.nowMs() },
    fetchMethod: async (_key, _stale, { context: ask, options: entry }) => {
      const startedMs = clock.nowMs();
      const answer = await ask();
      entry.ttl = Math.max(options.intervalMs, options.rest * (clock.nowMs() - startedMs));
      return answer;
    },
  });
  return async (key, ask) => {
    const answer = await cache.fetch(key, { context: ask });
    // Only an aborted or evicted fetch answers nothing: ask on our own account.
    return answer ?? ask();
  };
}
