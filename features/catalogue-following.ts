import type { Timers } from '../core/timers.js';
import type { Announcements } from './announcements/announcements.js';
import type { Catalogue } from './catalogue.js';

export interface FollowingOptions {
  readonly timers: Timers;
  /** tells of a change at once; without it the next look does */
  readonly announcements?: Announcements;
  /** between two looks at the store; default 1,000 */
  readonly intervalMs?: number;
  /** The store could not be read: looked at again after the interval. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** What is announced when a process has changed the catalogue. */
export const CATALOGUE_CHANNEL = 'catalogue';

/** Keeps a catalogue up to date with what other processes write, until closed. */
export function keepFollowing(catalogue: Catalogue, options: FollowingOptions): { close(): Promise<void> } {
  const { timers, announcements, intervalMs = 1_000, onFault } = options;
  let last: Promise<void> = Promise.resolve();
  let isAsked = false;
  let isClosed = false;
  const follow = (): Promise<void> => {
    // One that has not begun will see what this one is to see.
    if (isAsked || isClosed) return last;
    isAsked = true;
    last = last.then(async () => {
      isAsked = false;
      await catalogue.follow().catch((error: unknown) => {
        if (!isClosed) onFault(error);
      });
    });
    return last;
  };
  const subscription = announcements?.subscribe(CATALOGUE_CHANNEL, () => void follow());
  const looking = timers.every(intervalMs, follow);
  return {
    async close() {
      isClosed = true;
      looking.stop();
      subscription?.close();
      await last;
    },
  };
}
