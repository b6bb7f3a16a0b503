import type { MarqueeBrowser } from '../../client/browser/index.js';
import type { HomeResponse } from '../../client/types.js';

/** Kept whole, or given up: the two ends of what a play can say about the picture that led to it. */
export type PlayKind = 'watched' | 'stopped';

const PLAYED: Readonly<
  Record<PlayKind, { readonly watchedSeconds: number; readonly watchedFraction: number }>
> = {
  watched: { watchedSeconds: 3_600, watchedFraction: 0.6 },
  stopped: { watchedSeconds: 60, watchedFraction: 0.01 },
};

/** When the page is asked again after a play, counted from its acknowledgement: learning takes up to a second. */
const ASK_AFTER_MS: readonly number[] = [300, 700, 1_200, 2_500];

const pause = (ms: number): Promise<void> => new Promise((resolve) => window.setTimeout(resolve, ms));

/** Reports a play; resolves when it is durable, or kept for when the service is there again. */
export function reportPlay(
  marquee: MarqueeBrowser,
  page: HomeResponse,
  slot: number,
  kind: PlayKind,
): Promise<void> {
  return marquee.play(page, slot, { ...PLAYED[kind], playId: crypto.randomUUID() });
}

/** Asks for the page until it was decided by a newer model than `page` was, or the last try. */
export async function nextPage(page: HomeResponse, ask: () => Promise<HomeResponse>): Promise<HomeResponse> {
  let next = page;
  let waited = 0;
  for (const afterMs of ASK_AFTER_MS) {
    await pause(afterMs - waited);
    waited = afterMs;
    next = await ask();
    if (next.snapshotVersion !== page.snapshotVersion) break;
  }
  return next;
}
