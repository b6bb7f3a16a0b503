import type { EventReport, HomeResponse } from '../../client/types.js';
import { sendEvents } from './api.js';

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

/** Reports a play; resolves when it is durable. @throws Error with the service's reason when it was not accepted */
export async function reportPlay(
  page: HomeResponse,
  slot: number,
  kind: PlayKind,
  impressions: readonly EventReport[],
): Promise<void> {
  const play: EventReport = {
    type: 'play',
    token: page.token,
    slot,
    playId: crypto.randomUUID(),
    ...PLAYED[kind],
  };
  const events = [...impressions, play];
  const answer = await sendEvents(events);
  const refused = answer.rejected.find((rejection) => events[rejection.index]?.type === 'play');
  if (refused !== undefined) throw new Error(refused.message);
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
