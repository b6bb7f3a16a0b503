import { AppError, shown } from '../../core/errors.js';
import { checkedConfidence, effectOf, type Difference, type DifferenceOptions } from './difference.js';
import type { Sample } from './sample.js';

export interface SequenceOptions extends DifferenceOptions {
  /** N*: members of both groups at which the interval is meant to be tightest; default 5,000. Valid whatever it is: it must not depend on results */
  readonly tightestAt?: number;
}

/**
 * A difference that may be looked at as often as one likes, and stopped at any time (an asymptotic confidence sequence):
 *
 *   estimate ± √(N·V) · √( 2(Nρ² + 1)/(N²ρ²) · ln(√(Nρ² + 1)/α) )         N members of both groups, V the estimate's variance
 *   ρ² = (−2·ln α + ln(−2·ln α + 1)) / N*
 *
 * The whole sequence of intervals contains the truth at once with probability 1 − α, in the limit of large samples; that is paid for by width:
 * about 1.5 to 2 times Welch's. A member must enter **once**, when a fixed window after its first exposure has closed; values that go on
 * growing for members already counted are not what this is about.
 *
 * The p-value is the smallest α of which the interval leaves out `nullDifference`, valid at any time too.
 *
 * @returns undefined where nothing can be said, as `welchDifference`
 * @throws AppError `statistics/bad-setting`
 * @see Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, Time-uniform central limit theory and asymptotic confidence sequences, arXiv:2103.06476v7, eq. 9, 155, 161
 */
export function sequentialDifference(
  control: Sample,
  treated: Sample,
  options: SequenceOptions = {},
): Difference | undefined {
  const { scale = 'relative', nullDifference = 0, tightestAt = 5_000 } = options;
  const alpha = 1 - checkedConfidence(options.confidence ?? 0.95);
  if (!(tightestAt >= 1 && tightestAt < Infinity))
    throw new AppError('statistics/bad-setting', `tightestAt ${shown(tightestAt)}; expected a number ≥ 1`);
  const effect = effectOf(control, treated, scale);
  if (effect === undefined) return undefined;
  const { estimate, standardError } = effect;
  const n = control.n + treated.n;
  const rho2 = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / tightestAt;
  const grown = n * rho2 + 1;
  const margin = standardError * Math.sqrt(((2 * grown) / (n * rho2)) * Math.log(Math.sqrt(grown) / alpha));
  return {
    estimate,
    standardError,
    low: estimate - margin,
    high: estimate + margin,
    pValue: alwaysValidP((estimate - nullDifference) / standardError, n * rho2),
  };
}

/** 1/e-value of the normal mixture with nρ² = `information` at z, at most 1 */
function alwaysValidP(z: number, information: number): number {
  const grown = information + 1;
  const logE = (z * z * information) / (2 * grown) - Math.log(grown) / 2;
  return Math.min(1, Math.exp(-logE));
}
