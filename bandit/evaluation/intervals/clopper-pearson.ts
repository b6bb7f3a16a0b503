import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import type { IntervalTracker } from './interval.js';

/**
 * The Clopper–Pearson interval for a probability, of s successes in n trials:
 *
 *   low = B(α/2; s, n − s + 1),   high = B(1 − α/2; s + 1, n − s)
 *
 * with B the quantile of the Beta distribution. For whole numbers it is exact: it holds the probability with at least the stated confidence,
 * whatever n and p. For fractions it is the same formula, and approximate.
 *
 * @param successes s, in [0, n]
 * @param trials    n > 0
 * @returns ends in [0, 1]; low is 0 for s = 0, high 1 for s = n
 * @see Clopper & Pearson, Biometrika 26, 1934
 * @example
 * clopperPearson(0, 10, 0.95).low // => 0
 */
export function clopperPearson(
  successes: number,
  trials: number,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const tail = (1 - confidence) / 2;
  return {
    low: successes > 0 ? betaQuantile(tail, successes, trials - successes + 1) : 0,
    high: successes < trials ? betaQuantile(1 - tail, successes + 1, trials - successes) : 1,
  };
}

/**
 * Clopper–Pearson on weighted counts, for binary rewards:
 *
 *   n' = Σu / w_max trials,   s' = Σ w·r / w_max successes,   w_max = max w
 *
 * with u = 1 (IPW) or u = w (replay: kept rows are the trials). Where every counted row has the same weight and nothing else moves the value
 * (the target is the logging policy; replay with one K), these are whole counts and the interval is exact; otherwise it is a heuristic, and says so:
 * the weighted count is treated as if it were one of a smaller sample.
 *
 * @param counts 'rows' for IPW, 'weights' for replay
 * @see Clopper & Pearson, Biometrika 26, 1934; weighted counts: Vowpal Wabbit's estimators library, clopper_pearson
 */
export function clopperPearsonTracker(counts: 'rows' | 'weights', confidence: number): IntervalTracker {
  let trials = 0;
  let rewarded = 0;
  let largest = 0;
  let smallest = Infinity;
  let binary = true;
  let clustered = false;
  return {
    method: 'clopper-pearson',
    add({ outcome, weight }) {
      binary &&= outcome.reward === 0 || outcome.reward === 1;
      clustered ||= outcome.clusterId !== undefined;
      if (weight > largest) largest = weight;
      // A row that replay does not keep is no trial; in IPW it is one without weight.
      if ((counts === 'rows' || weight > 0) && weight < smallest) smallest = weight;
      trials += counts === 'rows' ? 1 : weight;
      rewarded += weight * outcome.reward;
    },
    read() {
      const method = 'clopper-pearson';
      if (!binary || largest === 0) {
        const note = binary ? 'no row has weight' : 'needs rewards that are 0 or 1';
        return { method, low: NaN, high: NaN, guarantee: 'none', note };
      }
      const n = trials / largest;
      const ends = clopperPearson(Math.min(n, rewarded / largest), n, confidence);
      const flat = largest - smallest <= 1e-9 * largest;
      const whole = flat && (counts === 'weights' || Math.abs(largest - 1) <= 1e-9);
      if (!whole) {
        const note = `${places(n)} weighted trials (Σ/w_max), ${places(rewarded / largest)} weighted successes`;
        return { method, ...ends, guarantee: 'approximate', note };
      }
      if (clustered) {
        const note = 'rows of one member are taken as independent';
        return { method, ...ends, guarantee: 'approximate', note };
      }
      return { method, ...ends, guarantee: 'exact', note: `${places(n)} trials of equal weight` };
    },
  };
}

function places(value: number): string {
  return Number(value.toPrecision(6)).toString();
}
