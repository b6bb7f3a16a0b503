import { covarianceOf, meanSample, varianceOf, type PairedSums, type Sample, type Sums } from './sample.js';

/** A metric after a member's first exposure (y) and its like before (x). */
export interface CupedSums {
  readonly n: number;
  readonly post: Omit<Sums, 'n'>;
  readonly pre: Omit<Sums, 'n'>;
  /** Σxy */
  readonly sumProducts: PairedSums['sumProducts'];
}

/**
 * Takes out of a metric what was to be expected of the members anyway (CUPED):
 *
 *   ȳ_adj = ȳ − θ·x̄          θ = s_xy / s_x², from both groups pooled
 *
 * One θ for both: with one each, chance differences between the θs would look like an effect. x must be from before exposure. Relative effects
 * stay relative to the control's own mean, not to the adjusted one.
 *
 * @throws AppError `statistics/bad-sample`
 * @see Deng, Xu, Kohavi & Walker, Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data, WSDM 2013, § 3
 */
export function cupedSamples(
  control: CupedSums,
  treated: CupedSums,
): readonly [control: Sample, treated: Sample] {
  const theta = pooledTheta(control, treated);
  return [adjusted(control, theta), adjusted(treated, theta)];
}

/** θ; 0 (no adjustment) where either value is the same for everybody */
export function pooledTheta(a: CupedSums, b: CupedSums): number {
  const n = a.n + b.n;
  const [pre, post] = (['pre', 'post'] as const).map((value) => ({
    n,
    sum: a[value].sum + b[value].sum,
    sumSquares: a[value].sumSquares + b[value].sumSquares,
  })) as [Sums, Sums];
  if (varianceOf(pre) === 0 || varianceOf(post) === 0) return 0;
  return covarianceOf(n, post.sum, pre.sum, a.sumProducts + b.sumProducts) / varianceOf(pre);
}

function adjusted({ n, post, pre, sumProducts }: CupedSums, theta: number): Sample {
  const y = meanSample({ n, ...post });
  const x = meanSample({ n, ...pre });
  const crossed = theta * covarianceOf(n, post.sum, pre.sum, sumProducts);
  const taken = theta * theta * x.variance;
  return {
    n,
    mean: y.mean - theta * x.mean,
    variance: y.variance - 2 * crossed + taken,
    unadjustedMean: y.mean,
    adjusted: { own: y.variance, crossed, taken },
  };
}
