import { AppError } from '../../../core/errors.js';
import type { EstimatorSettings, RowSpec } from '../row-estimator.js';
import { anytimeValidTracker, type PseudoOutcomes } from './anytime-valid.js';
import { bootstrapTracker } from './bootstrap.js';
import { clopperPearsonTracker } from './clopper-pearson.js';
import { empiricalBernsteinTracker } from './empirical-bernstein.js';
import type { IntervalMethod, IntervalTracker } from './interval.js';

/** @throws AppError `bandit/bad-setting` for a method that the estimator has not, or that lacks a setting */
export function createTrackers(
  spec: RowSpec,
  methods: readonly IntervalMethod[],
  settings: EstimatorSettings,
): readonly IntervalTracker[] {
  return [...new Set(methods)].map((method) => createTracker(spec, method, settings));
}

function createTracker(spec: RowSpec, method: IntervalMethod, settings: EstimatorSettings): IntervalTracker {
  const { confidence, weightBound } = settings;
  const { counts, range, ownBound, pseudoOutcomes } = spec.methods;
  switch (method) {
    case 'bootstrap':
      return bootstrapTracker(spec.columns, spec.solve, settings.bootstrap, confidence);
    case 'clopper-pearson':
      if (counts === undefined) throw unavailable(spec, method);
      return clopperPearsonTracker(counts, confidence);
    case 'empirical-bernstein': {
      if (range === undefined) throw unavailable(spec, method);
      const known = Math.min(weightBound ?? Infinity, ownBound ?? Infinity);
      return empiricalBernsteinTracker(
        { of: range, knownBound: known === Infinity ? undefined : known },
        confidence,
      );
    }
    case 'anytime-valid':
      if (pseudoOutcomes === undefined) throw unavailable(spec, method);
      return anytimeValidTracker(pseudoOutcomesOf(pseudoOutcomes, weightBound), confidence);
  }
}

function pseudoOutcomesOf(kind: 'ipw' | 'dr', weightBound: number | undefined): PseudoOutcomes {
  if (kind === 'ipw') {
    return {
      lower: ({ columns }) => columns[0]!,
      upper: ({ weight, columns }) => weight - columns[0]!,
      floor: 0,
    };
  }
  if (weightBound === undefined) {
    throw new AppError(
      'bandit/bad-setting',
      'an anytime-valid interval of dr without weightBound; expected the largest weight there can be',
    );
  }
  return { lower: ({ columns }) => columns[0]!, upper: ({ columns }) => 1 - columns[0]!, floor: weightBound };
}

function unavailable(spec: RowSpec, method: IntervalMethod): AppError {
  return new AppError(
    'bandit/bad-setting',
    `interval ${method} for ${spec.name}; expected one that this estimator has`,
  );
}
