import type { Rng } from '../core/rng.js';
import type { AnalyticsRow } from '../feedback/analytics/analytics.js';

/** One displayed slot, for tests: what a row of `marquee.outcomes` says that the pages read. */
export interface Outcome {
  readonly requestId: string;
  readonly memberId: string;
  readonly experiment: string;
  readonly variant: string;
  readonly titleId: string;
  readonly artworkId: string;
  readonly atMs: number;
  readonly reward: number;
  readonly version: number;
  /** default 2 */
  readonly device?: number;
  /** default "US" */
  readonly country?: string;
  /** when the reward was known; default: at once */
  readonly labelledAtMs?: number;
}

export interface DrawnOutcomes {
  readonly count: number;
  readonly members: number;
  readonly fromMs: number;
  readonly spanMs: number;
  readonly variants: readonly string[];
}

/** Members belong to one variant each; titles `t0` … `t4` have pictures `<title>-a0` … `-a3`; a later variant plays more often. */
export function drawOutcomes(options: DrawnOutcomes, rng: Rng): Outcome[] {
  return Array.from({ length: options.count }, (_, i) => {
    const member = rng.below(options.members);
    const v = member % options.variants.length;
    const titleId = `t${Math.floor(5 * rng.uniform() ** 2)}`;
    return {
      requestId: `r${i}`,
      memberId: `m${member}`,
      experiment: 'home',
      variant: options.variants[v]!,
      titleId,
      artworkId: `${titleId}-a${rng.below(4)}`,
      atMs: options.fromMs + rng.below(options.spanMs),
      reward: rng.uniform() < 0.1 + 0.1 * v ? 1 : 0,
      version: 1,
    };
  });
}

export function outcomeRow(outcome: Outcome): AnalyticsRow {
  return {
    request_id: outcome.requestId,
    slot: 0,
    member_id: outcome.memberId,
    canvas: 'home',
    experiment: outcome.experiment,
    variant: outcome.variant,
    policy: outcome.variant,
    snapshot_version: 1,
    row_id: 'row',
    position: 0,
    title_revision: 0,
    title_id: outcome.titleId,
    arm: 0,
    artwork_id: outcome.artworkId,
    propensity: 0.25,
    flags: 0,
    device: outcome.device ?? 2,
    daypart: 0,
    country: outcome.country ?? 'US',
    epoch: 0,
    impression_at: outcome.atMs,
    labelled_at: outcome.labelledAtMs ?? outcome.atMs,
    reward: outcome.reward,
    watched_seconds: 0,
    version: outcome.version,
  };
}
