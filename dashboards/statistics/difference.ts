import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { AppError, shown } from '../../core/errors.js';
import type { Sample } from './sample.js';

export interface DifferenceOptions {
  /** treated − control, or that over the control's unadjusted mean; default `relative` */
  readonly scale?: 'absolute' | 'relative';
  /** in (0, 1), default 0.95 */
  readonly confidence?: number;
  /** the difference the p-value asks about; default 0 */
  readonly nullDifference?: number;
}

export interface Difference {
  readonly estimate: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** two-sided */
  readonly pValue: number;
}

/**
 * Welch's t-test of two groups of members, at a **fixed horizon**: its interval is right once, at the moment planned beforehand. For a page that people
 * watch, see `confidence-sequence.ts`.
 *
 *   absolute   ȳ_t − ȳ_c                 var = s_t²/n_t + s_c²/n_c
 *   relative   (ȳ_t − ȳ_c) / ȳ_c          var = s_t²/(n_t·ȳ_c²) + R²·s_c²/(n_c·ȳ_c²), R = ȳ_t/ȳ_c      (delta method)
 *
 * with Welch–Satterthwaite degrees of freedom. After CUPED R²·s_c² is R²·s_y² − 2R·θ·s_xy + θ²·s_x² of the control group, and ȳ_c, R are of the means before
 * adjustment: the covariate's mean is the same in both groups but for chance.
 *
 * @returns undefined where nothing can be said: fewer than two members in a group, no variance at all, or a relative difference over a mean of 0
 * @throws AppError `statistics/bad-setting`
 */
export function welchDifference(
  control: Sample,
  treated: Sample,
  options: DifferenceOptions = {},
): (Difference & { readonly degreesOfFreedom: number }) | undefined {
  const { scale = 'relative', nullDifference = 0 } = options;
  const alpha = 1 - checkedConfidence(options.confidence ?? 0.95);
  const effect = effectOf(control, treated, scale);
  if (effect === undefined) return undefined;
  const { estimate, standardError } = effect;
  const degreesOfFreedom = welchSatterthwaite(control, treated);
  const margin = tQuantile(1 - alpha / 2, degreesOfFreedom) * standardError;
  const t = Math.abs(estimate - nullDifference) / standardError;
  return {
    estimate,
    standardError,
    low: estimate - margin,
    high: estimate + margin,
    // The lower tail, where the distribution function keeps its precision.
    pValue: 2 * tCdf(-t, degreesOfFreedom),
    degreesOfFreedom,
  };
}

/** The difference and its standard error, on either scale; undefined as above */
export function effectOf(
  control: Sample,
  treated: Sample,
  scale: 'absolute' | 'relative',
): Pick<Difference, 'estimate' | 'standardError'> | undefined {
  const base = control.unadjustedMean;
  if (control.n < 2 || treated.n < 2 || (scale === 'relative' && base === 0)) return undefined;
  const ofTreated = treated.variance / treated.n;
  const absolute = treated.mean - control.mean;
  const variance =
    scale === 'absolute'
      ? control.variance / control.n + ofTreated
      : (ofTreated + scaledVariance(control, treated.unadjustedMean / base) / control.n) / base ** 2;
  if (!(variance > 0)) return undefined;
  return {
    estimate: scale === 'absolute' ? absolute : absolute / base,
    standardError: Math.sqrt(variance),
  };
}

/** of R times the control's own value, less what was taken out of it */
function scaledVariance({ variance, adjusted }: Sample, ratio: number): number {
  return adjusted === undefined
    ? ratio * ratio * variance
    : ratio * ratio * adjusted.own - 2 * ratio * adjusted.crossed + adjusted.taken;
}

function welchSatterthwaite(a: Sample, b: Sample): number {
  const [va, vb] = [a.variance / a.n, b.variance / b.n];
  return (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
}

export function checkedConfidence(confidence: number): number {
  if (!(confidence > 0 && confidence < 1))
    throw new AppError(
      'statistics/bad-setting',
      `confidence ${shown(confidence)}; expected a number in (0, 1)`,
    );
  return confidence;
}
