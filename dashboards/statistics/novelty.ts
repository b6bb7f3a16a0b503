import normal from '@stdlib/stats-base-dists-normal';

/** The effect among members on their k-th day since first exposure. */
export interface DayEffect {
  /** days since first exposure, from 0 */
  readonly day: number;
  readonly estimate: number;
  /** > 0 */
  readonly standardError: number;
}

export interface NoveltyTrend {
  /** change of the effect per day: below 0 it wears off (novelty), above 0 it grows (learning) */
  readonly slope: number;
  readonly standardError: number;
  /** two-sided */
  readonly pValue: number;
  /** the effect at the last day as the line has it: what is left when the novelty is over, so far */
  readonly atLastDay: number;
}

/**
 * Does the effect wear off? A line through the effects by days since first exposure, weighted by 1/se²:
 *
 *   slope = S_xy / S_xx,  se = 1/√S_xx          S over days around their weighted mean
 *
 * Days share members, so their errors are correlated and the p-value is rough: a reason to look, not a proof.
 *
 * @returns undefined for fewer than three days
 */
export function noveltyTrend(days: readonly DayEffect[]): NoveltyTrend | undefined {
  if (days.length < 3) return undefined;
  const weights = days.map(({ standardError }) => 1 / standardError ** 2);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const meanOf = (value: (day: DayEffect) => number): number =>
    days.reduce((sum, day, i) => sum + weights[i]! * value(day), 0) / total;
  const meanDay = meanOf(({ day }) => day);
  const meanEffect = meanOf(({ estimate }) => estimate);
  const spread = days.reduce((sum, { day }, i) => sum + weights[i]! * (day - meanDay) ** 2, 0);
  if (!(spread > 0)) return undefined;
  const slope =
    days.reduce(
      (sum, { day, estimate }, i) => sum + weights[i]! * (day - meanDay) * (estimate - meanEffect),
      0,
    ) / spread;
  const standardError = 1 / Math.sqrt(spread);
  const last = Math.max(...days.map(({ day }) => day));
  return {
    slope,
    standardError,
    pValue: 2 * normal.cdf(-Math.abs(slope) / standardError, 0, 1),
    atLastDay: meanEffect + slope * (last - meanDay),
  };
}
