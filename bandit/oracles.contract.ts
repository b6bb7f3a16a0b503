/**
 * Independent implementations the tests compare with: other formulas, other libraries, none of the code under test.
 * (A `.contract.ts` file: shared by tests, left out of the build.)
 */
import betaCdf from '@stdlib/stats-base-dists-beta-cdf';
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import normal from '@stdlib/stats-base-dists-normal';
import { inv, matrix, multiply, transpose, type Matrix } from 'mathjs';

/** ∫ from a to b of f by recursive Simpson with Richardson's correction, to an absolute error of about `tolerance`. */
export function adaptiveSimpson(f: (z: number) => number, a: number, b: number, tolerance: number): number {
  const refine = (
    [left, fLeft]: [number, number],
    [middle, fMiddle]: [number, number],
    [right, fRight]: [number, number],
    whole: number,
    within: number,
    depth: number,
  ): number => {
    const l = (left + middle) / 2;
    const r = (middle + right) / 2;
    const [fl, fr] = [f(l), f(r)];
    const leftHalf = ((middle - left) / 6) * (fLeft + 4 * fl + fMiddle);
    const rightHalf = ((right - middle) / 6) * (fMiddle + 4 * fr + fRight);
    const change = leftHalf + rightHalf - whole;
    if (depth === 0 || Math.abs(change) < 15 * within) return leftHalf + rightHalf + change / 15;
    return (
      refine([left, fLeft], [l, fl], [middle, fMiddle], leftHalf, within / 2, depth - 1) +
      refine([middle, fMiddle], [r, fr], [right, fRight], rightHalf, within / 2, depth - 1)
    );
  };
  const m = (a + b) / 2;
  const [fa, fm, fb] = [f(a), f(m), f(b)];
  return refine([a, fa], [m, fm], [b, fb], ((b - a) / 6) * (fa + 4 * fm + fb), tolerance, 40);
}

/** P(arm a is best) among independent normals: adaptive quadrature, @stdlib's pdf and cdf, split where any arm bends. */
export function normalBestProbability(
  means: readonly number[],
  deviations: readonly number[],
  a: number,
): number {
  const low = means[a]! - 9 * deviations[a]!;
  const high = means[a]! + 9 * deviations[a]!;
  const edges = means.flatMap((mean, b) => [-8, -4, -2, 0, 2, 4, 8].map((k) => mean + k * deviations[b]!));
  const inside = [low, ...edges.filter((edge) => edge > low && edge < high).sort((x, y) => x - y), high];
  const density = (z: number): number => {
    let value = normal.pdf(z, means[a]!, deviations[a]!);
    for (let b = 0; b < means.length && value > 1e-14; b++)
      if (b !== a) value *= normal.cdf(z, means[b]!, deviations[b]!);
    return value;
  };
  let sum = 0;
  for (let i = 1; i < inside.length; i++) sum += adaptiveSimpson(density, inside[i - 1]!, inside[i]!, 1e-9);
  return sum;
}

/** P(arm a is best) among independent Betas: a Riemann–Stieltjes sum Σ ΔF_a Π F_b in log-odds, with @stdlib's incomplete Beta and its inverse. */
export function betaBestProbability(alphas: readonly number[], betas: readonly number[], a: number): number {
  const steps = 3000;
  const logOdds = (z: number): number => Math.log(z / (1 - z));
  const logistic = (u: number): number => 1 / (1 + Math.exp(-u));
  const low = logOdds(betaQuantile(1e-7, alphas[a]!, betas[a]!));
  const high = logOdds(betaQuantile(1 - 1e-9, alphas[a]!, betas[a]!));
  const width = (high - low) / steps;
  let sum = 0;
  let before = betaCdf(logistic(low), alphas[a]!, betas[a]!);
  for (let i = 1; i <= steps; i++) {
    const right = low + i * width;
    const here = betaCdf(logistic(right), alphas[a]!, betas[a]!);
    let mass = here - before;
    before = here;
    const middle = logistic(right - width / 2);
    for (let b = 0; b < alphas.length && mass > 1e-13; b++)
      if (b !== a) mass *= betaCdf(middle, alphas[b]!, betas[b]!);
    sum += mass;
  }
  return sum;
}

/** Ridge regression in closed form from all the data at once, by mathjs: θ = (λI + Xᵀ W X)⁻¹(XᵀW r + λμ), and the inverse itself. */
export function batchRidge(
  contexts: readonly (readonly number[])[],
  rewards: readonly number[],
  weights: readonly number[],
  lambda: number,
  mean: readonly number[],
): { theta: number[]; inverse: number[][] } {
  const d = mean.length;
  const ridge = matrix(mean.map((_, i) => mean.map((__, j) => (i === j ? lambda : 0))));
  let precision: Matrix = ridge;
  let pull: Matrix = matrix(mean.map((m) => [lambda * m]));
  if (contexts.length > 0) {
    const x = matrix(contexts.map((row) => [...row]));
    const weighted = matrix(contexts.map((row, i) => row.map((value) => value * weights[i]!)));
    const outer = multiply(transpose(weighted), x);
    precision = matrix(
      ridge
        .toArray()
        .map((row, i) => (row as number[]).map((v, j) => v + (outer.toArray() as number[][])[i]![j]!)),
    );
    const rewarded = multiply(transpose(weighted), matrix(rewards.map((r) => [r]))).toArray() as number[][];
    pull = matrix(mean.map((m, i) => [lambda * m + rewarded[i]![0]!]));
  }
  const inverse = inv(precision);
  const theta = (multiply(inverse, pull).toArray() as number[][]).map((row) => row[0]!);
  return { theta: theta.slice(0, d), inverse: inverse.toArray() as number[][] };
}

/**
 * How surprising counts are under probabilities, as a normal deviate: Pearson's χ² by Wilson & Hilferty's cube root (1931).
 * Cells expected fewer than 5 times are pooled.
 */
export function chiSquareDeviate(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cells: [number, number][] = [];
  let pooled: [number, number] = [0, 0];
  counts.forEach((count, i) => {
    const expected = probabilities[i]! * total;
    if (expected >= 5) cells.push([count, expected]);
    else pooled = [pooled[0] + count, pooled[1] + expected];
  });
  if (pooled[1] >= 5) cells.push(pooled);
  else if (pooled[0] > 0 && pooled[1] === 0) return Infinity;
  const degrees = cells.length - 1;
  if (degrees < 1) return 0;
  const chi2 = cells.reduce((sum, [count, expected]) => sum + (count - expected) ** 2 / expected, 0);
  const spread = 2 / (9 * degrees);
  return ((chi2 / degrees) ** (1 / 3) - (1 - spread)) / Math.sqrt(spread);
}
