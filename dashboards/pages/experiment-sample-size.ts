import type { ComparedVariant } from '../deps.js';
import { daysNeeded, detectableEffect, membersNeeded } from '../statistics/power.js';
import type { RatioMoments } from '../statistics/ratio-metric.js';
import { playsSample } from '../statistics/variant-comparison.js';

export interface SampleSize extends ComparedVariant {
  /** counted members of both groups */
  readonly members: number;
  /** to find the smallest effect worth finding, in one planned look, with probability 0.8; undefined: the control has no variance yet */
  readonly needed: number | undefined;
  /** smallest relative effect that so many members show */
  readonly detectable: number | undefined;
  /** at the rate so far, in whole weeks; undefined: less than a day was seen */
  readonly days: number | undefined;
}

interface CountedVariant extends ComparedVariant {
  readonly moments: RatioMoments;
  readonly exposed: number;
}

const DAY_MS = 86_400_000;

/** How far each comparison is from what a test at a fixed horizon would need. */
export function sampleSizes(
  control: CountedVariant,
  treated: readonly CountedVariant[],
  observedMs: number,
  settings: {
    readonly confidence: number;
    readonly minEffect: number;
    readonly minMembers: number;
    readonly windowMs: number;
  },
): SampleSize[] {
  const baseline = playsSample(control.moments);
  const isKnown = baseline.n >= settings.minMembers && baseline.mean > 0 && baseline.variance > 0;
  return treated.map(({ variant, policy, weight, moments, exposed }) => {
    const members = control.moments.members + moments.members;
    const compared = { variant, policy, ...(weight !== undefined && { weight }) };
    const weights = [weight ?? 1, control.weight ?? 1] as const;
    const treatedShare = weights[0] / (weights[0] + weights[1]);
    if (!isKnown || !(treatedShare > 0 && treatedShare < 1))
      return { ...compared, members, needed: undefined, detectable: undefined, days: undefined };
    const power = { alpha: 1 - settings.confidence, treatedShare };
    const needed = membersNeeded(baseline, settings.minEffect, power);
    const perDay = ((exposed + control.exposed) * DAY_MS) / Math.max(1, observedMs);
    return {
      ...{ ...compared, members, needed },
      detectable: detectableEffect(baseline, members, power),
      days: observedMs < DAY_MS ? undefined : daysNeeded(needed, perDay, settings.windowMs / DAY_MS),
    };
  });
}
