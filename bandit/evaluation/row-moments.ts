import { hashString } from '../../core/hash.js';

/**
 * Clusters are hashed to this many buckets. Clusters are independent and their scores have mean zero, so the expected square of a
 * bucket's sum is the sum of the expected squares of its clusters: the variance stays unbiased whatever shares a bucket.
 */
const CLUSTER_BUCKETS = 4096;

/**
 * Streaming joint moments of the m numbers of a row, x ∈ ℝ^m, enough for the mean and for the variance of any linear score of it: sums, and
 * second moments about the mean by Welford's update (Chan, Golub & LeVeque 1983), so that neither many rows nor a small variance loses
 * digits; sums per bucket for rows that carry a cluster id.
 */
export class RowMoments {
  /** rows added */
  n = 0;
  private readonly sums: Float64Array;
  private alone = 0;
  private readonly centre: Float64Array;
  /** shape (m, m), upper triangle: Σ (x_j − x̄_j)(x_k − x̄_k) over rows that stand alone */
  private readonly scatter: Float64Array;
  private readonly step: Float64Array;
  /** shape (CLUSTER_BUCKETS, m + 1): rows, then sums */
  private clusters: Float64Array | undefined;

  constructor(private readonly columns: number) {
    this.sums = new Float64Array(columns);
    this.centre = new Float64Array(columns);
    this.scatter = new Float64Array(columns * columns);
    this.step = new Float64Array(columns);
  }

  /** @param row shape (m), finite */
  add(row: Float64Array, clusterId: string | undefined): void {
    this.n++;
    for (let j = 0; j < this.columns; j++) this.sums[j]! += row[j]!;
    if (clusterId === undefined) this.addAlone(row);
    else this.addClustered(row, clusterId);
  }

  /** shape (m): x̄ */
  means(): Float64Array {
    return this.sums.map((sum) => sum / this.n);
  }

  /** Adds this sample's part of Σ_g ( Σ_{i∈g} c·(x_i − x̄) )² over independent groups g: a row alone, or a bucket of clusters. */
  addScores(coefficients: readonly number[], scores: GroupScores): void {
    const means = this.means();
    let squares = 0;
    let offset = 0;
    for (let j = 0; j < this.columns; j++) {
      offset += coefficients[j]! * (this.centre[j]! - means[j]!);
      for (let k = j; k < this.columns; k++) {
        squares +=
          (k === j ? 1 : 2) * coefficients[j]! * coefficients[k]! * this.scatter[j * this.columns + k]!;
      }
    }
    scores.addIndependent(this.alone, Math.max(0, squares) + this.alone * offset * offset);
    if (this.clusters === undefined) return;
    for (let b = 0; b < CLUSTER_BUCKETS; b++) {
      const at = b * (this.columns + 1);
      const rows = this.clusters[at]!;
      if (rows === 0) continue;
      let score = 0;
      for (let j = 0; j < this.columns; j++) {
        score += coefficients[j]! * (this.clusters[at + 1 + j]! - rows * means[j]!);
      }
      scores.addToBucket(b, score);
    }
  }

  private addAlone(row: Float64Array): void {
    this.alone++;
    for (let j = 0; j < this.columns; j++) {
      this.step[j] = row[j]! - this.centre[j]!;
      this.centre[j]! += this.step[j]! / this.alone;
    }
    for (let j = 0; j < this.columns; j++) {
      for (let k = j; k < this.columns; k++) {
        this.scatter[j * this.columns + k]! += this.step[j]! * (row[k]! - this.centre[k]!);
      }
    }
  }

  private addClustered(row: Float64Array, clusterId: string): void {
    this.clusters ??= new Float64Array(CLUSTER_BUCKETS * (this.columns + 1));
    const at = (hashString(clusterId) % CLUSTER_BUCKETS) * (this.columns + 1);
    this.clusters[at]! += 1;
    for (let j = 0; j < this.columns; j++) this.clusters[at + 1 + j]! += row[j]!;
  }
}

/** Squared scores of independent groups, gathered over one sample or over several strata that share clusters. */
export class GroupScores {
  private independentGroups = 0;
  private independentSquares = 0;
  private readonly buckets = new Map<number, number>();

  addIndependent(groups: number, squares: number): void {
    this.independentGroups += groups;
    this.independentSquares += squares;
  }

  addToBucket(bucket: number, score: number): void {
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + score);
  }

  /** G: independent groups */
  get groups(): number {
    return this.independentGroups + this.buckets.size;
  }

  /** G/(G − 1)·Σ_g score_g² (CR1); Infinity for fewer than two groups */
  variance(): number {
    const { groups } = this;
    let squares = this.independentSquares;
    for (const score of this.buckets.values()) squares += score * score;
    return groups < 2 ? Infinity : (groups / (groups - 1)) * squares;
  }
}
