import { AppError, shown } from '../../core/errors.js';
import type { Estimate, Estimator, EstimatorName } from './estimator.js';
import { bootstrapSettings, type BootstrapOptions } from './intervals/bootstrap.js';
import { gaussianQuantile, type IntervalMethod } from './intervals/interval.js';
import { createTrackers } from './intervals/trackers.js';
import { badOutcome, checkOutcome, type LoggedOutcome } from './logged-outcome.js';
import type { OverlapLimits } from './overlap.js';
import { Strata } from './strata.js';
import { MOST_ARMS } from './weight-ledger.js';

export interface EstimatorOptions {
  /** two-sided coverage of the intervals, in (0, 1); default 0.95 */
  readonly confidence?: number;
  readonly limits?: OverlapLimits;
  /** intervals beside the Gaussian one; default none. A method that the estimator has not is refused */
  readonly intervals?: readonly IntervalMethod[];
  readonly bootstrap?: BootstrapOptions;
  /** W, finite, > 0: no weight is larger, known before the log is read; a row above it is refused. Default: not known */
  readonly weightBound?: number;
  /** every position by itself, then V̂ = Σ_p (n_p/n)·V̂_p, members counted across positions; default false: positions are ignored */
  readonly byPosition?: boolean;
  /** positions held at most, ≥ 1; default 64 */
  readonly maxPositions?: number;
  /** arms are numbered below this, ≥ 1; default 65,536 */
  readonly maxArms?: number;
}

/** A value computed from means x̄, and how it answers to them: its error is about Σ_j c_j·(x̄_j − E x_j). */
export interface Solution {
  readonly value: number;
  /** c, shape (m) */
  readonly coefficients: readonly number[];
}

/** What makes one estimator: m numbers per row, and a value computed from their means. */
export interface RowSpec {
  readonly name: EstimatorName;
  /** m, ≥ 1 */
  readonly columns: number;
  /** the weight by which overlap is judged, ≥ 0. @throws AppError when the row lacks what it needs */
  readonly weigh: (outcome: LoggedOutcome) => number;
  /** @param columns shape (m), written. @throws AppError when the row lacks what it needs */
  readonly write: (outcome: LoggedOutcome, weight: number, columns: Float64Array) => void;
  readonly solve: (means: Float64Array) => Solution;
  /** how much of a weight enters the value, ≤ w; default w. The rest is left to a model, or to nothing: a bias that no interval shows */
  readonly believe?: (weight: number) => number;
  readonly methods: RowMethods;
}

/** Which intervals there are beside Gaussian and bootstrap, and what they need to know. */
export interface RowMethods {
  /** Clopper–Pearson: what counts as trials */
  readonly counts?: 'rows' | 'weights';
  /** empirical Bernstein: where column 0, the row's score, lies for weights ≤ W */
  readonly range?: (largestWeight: number) => readonly [least: number, most: number];
  /** the estimator itself keeps its weights below this */
  readonly ownBound?: number;
  /** anytime-valid: IPW pseudo-outcomes, or DR ones, which need `weightBound` */
  readonly pseudoOutcomes?: 'ipw' | 'dr';
}

/**
 * The estimator of a spec: streaming moments, the Gaussian interval by the delta method, the intervals asked for, overlap.
 *
 * @throws AppError `bandit/bad-setting`
 */
export function rowEstimator(spec: RowSpec, options: EstimatorOptions): Estimator {
  const settings = readSettings(options);
  const trackers = createTrackers(spec, options.intervals ?? [], settings);
  const strata = new Strata(spec, settings);
  const columns = new Float64Array(spec.columns);
  const bounded = trackers.some(({ method }) => method !== 'bootstrap' && method !== 'clopper-pearson');
  return {
    name: spec.name,
    add(outcome) {
      checkOutcome(outcome);
      if (bounded) checkUnitInterval(outcome);
      const stratum = strata.at(outcome);
      const weight = checkWeight(spec.weigh(outcome), settings.weightBound);
      spec.write(outcome, weight, columns);
      strata.add(stratum, { outcome, weight, columns });
      for (const tracker of trackers) tracker.add({ outcome, weight, columns, stratum });
    },
    estimate(): Estimate {
      if (strata.n === 0) throw new AppError('evaluation/empty', '0 rows were added; expected at least 1');
      return strata.estimate(trackers.map((tracker) => tracker.read()));
    },
  };
}

