import { AppError, shown } from '../../../core/errors.js';
import type { IntervalTracker } from './interval.js';
import { clusterHash, writePoissonCounts } from './poisson-weights.js';

export interface BootstrapOptions {
  /** B, an integer in [20, 10,000]; default 500. Each costs about 2 ns and 8·(m + 1) bytes per stratum */
  readonly replicates?: number;
  /** safe integer; default 1. The same seed and log give the same interval */
  readonly seed?: number;
}

/** @throws AppError `bandit/bad-setting` */
export function bootstrapSettings(options: BootstrapOptions): Required<BootstrapOptions> {
  const { replicates = 500, seed = 1 } = options;
  if (!Number.isSafeInteger(replicates) || replicates < 20 || replicates > 10_000) {
    throw new AppError(
      'bandit/bad-setting',
      `${shown(replicates)} bootstrap replicates; expected an integer in [20, 10000]`,
    );
  }
  if (!Number.isSafeInteger(seed)) {
    throw new AppError('bandit/bad-setting', `bootstrap seed ${shown(seed)}; expected a safe integer`);
  }
  return { replicates, seed };
}

/**
 * Cluster bootstrap in one pass: replicate b counts every cluster (member) Poisson(1) times, by a hash of seed, cluster and b.
 *
 *   V̂_b = V̂ of the rows, row i counted N_b(cluster of i) times;   interval: the α/2 and 1 − α/2 quantiles of V̂_1 … V̂_B
 *
 * As n grows, Poisson counts do what drawing n clusters with replacement does, and they need neither n nor the clusters in memory: B·(m + 1) sums are
 * held per stratum. A row without a cluster id is its own cluster, counted by its place in the log.
 *
 * @param solve the value from the means of the m columns
 * @see Efron & Tibshirani, An introduction to the bootstrap, 1993, chapter 13; Poisson counts: Oza & Russell 2001; Chamandy, Muralidharan, Najmi &
 * Naidu, Estimating uncertainty for massive data streams, 2012
 */
export function bootstrapTracker(
  columns: number,
  solve: (means: Float64Array) => { readonly value: number },
  settings: Required<BootstrapOptions>,
  confidence: number,
): IntervalTracker {
  const { replicates, seed } = settings;
  const width = columns + 1;
  const strata: Float64Array[] = [];
  const counts = new Uint8Array(replicates);
  const groups = new GroupSighting();
  let rows = 0;
  let clustered = false;
  return {
    method: 'bootstrap',
    add({ outcome, columns: row, stratum }) {
      clustered ||= outcome.clusterId !== undefined;
      const sums = (strata[stratum] ??= new Float64Array(replicates * width));
      const cluster = clusterHash(outcome.clusterId, rows++, seed);
      groups.see(cluster);
      writePoissonCounts(counts, cluster);
      for (let b = 0; b < replicates; b++) {
        const count = counts[b]!;
        if (count === 0) continue;
        const at = b * width;
        sums[at]! += count;
        for (let j = 0; j < columns; j++) sums[at + 1 + j]! += count * row[j]!;
      }
    },
    read() {
      const values: number[] = [];
      for (let b = 0; b < replicates; b++) values.push(replicateValue(strata, b * width, columns, solve));
      return percentileInterval(
        values,
        confidence,
        groups.several ? (clustered ? 'members' : 'rows') : undefined,
      );
    },
  };
}

/** Whether more than one group was seen: with one, every replicate is that group, and says nothing. */
export class GroupSighting {
  private first: number | undefined;
  several = false;

  see(group: number): void {
    this.first ??= group;
    if (group !== this.first) this.several = true;
  }
}

/**
 * The α/2 and 1 − α/2 quantiles of the replicates that have a value, interpolated between order statistics at (B + 1)·p.
 *
 * @param groups what was drawn; undefined: fewer than two of them, so that replicates say nothing
 */
export function percentileInterval(
  replicates: readonly number[],
  confidence: number,
  groups: 'rows' | 'members' | 'groups' | undefined,
): ReturnType<IntervalTracker['read']> {
  const method = 'bootstrap';
  if (groups === undefined) {
    return {
      method,
      low: -Infinity,
      high: Infinity,
      guarantee: 'asymptotic',
      note: 'fewer than two clusters',
    };
  }
  const values = Float64Array.from(replicates.filter((value) => Number.isFinite(value))).sort();
  const note = `${values.length} replicates of ${groups}`;
  if (values.length < replicates.length / 2) {
    return {
      method,
      low: NaN,
      high: NaN,
      guarantee: 'none',
      note: `${note} of ${replicates.length} have a value`,
    };
  }
  const tail = (1 - confidence) / 2;
  return {
    method,
    low: quantile(values, tail),
    high: quantile(values, 1 - tail),
    guarantee: 'asymptotic',
    note,
  };
}

function replicateValue(
  strata: readonly Float64Array[],
  at: number,
  columns: number,
  solve: (means: Float64Array) => { readonly value: number },
): number {
  let rows = 0;
  let sum = 0;
  for (const sums of strata) {
    const n = sums[at]!;
    if (n === 0) continue;
    rows += n;
    sum += n * solve(sums.subarray(at + 1, at + 1 + columns).map((total) => total / n)).value;
  }
  return sum / rows;
}

function quantile(sorted: Float64Array, p: number): number {
  const rank = Math.min(sorted.length, Math.max(1, (sorted.length + 1) * p));
  const below = Math.floor(rank);
  const low = sorted[below - 1]!;
  return below === sorted.length ? low : low + (rank - below) * (sorted[below]! - low);
}
