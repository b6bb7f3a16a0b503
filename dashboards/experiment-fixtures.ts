import type { Rng } from '../core/rng.js';
import type { Outcome } from './outcome-fixtures.js';
import type { RatioMoments } from './statistics/ratio-metric.js';

export interface DrawnExperiment {
  readonly experiment: string;
  /** good plays per impression, by variant: how members are split does not depend on it */
  readonly takeFractions: Readonly<Record<string, number>>;
  readonly members: number;
  readonly fromMs: number;
  /** first exposures are spread over this */
  readonly spanMs: number;
  /** from a member's first to their last impression, at most */
  readonly stayMs: number;
}

/** Members of one variant each, who see 1 to 8 titles from their first exposure on, on one device and in one country. */
export function drawExperiment(drawn: DrawnExperiment, rng: Rng): Outcome[] {
  const variants = Object.keys(drawn.takeFractions);
  return Array.from({ length: drawn.members }, (_, m) => {
    const variant = variants[rng.below(variants.length)]!;
    const firstAtMs = drawn.fromMs + Math.floor((m * drawn.spanMs) / drawn.members);
    const [device, country] = [rng.below(3), ['US', 'FR', 'DE', 'JP', 'BR', 'IN', 'SE'][rng.below(7)]!];
    return Array.from({ length: 1 + rng.below(8) }, (_, i): Outcome => {
      const atMs = firstAtMs + (i === 0 ? 0 : rng.below(drawn.stayMs));
      return {
        ...{ requestId: `${drawn.experiment}-${m}-${i}`, memberId: `${drawn.experiment}-m${m}` },
        ...{ experiment: drawn.experiment, variant, titleId: 't0', artworkId: 't0-a0', atMs, version: 1 },
        ...{ device, country, reward: rng.uniform() < drawn.takeFractions[variant]! ? 1 : 0 },
        // A play becomes known a while after its impression.
        labelledAtMs: atMs + rng.below(20_000),
      };
    });
  }).flat();
}

const NONE = { members: 0, impressions: 0, plays: 0, impressionsSquared: 0, playsSquared: 0 };

export function byMember(outcomes: readonly Outcome[]): readonly (readonly Outcome[])[] {
  const members = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const own = members.get(outcome.memberId);
    if (own === undefined) members.set(outcome.memberId, [outcome]);
    else own.push(outcome);
  }
  return [...members.values()];
}

/** The moments of those members kept whose window has closed, counted row by row: what the SQL is to find. */
export function countedMoments(
  members: readonly (readonly Outcome[])[],
  windowMs: number,
  asOfMs: number,
  keep: (first: Outcome) => boolean,
): RatioMoments {
  let sum: RatioMoments = { ...NONE, playsTimesImpressions: 0 };
  for (const own of members) {
    const first = own.reduce((a, b) => (b.atMs < a.atMs ? b : a));
    const endMs = first.atMs + windowMs;
    if (endMs > asOfMs || !keep(first)) continue;
    const within = own.filter(({ atMs }) => atMs < endMs);
    const n = within.length;
    const y = within.filter((o) => (o.labelledAtMs ?? o.atMs) < endMs).reduce((s, o) => s + o.reward, 0);
    sum = {
      members: sum.members + 1,
      impressions: sum.impressions + n,
      plays: sum.plays + y,
      impressionsSquared: sum.impressionsSquared + n * n,
      playsSquared: sum.playsSquared + y * y,
      playsTimesImpressions: sum.playsTimesImpressions + n * y,
    };
  }
  return sum;
}
