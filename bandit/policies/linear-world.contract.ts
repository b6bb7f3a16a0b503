/** What the tests of linear policies are made of. (A `.contract.ts` file: shared by tests, left out of the build.) */
import fc from 'fast-check';
import { ArmStatistics } from '../arm-statistics.js';
import type { Model, Policy, Prior, SlateScores } from '../policy.js';

export interface Observation {
  readonly x: number[];
  readonly reward: number;
  readonly weight: number;
}

/** A context of float32 entries, so that what is learned from is what the oracle is given. */
export const contextOf = (dimension: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround), {
    minLength: dimension,
    maxLength: dimension,
  });

export const observationOf = (dimension: number): fc.Arbitrary<Observation> =>
  fc.record({
    x: contextOf(dimension),
    reward: fc.double({ min: 0, max: 1, noNaN: true }),
    weight: fc.double({ min: 0.1, max: 2, noNaN: true }),
  });

export function learn(target: ArmStatistics, row: number, observations: readonly Observation[]): void {
  for (const { x, weight } of observations) target.addTrial(row, Float32Array.from(x), 0, weight, 0);
  for (const { x, reward, weight } of observations)
    target.addReward(row, Float32Array.from(x), 0, reward, weight, 0);
}

export function learnedFrom(dimension: number, perRow: readonly (readonly Observation[])[]): ArmStatistics {
  const statistics = new ArmStatistics({ dimension });
  perRow.forEach((observations, row) => {
    learn(statistics, row, observations);
  });
  return statistics;
}

export function priorOf(mean: readonly number[]): Prior {
  return { mean: Float64Array.from(mean), meanReward: 0.1 };
}

/** Scores of a slate by a model fitted from scratch. */
export function scoresOf<M extends Model>(
  policy: Policy<M>,
  statistics: ArmStatistics,
  prior: Prior,
  rows: readonly number[],
  contexts: readonly (readonly number[])[],
): SlateScores {
  const model = policy.emptyModel();
  policy.apply(model, policy.fit(statistics, prior));
  const size = rows.length;
  const scores = {
    means: new Float64Array(size),
    deviations: new Float64Array(size),
    propensities: new Float64Array(size),
  };
  policy.score(
    model,
    { size, rows: Int32Array.from(rows), contexts: Float32Array.from(contexts.flat()) },
    scores,
  );
  return scores;
}

/**
 * Row a has been tried `trials[a]` times in a context of zeros: n is known, θ is still μ, λI + S still λI. So means and deviations
 * are what a test's contexts and prior say.
 */
export function triedInNothing(dimension: number, trials: readonly number[]): ArmStatistics {
  const statistics = new ArmStatistics({ dimension });
  trials.forEach((n, row) => {
    if (n > 0) statistics.addTrial(row, new Float32Array(dimension), 0, n, 0);
  });
  return statistics;
}
