import type { Difference } from './difference.js';

/** A metric's effect on the relative scale, and what is asked of it. Positive is better: callers flip metrics where less is better. */
export interface JudgedMetric {
  readonly name: string;
  readonly role: 'primary' | 'guardrail';
  /** undefined: too little data to say anything */
  readonly difference: Pick<Difference, 'estimate' | 'low' | 'high'> | undefined;
  /** guardrails: how much worse is still acceptable, relative, ≥ 0; the primary metric's for non-inferiority */
  readonly margin: number;
}

export type ShipVerdict =
  /** the primary metric is better, no guardrail is worse by more than its margin */
  | { readonly kind: 'ship'; readonly reason: 'superior' | 'non-inferior' }
  /** the primary metric is worse, or a guardrail is broken */
  | { readonly kind: 'do-not-ship'; readonly reason: 'worse' | 'guardrail'; readonly metric: string }
  /** no interval says yes or no yet; `metric` is what is waited for */
  | { readonly kind: 'undecided'; readonly metric: string }
  /** the data cannot be trusted: look at it before at any effect */
  | { readonly kind: 'unhealthy'; readonly reason: string };

/**
 * What to do, from intervals alone:
 *
 * - healthy data first: a broken split or wrong propensities end it;
 * - **guardrail**: broken when its whole interval is below −margin; kept when its whole interval is above;
 * - **primary**: superior when its interval is above 0, worse when it is below; with `goal` non-inferiority it is enough to be above −margin.
 *
 * All guardrails must be *kept*, not merely "not broken": with too little data nothing ships. The intervals of guardrails need no correction for being
 * many, since every one of them must hold (an intersection–union test); several primary metrics would.
 *
 * @param unhealthy what is wrong with the data, if anything
 */
export function shipVerdict(
  metrics: readonly JudgedMetric[],
  goal: 'superiority' | 'non-inferiority' = 'superiority',
  unhealthy?: string,
): ShipVerdict {
  if (unhealthy !== undefined) return { kind: 'unhealthy', reason: unhealthy };
  for (const { name, role, margin, difference } of metrics) {
    if (difference === undefined) continue;
    if (role === 'guardrail' && difference.high < -margin)
      return { kind: 'do-not-ship', reason: 'guardrail', metric: name };
    const bar = goal === 'non-inferiority' ? -margin : 0;
    if (role === 'primary' && difference.high < bar)
      return { kind: 'do-not-ship', reason: 'worse', metric: name };
  }
  const waiting = metrics.find(({ role, margin, difference }) => {
    const bar = role === 'primary' && goal === 'superiority' ? 0 : -margin;
    return difference === undefined || !(difference.low > bar);
  });
  if (waiting !== undefined) return { kind: 'undecided', metric: waiting.name };
  const isSuperior = metrics.every(({ role, difference }) => role !== 'primary' || difference!.low > 0);
  return { kind: 'ship', reason: isSuperior ? 'superior' : 'non-inferior' };
}
