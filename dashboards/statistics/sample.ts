import normal from '@stdlib/stats-base-dists-normal';
import { AppError, shown } from '../../core/errors.js';

/** One group's value of a metric: what every comparison in this folder starts from. The unit that is sampled is the member. */
export interface Sample {
  /** members, or events for a quantile over events */
  readonly n: number;
  readonly mean: number;
  /** of one member's value, so the mean's own variance is `variance / n` */
  readonly variance: number;
  /** what relative effects are relative to, where an adjustment moved the mean (CUPED); else the mean */
  readonly unadjustedMean: number;
  /** what an adjusted variance is made of: variance = own − 2·crossed + taken. A relative effect scales `own` alone */
  readonly adjusted?: {
    /** s_y² */
    readonly own: number;
    /** θ·s_xy */
    readonly crossed: number;
    /** θ²·s_x² */
    readonly taken: number;
  };
}

/** Sums over n members of a value x. They merge by addition. */
export interface Sums {
  readonly n: number;
  /** Σx */
  readonly sum: number;
  /** Σx² */
  readonly sumSquares: number;
}

/**
 *   mean = Σx/n        variance = (Σx² − (Σx)²/n) / (n − 1)
 *
 * @throws AppError `statistics/bad-sample`
 */
export function meanSample(sums: Sums): Sample {
  const { n, sum } = checked(sums);
  const mean = n === 0 ? 0 : sum / n;
  return { n, mean, variance: varianceOf(sums), unadjustedMean: mean };
}

/**
 * Of members, `sum` did it: variance p(1 − p).
 *
 * @throws AppError `statistics/bad-sample`
 */
export function proportionSample({ n, sum }: Pick<Sums, 'n' | 'sum'>): Sample {
  checked({ n, sum, sumSquares: sum });
  if (sum < 0 || sum > n)
    throw new AppError('statistics/bad-sample', `${sum} of ${n}; expected a number from 0 to ${n}`);
  const mean = n === 0 ? 0 : sum / n;
  return { n, mean, variance: mean * (1 - mean), unadjustedMean: mean };
}

/** Two values a member, such as plays and impressions. */
export interface PairedSums {
  /** same members in both */
  readonly n: number;
  readonly numerator: Omit<Sums, 'n'>;
  readonly denominator: Omit<Sums, 'n'>;
  /** Σxy */
  readonly sumProducts: number;
}

/**
 * A ratio of two means over members, Σy/Σx, by the delta method:
 *
 *   variance = s_y²/x̄² − 2·s_xy·ȳ/x̄³ + ȳ²·s_x²/x̄⁴
 *
 * @throws AppError `statistics/bad-sample`
 * @see Deng, Knoblich & Lu, KDD 2018, arXiv:1803.06336, § 3
 */
export function ratioSample({ n, numerator, denominator, sumProducts }: PairedSums): Sample {
  const y = meanSample({ n, ...numerator });
  const x = meanSample({ n, ...denominator });
  if (n < 2 || x.mean === 0) return { n, mean: 0, variance: 0, unadjustedMean: 0 };
  const covariance = covarianceOf(n, numerator.sum, denominator.sum, sumProducts);
  const variance =
    y.variance / x.mean ** 2 -
    (2 * covariance * y.mean) / x.mean ** 3 +
    (y.mean ** 2 * x.variance) / x.mean ** 4;
  const mean = numerator.sum / denominator.sum;
  return { n, mean, variance, unadjustedMean: mean };
}

/** An estimate of a quantile, and its neighbours among the ordered values. */
export interface QuantileSums {
  /** values: one a member */
  readonly n: number;
  /** in (0, 1) */
  readonly level: number;
  readonly quantile: number;
  /** values at the ends of the order statistics' 95 % interval: ranks n·level ∓ 1.96·√(n·level·(1 − level)) */
  readonly lower: number;
  readonly upper: number;
}

/**
 * A quantile's variance from how far apart its neighbours in the order are, which needs no density:
 *
 *   variance / n = ((upper − lower) / (2·z))²,   z = 1.96, scaled by (n − 1)/n
 *
 * No variance (0: nothing is claimed) where n is so small that the interval would leave the data.
 *
 * @throws AppError `statistics/bad-sample`
 * @see Deng, Knoblich & Lu, KDD 2018, arXiv:1803.06336, § 4.2
 */
export function quantileSample({ n, level, quantile, lower, upper }: QuantileSums): Sample {
  if (!(level > 0 && level < 1))
    throw new AppError(
      'statistics/bad-sample',
      `quantile level ${shown(level)}; expected a number in (0, 1)`,
    );
  checked({ n, sum: quantile, sumSquares: upper - lower });
  const z = normal.quantile(0.975, 0, 1);
  const isTooFew = n <= (z * z * level) / (1 - level) || n <= (z * z * (1 - level)) / level;
  const variance = isTooFew ? 0 : (n - 1) * ((upper - lower) / (2 * z)) ** 2;
  return { n, mean: quantile, variance, unadjustedMean: quantile };
}

/** Ranks (from 0) of the values that {@link quantileSample} wants, clamped to what there is. */
export function quantileRanks(n: number, level: number): { quantile: number; lower: number; upper: number } {
  const margin = normal.quantile(0.975, 0, 1) * Math.sqrt(n * level * (1 - level));
  const rank = (at: number): number => Math.min(n - 1, Math.max(0, Math.ceil(at) - 1));
  return { quantile: rank(n * level), lower: rank(n * level - margin), upper: rank(n * level + margin) };
}

/** s_xy = (Σxy − Σx·Σy/n) / (n − 1); 0 for fewer than two */
export function covarianceOf(n: number, sumX: number, sumY: number, sumProducts: number): number {
  return n < 2 ? 0 : (sumProducts - (sumX * sumY) / n) / (n - 1);
}

export function varianceOf({ n, sum, sumSquares }: Sums): number {
  return n < 2 ? 0 : (sumSquares - (sum * sum) / n) / (n - 1);
}

function checked(sums: Sums): Sums {
  const { n, sum, sumSquares } = sums;
  if (!(
    Number.isInteger(n) &&
    n >= 0 &&
    Number.isFinite(sum) &&
    Number.isFinite(sumSquares) &&
    sumSquares >= 0
  )) {
    throw new AppError(
      'statistics/bad-sample',
      `n ${shown(n)}, sum ${shown(sum)}, sum of squares ${shown(sumSquares)}; expected a count, a finite number, a finite number ≥ 0`,
    );
  }
  return sums;
}
