export interface SegmentEffect {
  readonly segment: string;
  readonly estimate: number;
  /** > 0 */
  readonly standardError: number;
}

export interface ShrunkEffect extends SegmentEffect {
  /** what the segment's effect is believed to be, knowing the others' */
  readonly shrunk: number;
  readonly shrunkStandardError: number;
  /** of its own estimate in `shrunk`, in [0, 1]; the rest is the common mean */
  readonly weight: number;
}

/**
 * Draws each segment's effect towards what all have in common, by as much as their spread is explained by noise (empirical Bayes):
 *
 *   θ̂_i ~ N(θ_i, s_i²),  θ_i ~ N(μ, τ²)       shrunk_i = w_i·θ̂_i + (1 − w_i)·μ̂,  w_i = τ²/(τ² + s_i²)
 *
 * τ² by DerSimonian and Laird's moments, μ̂ the mean weighted by 1/(τ² + s_i²). The most extreme of twenty small segments is mostly luck; shrunk, it
 * looks like what it probably is. Where nothing suggests that segments differ, τ² = 0 and all get the common mean.
 *
 * @param effects segments without members in common
 * @returns in the same order
 * @see DerSimonian & Laird, Meta-analysis in Clinical Trials, Controlled Clinical Trials 7, 1986; Efron & Morris, JASA 70, 1975
 */
export function shrinkSegments(effects: readonly SegmentEffect[]): ShrunkEffect[] {
  const between = betweenVariance(effects);
  const weights = effects.map(({ standardError }) => 1 / (between + standardError ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const common = effects.reduce((sum, { estimate }, i) => sum + weights[i]! * estimate, 0) / total;
  return effects.map((effect) => {
    const weight = between / (between + effect.standardError ** 2);
    const shrunk = weight * effect.estimate + (1 - weight) * common;
    // Its own noise as far as it is listened to, and the common mean's.
    const shrunkStandardError = Math.sqrt(weight * effect.standardError ** 2 + (1 - weight) ** 2 / total);
    return { ...effect, shrunk, shrunkStandardError, weight };
  });
}

/** τ² = max(0, (Q − (m − 1)) / (Σw − Σw²/Σw)), w = 1/s²; 0 for fewer than two segments */
export function betweenVariance(effects: readonly SegmentEffect[]): number {
  if (effects.length < 2) return 0;
  const weights = effects.map(({ standardError }) => 1 / standardError ** 2);
  const sum = weights.reduce((a, w) => a + w, 0);
  const squares = weights.reduce((a, w) => a + w * w, 0);
  const mean = effects.reduce((a, { estimate }, i) => a + weights[i]! * estimate, 0) / sum;
  const q = effects.reduce((a, { estimate }, i) => a + weights[i]! * (estimate - mean) ** 2, 0);
  return Math.max(0, (q - (effects.length - 1)) / (sum - squares / sum));
}
