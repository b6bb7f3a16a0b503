import { hashString } from '../../core/hash.js';

/**
 * Clusters are hashed to this many buckets. Clusters are independent and their scores have mean zero, so the expected square of a
 * bucket's sum is the sum of the expected squares of its clusters: the variance stays unbiased whatever shares a bucket.
 */
const CLUSTER_BUCKETS = 4096;

/** Sums per bucket of rows that carry a cluster id. */
interface ClusterSums {
  readonly rows: Float64Array;
  readonly weights: Float64Array;
  readonly products: Float64Array;
}

/**
 * Streaming moments of w (weights) and y = w·r, enough for a value and its variance: means and centred second moments by Welford's
 * update (Chan, Golub & LeVeque 1983), so that neither many rows nor a small variance loses digits; per-bucket sums for clustered rows.
 */
export class WeightedMoments {
  private rows = 0;
  private weightSum = 0;
  private squaredWeightSum = 0;
  private productSum = 0;
  private squaredProductSum = 0;
  private largestWeight = 0;

  private independentRows = 0;
  private meanWeight = 0;
  private meanProduct = 0;
  private scatterWeight = 0;
  private scatterProduct = 0;
  private scatterBoth = 0;

  private clusters: ClusterSums | undefined;

  /** @param weight w ≥ 0 */
  add(weight: number, reward: number, clusterId: string | undefined): void {
    const product = weight * reward;
    this.rows++;
    this.weightSum += weight;
    this.squaredWeightSum += weight * weight;
    this.productSum += product;
    this.squaredProductSum += product * product;
    if (weight > this.largestWeight) this.largestWeight = weight;
    if (clusterId === undefined) this.addIndependent(weight, product);
    else this.addClustered(weight, product, clusterId);
  }

  get n(): number {
    return this.rows;
  }
  get sumOfWeights(): number {
    return this.weightSum;
  }
  get sumOfProducts(): number {
    return this.productSum;
  }
  get maxWeight(): number {
    return this.largestWeight;
  }
  /** (Σw)² / Σw²: 0 when every weight is 0. @see Kish 1965 */
  get effectiveSampleSize(): number {
    return this.squaredWeightSum > 0 ? this.weightSum ** 2 / this.squaredWeightSum : 0;
  }
  /** (Σy)² / Σy²: how many equally rewarded rows the value rests on; 0 without any reward */
  get effectiveRewards(): number {
    return this.squaredProductSum > 0 ? this.productSum ** 2 / this.squaredProductSum : 0;
  }

  /** standard error of the mean weight, rows taken as independent; Infinity for fewer than two */
  get meanWeightError(): number {
    if (this.rows < 2) return Infinity;
    const scatter = this.squaredWeightSum - this.weightSum ** 2 / this.rows;
    return Math.sqrt(Math.max(0, scatter) / (this.rows - 1) / this.rows);
  }

  /**
   * Variance of Σ over rows of (y − perRow − perWeight·w), by independent groups g (a row alone, or a bucket of clusters):
   *
   *   G/(G − 1) · Σ_g ( Σ_{i∈g} (y_i − perRow − perWeight·w_i) )²
   *
   * Both callers pass the coefficients for which the sum over all rows is zero. Infinity for fewer than two groups.
   */
  residualVariance(perRow: number, perWeight: number): number {
    let groups = this.independentRows;
    let squares = this.independentSquares(perRow, perWeight);
    if (this.clusters !== undefined) {
      const { rows, weights, products } = this.clusters;
      for (let b = 0; b < CLUSTER_BUCKETS; b++) {
        if (rows[b] === 0) continue;
        groups++;
        squares += (products[b]! - perRow * rows[b]! - perWeight * weights[b]!) ** 2;
      }
    }
    return groups < 2 ? Infinity : (groups / (groups - 1)) * squares;
  }

  private independentSquares(perRow: number, perWeight: number): number {
    const centred =
      this.scatterProduct - 2 * perWeight * this.scatterBoth + perWeight * perWeight * this.scatterWeight;
    const offset = this.meanProduct - perRow - perWeight * this.meanWeight;
    return Math.max(0, centred) + this.independentRows * offset * offset;
  }

  private addIndependent(weight: number, product: number): void {
    this.independentRows++;
    const weightStep = weight - this.meanWeight;
    const productStep = product - this.meanProduct;
    this.meanWeight += weightStep / this.independentRows;
    this.meanProduct += productStep / this.independentRows;
    this.scatterWeight += weightStep * (weight - this.meanWeight);
    this.scatterProduct += productStep * (product - this.meanProduct);
    this.scatterBoth += weightStep * (product - this.meanProduct);
  }

  private addClustered(weight: number, product: number, clusterId: string): void {
    this.clusters ??= {
      rows: new Float64Array(CLUSTER_BUCKETS),
      weights: new Float64Array(CLUSTER_BUCKETS),
      products: new Float64Array(CLUSTER_BUCKETS),
    };
    const bucket = hashString(clusterId) % CLUSTER_BUCKETS;
    this.clusters.rows[bucket]! += 1;
    this.clusters.weights[bucket]! += weight;
    this.clusters.products[bucket]! += product;
  }
}
