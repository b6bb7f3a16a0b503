import type { DecisionEvent, ImpressionEvent, PlayEvent } from '../events/events.js';

export type HappenedEvent =
  | { readonly topic: 'decisions'; readonly event: DecisionEvent }
  | { readonly topic: 'impressions'; readonly event: ImpressionEvent }
  | { readonly topic: 'plays'; readonly event: PlayEvent };

/**
 * What must have been learned, said as plainly as it can be: look at everything that ever happened, at once. A slot counts when its page was decided and
 * it was displayed in time; its reward is the best of its plays in time.
 *
 * @returns reward by "requestId/slot"
 */
export function expectedRewards(
  happened: readonly HappenedEvent[],
  windowMs: number,
  rewardOf: (play: PlayEvent) => number,
): Map<string, number> {
  const decisions = new Map(
    happened.flatMap((h) => (h.topic === 'decisions' ? [[h.event.requestId, h.event]] : [])),
  );
  const rewards = new Map<string, number>();
  for (const h of happened) {
    if (h.topic !== 'impressions') continue;
    const decision = decisions.get(h.event.requestId);
    const key = `${h.event.requestId}/${h.event.slot}`;
    if (decision === undefined || h.event.slot >= decision.slots.count || rewards.has(key)) continue;
    const displayedAtMs = h.event.atMs;
    if (displayedAtMs - decision.atMs > windowMs) continue;
    const plays = happened.flatMap((p) => {
      const isOfSlot =
        p.topic === 'plays' && p.event.requestId === h.event.requestId && p.event.slot === h.event.slot;
      return isOfSlot && p.event.atMs - displayedAtMs <= windowMs ? [rewardOf(p.event)] : [];
    });
    rewards.set(key, Math.max(0, ...plays));
  }
  return rewards;
}
