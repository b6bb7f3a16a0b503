import type { DecisionEvent, ImpressionEvent, PlayEvent } from '../events/events.js';

export type HappenedEvent =
  | { readonly topic: 'decisions'; readonly event: DecisionEvent }
  | { readonly topic: 'impressions'; readonly event: ImpressionEvent }
  | { readonly topic: 'plays'; readonly event: PlayEvent };

export interface ExpectedJoin {
  /** by "requestId/slot", of every slot that was displayed in time */
  readonly rewards: ReadonlyMap<string, number>;
  /** what nothing can be made of */
  readonly refused: ReadonlySet<HappenedEvent>;
  /** repeats from after the window: known to be repeats, or refused because their page is over */
  readonly lateRepeats: ReadonlySet<HappenedEvent>;
}

/**
 * What must have come of it, said as plainly as it can be: look at everything that ever happened, at once, in the order of each topic. A slot counts when its
 * page was decided and it was displayed in time; its reward is the best of its plays in time.
 *
 * @param rewardOf NaN where a play has none
 */
export function expectedJoin(
  happened: readonly HappenedEvent[],
  windowMs: number,
  rewardOf: (play: PlayEvent) => number,
): ExpectedJoin {
  const decisions = new Map<string, DecisionEvent>();
  for (const { topic, event } of happened)
    if (topic === 'decisions' && !decisions.has(event.requestId)) decisions.set(event.requestId, event);
  const refused = new Set<HappenedEvent>();
  const lateRepeats = new Set<HappenedEvent>();
  const displayedAtMs = new Map<string, number>();
  const rewards = new Map<string, number>();
  const decisionOf = ({ requestId, memberId, slot }: ImpressionEvent): DecisionEvent | undefined => {
    const decision = decisions.get(requestId);
    return decision?.memberId === memberId && slot >= 0 && slot < decision.slots.count ? decision : undefined;
  };
  for (const one of happened) {
    if (one.topic !== 'impressions') continue;
    const key = `${one.event.requestId}/${one.event.slot}`;
    const decision = decisionOf(one.event);
    const isLate = decision === undefined || one.event.atMs - decision.atMs > windowMs;
    if (decision !== undefined && displayedAtMs.has(key)) {
      if (isLate) lateRepeats.add(one);
    } else if (isLate) refused.add(one);
    else {
      displayedAtMs.set(key, one.event.atMs);
      rewards.set(key, 0);
    }
  }
  for (const one of happened) {
    if (one.topic !== 'plays') continue;
    const key = `${one.event.requestId}/${one.event.slot}`;
    const sinceMs = one.event.atMs - (displayedAtMs.get(key) ?? NaN);
    const reward = rewardOf(one.event);
    const counts = decisionOf(one.event) !== undefined && sinceMs <= windowMs && !Number.isNaN(reward);
    if (counts) rewards.set(key, Math.max(rewards.get(key)!, reward));
    else refused.add(one);
  }
  return { rewards, refused, lateRepeats };
}
