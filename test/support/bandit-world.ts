import type { LoggedOutcome } from '../../bandit/evaluation/index.js';
import type { Rng } from '../../core/rng.js';

/** A world whose truth is known: two contexts, four arms in two categories, binary rewards. */
const MEANS = [
  [0.1, 0.2, 0.4, 0.5],
  [0.6, 0.3, 0.1, 0.2],
] as const;
const TARGET = [
  [0.1, 0.1, 0.4, 0.4],
  [0.4, 0.3, 0.2, 0.1],
] as const;
const LOGGING = {
  uniform: [
    [0.25, 0.25, 0.25, 0.25],
    [0.25, 0.25, 0.25, 0.25],
  ],
  skewed: [
    [0.4, 0.3, 0.2, 0.1],
    [0.1, 0.2, 0.3, 0.4],
  ],
} as const;

export type LoggingName = keyof typeof LOGGING;

/** V(π) = ½ Σ_x Σ_a π(a | x)·E[r | x, a], by hand: ½·(0.39 + 0.37) = 0.38. */
export const TRUE_VALUE =
  0.5 * MEANS.flatMap((means, x) => means.map((mean, a) => mean * TARGET[x]![a]!)).reduce((a, b) => a + b, 0);

export interface WorldOptions {
  readonly logging: LoggingName;
  readonly rows: number;
  /** q̂: the truth, or 0.3 whatever is asked; default truth */
  readonly model?: 'perfect' | 'blind';
}

/** A log of that world with everything an estimator can ask for; the position is the context. */
export function worldLog(rng: Rng, options: WorldOptions): Required<Omit<LoggedOutcome, 'clusterId'>>[] {
  const { logging, rows, model = 'perfect' } = options;
  return Array.from({ length: rows }, () => {
    const x = rng.below(2);
    const policy = LOGGING[logging][x]!;
    const chosen = drawn(rng, policy);
    return {
      reward: rng.uniform() < MEANS[x]![chosen]! ? 1 : 0,
      loggingPropensity: policy[chosen]!,
      targetPropensity: TARGET[x]![chosen]!,
      offeredArms: 4,
      position: x,
      chosen,
      arms: [0, 1, 2, 3],
      targetProbabilities: TARGET[x]!,
      loggingProbabilities: policy,
      estimatedRewards: model === 'perfect' ? MEANS[x]! : [0.3, 0.3, 0.3, 0.3],
      categories: [0, 1, 2, 3],
    };
  });
}

function drawn(rng: Rng, probabilities: readonly number[]): number {
  let arm = 0;
  for (let u = rng.uniform() - probabilities[0]!; u > 0 && arm < 3; u -= probabilities[arm]!) arm++;
  return arm;
}
