import {
  dm,
  dr,
  drGiven,
  dros,
  ipw,
  replay,
  sndr,
  snipw,
  switchDr,
  type Estimate,
  type Estimator,
  type EstimatorOptions,
  type LoggedOutcome,
} from '../../bandit/evaluation/index.js';
import type { PolicyName } from '../../bandit/policy.js';
import { AppError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { Candidate } from './candidate.js';
import type { LoggedRow } from './logged-row.js';

/** An estimator's answer, or why it refused the log. */
export type ReplayEstimate = Estimate | { readonly refused: string };

/** Every estimate of one policy, in the order they are printed. */
export const ESTIMATES = {
  replay: 'replay',
  ipw: 'ipw',
  snipw: 'snipw',
  dm: 'dm',
  dr: 'dr',
  drProgressive: 'dr, progressive',
  sndr: 'sndr',
  switchDr: 'switch-dr',
  dros: 'dros',
} as const;

export type EstimateKey = keyof typeof ESTIMATES;

export type PolicyReport = { readonly policy: PolicyName } & Readonly<Record<EstimateKey, ReplayEstimate>>;

export interface ScoringOptions {
  readonly confidence: number;
  /** bootstrap replicates, 20 … 10,000; 0: none */
  readonly replicates: number;
  /** of the replay estimator's draws and the bootstrap */
  readonly rng: Rng;
}

/** A candidate and what its estimators have seen; one that refuses the log is kept as its reason. */
export class ScoredCandidate {
  private readonly estimators: Readonly<Record<EstimateKey, Estimator>>;
  private readonly refusals = new Map<EstimateKey, string>();

  constructor(
    private readonly candidate: Candidate,
    options: ScoringOptions,
  ) {
    this.estimators = createEstimators(options);
  }

  /** @param logged what the log says of the row; shape (K) vectors are read at once */
  take(row: LoggedRow, logged: LoggedOutcome): void {
    const probabilities = this.candidate.propensities(row.slate).subarray(0, row.slate.size);
    const outcome = {
      ...logged,
      // A sum of rounded probabilities may end a hair above 1.
      targetPropensity: Math.min(1, probabilities[row.chosen]!),
      targetProbabilities: probabilities.map((p) => Math.min(1, p)),
    };
    for (const key of keysOf(ESTIMATES)) {
      if (!this.refusals.has(key)) this.add(key, outcome);
    }
    this.candidate.learn(row.slate, row.chosen, row.reward, row.atMs);
  }

  report(): PolicyReport {
    const estimates = keysOf(ESTIMATES).map((key): [EstimateKey, ReplayEstimate] => {
      const refused = this.refusals.get(key);
      return [key, refused === undefined ? this.estimators[key].estimate() : { refused }];
    });
    return {
      policy: this.candidate.name,
      ...(Object.fromEntries(estimates) as Record<EstimateKey, ReplayEstimate>),
    };
  }

  private add(key: EstimateKey, outcome: LoggedOutcome): void {
    try {
      this.estimators[key].add(outcome);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'evaluation/not-uniform') throw error;
      this.refusals.set(key, error.message);
    }
  }
}

function createEstimators({
  confidence,
  replicates,
  rng,
}: ScoringOptions): Readonly<Record<EstimateKey, Estimator>> {
  const plain = { confidence };
  // Replicates cost more than everything else together: only where the Gaussian interval is most in doubt.
  const resampled: EstimatorOptions =
    replicates === 0
      ? plain
      : {
          ...plain,
          intervals: ['bootstrap'],
          bootstrap: { replicates, seed: rng.fork('bootstrap').below(2 ** 31) },
        };
  const bootstrap = resampled.intervals ?? [];
  return {
    replay: replay(rng, { ...plain, intervals: ['clopper-pearson'] }),
    ipw: ipw({
      ...resampled,
      intervals: ['clopper-pearson', 'empirical-bernstein', ...bootstrap, 'anytime-valid'],
    }),
    snipw: snipw(resampled),
    dm: dm(plain),
    dr: dr(resampled),
    drProgressive: drGiven(plain),
    sndr: sndr(plain),
    switchDr: switchDr(plain),
    dros: dros(plain),
  };
}

export function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[];
}