/** Options after their check, defaults filled in. */
export interface EstimatorSettings {
  readonly confidence: number;
  /** of the Gaussian interval */
  readonly z: number;
  readonly limits: OverlapLimits;
  readonly bootstrap: Required<BootstrapOptions>;
  readonly weightBound: number | undefined;
  readonly byPosition: boolean;
  readonly maxPositions: number;
  readonly maxArms: number;
}

/** @throws AppError `bandit/bad-setting` */
export function readSettings(options: EstimatorOptions): EstimatorSettings {
  const { confidence = 0.95, weightBound, maxPositions = 64, maxArms = MOST_ARMS } = options;
  if (weightBound !== undefined) checkPositive('weightBound', weightBound);
  return {
    confidence,
    z: gaussianQuantile(confidence),
    limits: options.limits ?? {},
    bootstrap: bootstrapSettings(options.bootstrap ?? {}),
    weightBound,
    byPosition: options.byPosition ?? false,
    maxPositions: checkCount('maxPositions', maxPositions),
    maxArms: checkCount('maxArms', maxArms),
  };
}

/** @throws AppError `bandit/bad-setting` unless the value is finite and > 0 */
export function checkPositive(name: string, value: number): number {
  if (value > 0 && value < Infinity) return value;
  throw new AppError('bandit/bad-setting', `${name} ${shown(value)}; expected a finite number > 0`);
}

/** @throws AppError `bandit/bad-setting` unless the value is an integer ≥ 1 */
export function checkCount(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new AppError('bandit/bad-setting', `${name} ${shown(value)}; expected an integer ≥ 1`);
}

/** w = π/π_b of the logged arm. */
export function importanceWeight(outcome: LoggedOutcome): number {
  return outcome.targetPropensity / outcome.loggingPropensity;
}

/** The mean of column 0. */
export function solveMean(means: Float64Array): Solution {
  return { value: means[0]!, coefficients: [1] };
}

/** Column 1 over column 0, Σy/Σw: NaN when Σw = 0. */
export function solveRatio(means: Float64Array): Solution {
  const value = means[1]! / means[0]!;
  return { value, coefficients: [-value / means[0]!, 1 / means[0]!] };
}

/** Sums of squared weights must neither overflow nor lose every digit: a larger weight is refused, a smaller one counts as 0. */
const SMALLEST_SQUARE = 1e-300;

/** @throws AppError `evaluation/bad-propensity` */
export function checkWeight(weight: number, bound: number | undefined): number {
  if (!Number.isFinite(weight * weight)) {
    throw new AppError(
      'evaluation/bad-propensity',
      `weight ${shown(weight)}; expected one whose square is finite`,
    );
  }
  // A weight equal to its bound may come out a hair above it.
  if (bound !== undefined && weight > bound * (1 + 1e-9)) {
    throw new AppError(
      'evaluation/bad-propensity',
      `weight ${shown(weight)}; expected at most weightBound ${bound}`,
    );
  }
  return weight * weight < SMALLEST_SQUARE ? 0 : weight;
}

function checkUnitInterval({ reward, estimatedRewards }: LoggedOutcome): void {
  if (!(reward >= 0 && reward <= 1)) {
    throw new AppError(
      'bandit/bad-reward',
      `reward ${shown(reward)}; expected a number in [0, 1] for this interval`,
    );
  }
  for (let a = 0; a < (estimatedRewards?.length ?? 0); a++) {
    const estimate = estimatedRewards![a]!;
    if (!(estimate >= 0 && estimate <= 1)) {
      throw badOutcome(`estimated reward ${shown(estimate)}; expected a number in [0, 1] for this interval`);
    }
  }
}
