import { AppError } from '../../core/errors.js';
import type { Estimate, PositionEstimate } from './estimator.js';
import type { Interval } from './intervals/interval.js';
import { badOutcome, type LoggedOutcome } from './logged-outcome.js';
import { judgeOverlap, type OverlapLimits } from './overlap.js';
import type { EstimatorSettings, RowSpec } from './row-estimator.js';
import { GroupScores, RowMoments } from './row-moments.js';
import { WeightLedger } from './weight-ledger.js';

interface Stratum {
  readonly position: number;
  readonly moments: RowMoments;
  readonly weights: WeightLedger;
}

/**
 * The rows of an estimator, all together or by position.
 *
 *   V̂ = Σ_p (n_p/n)·V̂_p,   Var V̂ = (1/n²)·G/(G − 1)·Σ_g ( Σ_{i∈g} c_p(i)·(x_i − x̄_p(i)) )²
 *
 * with one group g per row that stands alone and per bucket of members, whose rows at several positions count together. For a mean the pooled
 * value is the mean of all rows; a ratio (SNIPW, replay, SNDR) is normalised within each position.
 */
export class Strata {
  private readonly strata: Stratum[] = [];
  private readonly indexOf = new Map<number, number>();
  private readonly pooled: WeightLedger;

  constructor(
    private readonly spec: RowSpec,
    private readonly settings: EstimatorSettings,
  ) {
    this.pooled = new WeightLedger(settings.maxArms);
  }

  get n(): number {
    return this.pooled.n;
  }

  /**
   * The stratum that a row belongs to; asking changes nothing.
   *
   * @throws AppError `evaluation/too-many` | `evaluation/bad-outcome`
   */
  at(outcome: LoggedOutcome): number {
    this.pooled.check(outcome);
    if (!this.settings.byPosition) return 0;
    const { position } = outcome;
    if (position === undefined)
      throw badOutcome('a row without position; expected one in every row with byPosition');
    const index = this.indexOf.get(position) ?? this.strata.length;
    if (index < this.settings.maxPositions) return index;
    throw new AppError(
      'evaluation/too-many',
      `position ${position} would be number ${index + 1}; expected at most ${this.settings.maxPositions} positions (maxPositions)`,
    );
  }

  add(
    index: number,
    row: { readonly outcome: LoggedOutcome; readonly weight: number; readonly columns: Float64Array },
  ): void {
    const { outcome, weight, columns } = row;
    const believed = this.spec.believe?.(weight);
    this.pooled.add(weight, outcome, believed);
    const stratum = this.strata[index] ?? this.open(outcome.position ?? 0);
    stratum.moments.add(columns, outcome.clusterId);
    if (stratum.weights !== this.pooled) stratum.weights.add(weight, outcome, believed);
  }

  estimate(intervals: readonly Interval[]): Estimate {
    const scores = new GroupScores();
    let value = 0;
    for (const { moments } of this.strata) {
      const solution = this.spec.solve(moments.means());
      value += (moments.n / this.n) * solution.value;
      moments.addScores(solution.coefficients, scores);
    }
    const estimate = { ...this.summarise(value, scores, this.pooled, this.neverLoggedMass()), intervals };
    return this.settings.byPosition ? { ...estimate, positions: this.positions() } : estimate;
  }

  private positions(): PositionEstimate[] {
    return [...this.strata]
      .sort((a, b) => a.position - b.position)
      .map(({ position, moments, weights }) => {
        const solution = this.spec.solve(moments.means());
        const scores = new GroupScores();
        moments.addScores(solution.coefficients, scores);
        return { position, ...this.summarise(solution.value, scores, weights) };
      });
  }

  private summarise(
    value: number,
    scores: GroupScores,
    weights: WeightLedger,
    neverLoggedMass = weights.neverLoggedMass,
  ): Omit<Estimate, 'intervals' | 'positions'> {
    const point = { value, standardError: Math.sqrt(scores.variance()) / weights.n };
    return summarise(point, { ...this.settings, neverLoggedMass }, weights);
  }

  /** Over positions: Σ_p (n_p/n)·mass_p, of those that know it. */
  private neverLoggedMass(): number {
    const known = this.strata.filter(({ weights }) => !Number.isNaN(weights.neverLoggedMass));
    const rows = known.reduce((sum, { weights }) => sum + weights.n, 0);
    return known.reduce(
      (sum, { weights }) => sum + (weights.n / rows) * weights.neverLoggedMass,
      rows > 0 ? 0 : NaN,
    );
  }

  private open(position: number): Stratum {
    const stratum = {
      position,
      moments: new RowMoments(this.spec.columns),
      weights: this.settings.byPosition ? new WeightLedger(this.settings.maxArms) : this.pooled,
    };
    this.indexOf.set(position, this.strata.length);
    this.strata.push(stratum);
    return stratum;
  }
}

/** Puts value ± z·standardError and the state of the weights into one answer. */
export function summarise(
  point: { readonly value: number; readonly standardError: number },
  settings: { readonly z: number; readonly limits: OverlapLimits; readonly neverLoggedMass?: number },
  weights: WeightLedger,
): Omit<Estimate, 'intervals' | 'positions'> {
  const margin = settings.z * point.standardError;
  const neverLoggedMass = settings.neverLoggedMass ?? weights.neverLoggedMass;
  return {
    value: point.value,
    low: point.value - margin,
    high: point.value + margin,
    effectiveSampleSize: weights.effectiveSampleSize,
    maxWeight: weights.maxWeight,
    meanWeight: weights.meanWeight,
    neverLoggedMass,
    n: weights.n,
    ...judgeOverlap(weights, settings.limits, neverLoggedMass),
  };
}
