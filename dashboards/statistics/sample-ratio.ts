import chiSquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import gammaln from '@stdlib/math-base-special-gammaln';
import { AppError, shown } from '../../core/errors.js';

export interface SampleRatio {
  /** probability of counts this far from the split, or further, if members are assigned as configured */
  readonly pValue: number;
  /** indices of variants that were to get nobody: they take no part, and whoever is in them is a finding of its own */
  readonly excluded: readonly number[];
}

/**
 * Sample ratio mismatch: are there as many members in each variant as the split says?
 *
 *   χ² = Σ (o_i − e_i)² / e_i    with (variants of weight > 0) − 1 degrees of freedom, e_i = w_i / Σw · Σo over those
 *
 * **Fixed horizon**: looked at daily it cries wolf; `sequentialSampleRatio` may be watched.
 *
 * @param counts shape (V): members first exposed, per variant
 * @param weights shape (V): shares of the split, any scale
 * @throws AppError `statistics/bad-sample`
 * @see Fabijan et al., Diagnosing Sample Ratio Mismatch in Online Controlled Experiments, KDD 2019
 */
export function sampleRatio(counts: readonly number[], weights: readonly number[]): SampleRatio {
  const { used, excluded, total, totalWeight } = taking(counts, weights);
  if (total === 0 || used.length < 2) return { pValue: 1, excluded };
  const chiSquare = used.reduce((sum, i) => {
    const expected = (weights[i]! / totalWeight) * total;
    return sum + (counts[i]! - expected) ** 2 / expected;
  }, 0);
  return { pValue: 1 - chiSquareCdf(chiSquare, used.length - 1), excluded };
}

/**
 * The same question, to be asked as often as one likes: 1 over the Bayes factor of a Dirichlet prior around the split against the split itself,
 *
 *   BF = Γ(Σα) / Γ(Σ(α + o)) · Π Γ(α_i + o_i)/Γ(α_i) / Π p_i^o_i        α_i = strength · p_i
 *
 * a martingale under the split, so P(BF ever ≥ 1/a) ≤ a, whatever a. Take the running minimum over looks.
 *
 * @param strength how near the split a mismatch is expected to be, in pseudo-members; default 100 (a mismatch of some ten per cent)
 * @throws AppError `statistics/bad-sample`
 * @see Lindon & Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022, arXiv:2011.03567, § 3
 */
export function sequentialSampleRatio(
  counts: readonly number[],
  weights: readonly number[],
  strength = 100,
): SampleRatio {
  const { used, excluded, total, totalWeight } = taking(counts, weights);
  if (total === 0 || used.length < 2) return { pValue: 1, excluded };
  let logFactor = gammaln(strength) - gammaln(strength + total);
  for (const i of used) {
    const p = weights[i]! / totalWeight;
    const alpha = strength * p;
    logFactor += gammaln(alpha + counts[i]!) - gammaln(alpha) - counts[i]! * Math.log(p);
  }
  return { pValue: Math.min(1, Math.exp(-logFactor)), excluded };
}

/** Sums over first decisions of how often an arm was picked and how often it was to be: merge by addition, over snapshots too. */
export interface ArmPicks {
  /** Σ 1{a} */
  readonly picks: number;
  /** Σ p */
  readonly expected: number;
  /** Σ p(1 − p) */
  readonly variance: number;
}

/**
 * Was an arm picked as often as the logged propensities say? z = Σ(1{a} − p) / √Σ p(1 − p), standard normal if they are true, whatever the policy did
 * (a martingale), so decisions of any snapshots may be pooled. Only first decisions of an epoch: repeats are not draws.
 *
 * @returns undefined where chance had no say (Σ p(1 − p) = 0)
 */
export function armPicksZ({ picks, expected, variance }: ArmPicks): number | undefined {
  return variance > 0 ? (picks - expected) / Math.sqrt(variance) : undefined;
}

function taking(counts: readonly number[], weights: readonly number[]) {
  if (counts.length !== weights.length)
    throw new AppError(
      'statistics/bad-sample',
      `${counts.length} counts; expected ${weights.length}, one a weight`,
    );
  for (const [i, weight] of weights.entries()) {
    const count = counts[i]!;
    if (!(Number.isInteger(count) && count >= 0 && weight >= 0 && weight < Infinity))
      throw new AppError(
        'statistics/bad-sample',
        `variant ${i} has ${shown(count)} members at weight ${shown(weight)}; expected a count and a finite weight ≥ 0`,
      );
  }
  const used = weights.flatMap((weight, i) => (weight > 0 ? [i] : []));
  return {
    used,
    excluded: weights.flatMap((weight, i) => (weight > 0 ? [] : [i])),
    total: used.reduce((sum, i) => sum + counts[i]!, 0),
    totalWeight: used.reduce((sum, i) => sum + weights[i]!, 0),
  };
}
