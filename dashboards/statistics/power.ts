import normal from '@stdlib/stats-base-dists-normal';
import { AppError, shown } from '../../core/errors.js';

export interface PowerOptions {
  /** probability of a finding where there is none, two-sided, in (0, 1); default 0.05 */
  readonly alpha?: number;
  /** probability of a finding where the effect is the wanted one, in (0, 1); default 0.8 */
  readonly power?: number;
  /** share of the members of both groups that are treated, in (0, 1); default 0.5 */
  readonly treatedShare?: number;
}

/** What is known of the metric before the experiment. */
export interface Baseline {
  readonly mean: number;
  /** of one member's value */
  readonly variance: number;
}

/**
 * Members of both groups together that a Welch test at a fixed horizon needs to find a relative effect:
 *
 *   N = (z_{1−α/2} + z_power)² · s² · (1/q + 1/(1 − q)) / (mean · effect)²       q the treated share
 *
 * A confidence sequence needs more: as a rule of thumb three times as many when it is to stop late, as many as this when the effect is twice as large.
 *
 * @param relativeEffect ≠ 0: the smallest one that is worth finding, such as 0.02
 * @throws AppError `statistics/bad-setting`
 * @see Wald's test of two means; e.g. Kohavi, Tang & Xu, Trustworthy Online Controlled Experiments, 2020, ch. 17
 */
export function membersNeeded(
  baseline: Baseline,
  relativeEffect: number,
  options: PowerOptions = {},
): number {
  const effect = baseline.mean * relativeEffect;
  if (!(Number.isFinite(effect) && effect !== 0))
    throw new AppError(
      'statistics/bad-setting',
      `effect ${shown(relativeEffect)} of a mean of ${shown(baseline.mean)}; expected both finite and other than 0`,
    );
  return Math.ceil((detectionFactor(options) * baseline.variance) / effect ** 2);
}

/** The other way round: the smallest relative effect that so many members show with the wanted power. */
export function detectableEffect(baseline: Baseline, members: number, options: PowerOptions = {}): number {
  if (!(members > 0 && baseline.mean !== 0))
    throw new AppError(
      'statistics/bad-setting',
      `${shown(members)} members, mean ${shown(baseline.mean)}; expected more than 0 and other than 0`,
    );
  return Math.sqrt((detectionFactor(options) * baseline.variance) / members) / Math.abs(baseline.mean);
}

/** Days until so many members have been exposed and their window has closed, at a rate of new members a day; at least 7 (whole weeks: weekdays differ) */
export function daysNeeded(members: number, newMembersPerDay: number, windowDays: number): number {
  if (!(newMembersPerDay > 0))
    throw new AppError(
      'statistics/bad-setting',
      `${shown(newMembersPerDay)} new members a day; expected more than 0`,
    );
  return Math.ceil((members / newMembersPerDay + windowDays) / 7) * 7;
}

function detectionFactor({ alpha = 0.05, power = 0.8, treatedShare = 0.5 }: PowerOptions): number {
  for (const [name, value] of Object.entries({ alpha, power, treatedShare })) {
    if (!(value > 0 && value < 1))
      throw new AppError('statistics/bad-setting', `${name} ${shown(value)}; expected a number in (0, 1)`);
  }
  const z = normal.quantile(1 - alpha / 2, 0, 1) + normal.quantile(power, 0, 1);
  return z * z * (1 / treatedShare + 1 / (1 - treatedShare));
}
