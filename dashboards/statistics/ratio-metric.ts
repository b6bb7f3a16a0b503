import normal from '@stdlib/stats-base-dists-normal';

/**
 * Sums over members that a ratio metric and its interval are made of. Member m has numerator Y_m (good plays) and denominator N_m
 * (impressions). Sums merge by addition, so they can be kept per day, per partition, per anything.
 */
export interface RatioMoments {
  /** M: members with at least one impression */
  readonly members: number;
  /** Σ N_m */
  readonly impressions: number;
  /** Σ Y_m */
  readonly plays: number;
  /** Σ N_m² */
  readonly impressionsSquared: number;
  /** Σ Y_m² */
  readonly playsSquared: number;
  /** Σ N_m·Y_m */
  readonly playsTimesImpressions: number;
}

export interface RatioEstimate {
  /** Σ Y_m / Σ N_m */
  readonly ratio: number;
  /** its standard error, members being the unit that was sampled */
  readonly standardError: number;
  /** ends of the interval, within [0, 1] */
  readonly low: number;
  readonly high: number;
}

export interface IntervalOptions {
  /** in (0, 1), default 0.95 */
  readonly confidence?: number;
  /** fewer members than this have no interval: the normal approximation is over members. Default 30, at least 2 */
  readonly minMembers?: number;
  /** fewer good plays than this have no interval, as zero plays would claim certainty. Default 5 */
  readonly minPlays?: number;
}

export const NO_MOMENTS: RatioMoments = {
  members: 0,
  impressions: 0,
  plays: 0,
  impressionsSquared: 0,
  playsSquared: 0,
  playsTimesImpressions: 0,
};

export function addMoments(a: RatioMoments, b: RatioMoments): RatioMoments {
  return {
    members: a.members + b.members,
    impressions: a.impressions + b.impressions,
    plays: a.plays + b.plays,
    impressionsSquared: a.impressionsSquared + b.impressionsSquared,
    playsSquared: a.playsSquared + b.playsSquared,
    playsTimesImpressions: a.playsTimesImpressions + b.playsTimesImpressions,
  };
}

/** z with P(|Z| ≤ z) = confidence, Z standard normal: 1.959964 at 0.95. @throws RangeError outside (0, 1) */
export function twoSidedZ(confidence: number): number {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence is ${confidence}; expected a number in (0, 1)`);
  return normal.quantile((1 + confidence) / 2, 0, 1);
}

/**
 * Take fraction with an interval that respects that one member's impressions are alike (the delta method on the ratio of two means):
 *
 *   R     = Σ Y_m / Σ N_m
 *   se²   = M/(M − 1) · Σ (Y_m − R·N_m)² / (Σ N_m)²
 *   R ± z · se
 *
 * Treating impressions as independent gives intervals that are too short as soon as members differ.
 *
 * **Fixed horizon.** Each interval is right for the one moment it was planned for. A band of them over time is pointwise: looking at it
 * again and again and stopping when it pleases makes false findings common. Never stop an experiment by it.
 *
 * @returns undefined where there is too little to say anything, see {@link IntervalOptions}
 * @see Deng, Knoblich & Lu, Applying the Delta Method in Metric Analytics, KDD 2018, arXiv:1803.06336, § 3
 */
export function ratioEstimate(
  moments: RatioMoments,
  options: IntervalOptions = {},
): RatioEstimate | undefined {
  const { members, impressions, plays } = moments;
  const z = twoSidedZ(options.confidence ?? 0.95);
  if (members < Math.max(2, options.minMembers ?? 30) || plays < (options.minPlays ?? 5) || impressions <= 0)
    return undefined;
  const ratio = plays / impressions;
  const residuals =
    moments.playsSquared -
    2 * ratio * moments.playsTimesImpressions +
    ratio * ratio * moments.impressionsSquared;
  // Rounding can leave a sum of squares a hair below zero.
  const standardError = Math.sqrt((members / (members - 1)) * Math.max(0, residuals)) / impressions;
  return {
    ratio,
    standardError,
    low: Math.max(0, ratio - z * standardError),
    high: Math.min(1, ratio + z * standardError),
  };
}

export interface LiftEstimate {
  /** treated / control − 1 */
  readonly lift: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Relative lift of one group of members over another that shares no member with it, on the log scale (which keeps it above −100 %):
 *
 *   ln(R_t/R_c) ± z · √(se_t²/R_t² + se_c²/R_c²)
 *
 * Fixed horizon, as {@link ratioEstimate}.
 */
export function liftEstimate(
  treated: RatioEstimate,
  control: RatioEstimate,
  confidence = 0.95,
): LiftEstimate | undefined {
  if (!(treated.ratio > 0 && control.ratio > 0)) return undefined;
  const logRatio = Math.log(treated.ratio / control.ratio);
  const margin =
    twoSidedZ(confidence) *
    Math.hypot(treated.standardError / treated.ratio, control.standardError / control.ratio);
  return {
    lift: Math.expm1(logRatio),
    low: Math.expm1(logRatio - margin),
    high: Math.expm1(logRatio + margin),
  };
}
