import type { Guarantee, IntervalTracker } from './interval.js';

/**
 * Half-width of the two-sided empirical Bernstein interval for the mean of n independent numbers that lie in an interval of length R:
 *
 *   ε = √( 2·s²·ln(4/α) / n ) + 7·R·ln(4/α) / (3(n − 1)),   s² = Σ (φ_i − φ̄)² / (n − 1)
 *
 * Maurer & Pontil's one-sided bound, √(2·s²·ln(2/δ)/n) + 7·ln(2/δ)/(3(n − 1)) for numbers in [0, 1], on each side with δ = α/2.
 *
 * @returns Infinity for n < 2
 * @see Maurer & Pontil, COLT 2009, arXiv:0907.3740, theorem 4
 * @example
 * empiricalBernsteinMargin({ n: 101, variance: 0, range: 1 }, 1 - 4 / Math.E ** 3) // => 0.07
 */
export function empiricalBernsteinMargin(
  sample: { readonly n: number; readonly variance: number; readonly range: number },
  confidence: number,
): number {
  const { n, variance, range } = sample;
  if (n < 2) return Infinity;
  const log = Math.log(4 / (1 - confidence));
  return Math.sqrt((2 * variance * log) / n) + (7 * range * log) / (3 * (n - 1));
}

/** The interval, in which a row's score can lie; without a bound on the weights it is a function of the largest weight seen. */
export interface ScoreRange {
  readonly of: (largestWeight: number) => readonly [least: number, most: number];
  /** known before the log was read: from `weightBound`, or by how the estimator limits its weights */
  readonly knownBound: number | undefined;
}

/**
 * Empirical Bernstein interval of a mean of scores φ (column 0), for rewards and q̂ in [0, 1]. It covers the mean of φ: where an estimator limits its weights, its
 * bias is not in the interval. With a range that was only seen, not known beforehand, the promise is gone and the interval is called approximate.
 *
 * @see empiricalBernsteinMargin
 */
export function empiricalBernsteinTracker(range: ScoreRange, confidence: number): IntervalTracker {
  let n = 0;
  let mean = 0;
  let scatter = 0;
  let largestWeight = 0;
  let clustered = false;
  return {
    method: 'empirical-bernstein',
    add({ columns, weight, outcome }) {
      n++;
      const step = columns[0]! - mean;
      mean += step / n;
      scatter += step * (columns[0]! - mean);
      if (weight > largestWeight) largestWeight = weight;
      clustered ||= outcome.clusterId !== undefined;
    },
    read() {
      const [least, most] = range.of(range.knownBound ?? largestWeight);
      const margin = empiricalBernsteinMargin(
        { n, variance: scatter / (n - 1), range: most - least },
        confidence,
      );
      const ends = { low: mean - margin, high: mean + margin };
      const within = `row scores in [${places(least)}, ${places(most)}]`;
      return { method: 'empirical-bernstein', ...ends, ...promise(within, range.knownBound, clustered) };
    },
  };
}

function promise(
  within: string,
  knownBound: number | undefined,
  clustered: boolean,
): { readonly guarantee: Guarantee; readonly note: string } {
  if (knownBound === undefined) {
    return { guarantee: 'approximate', note: `${within}, from the largest weight seen` };
  }
  if (clustered) return { guarantee: 'approximate', note: 'rows of one member are taken as independent' };
  return { guarantee: 'finite-sample', note: within };
}

function places(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
