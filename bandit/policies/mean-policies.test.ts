import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epsilonGreedy, type EpsilonGreedyOptions } from './epsilon-greedy.js';
import { createPolicy } from './index.js';
import { learnedFrom, observationOf, priorOf, scoresOf, triedInNothing } from './linear-world.contract.js';
import { softmax, type SoftmaxOptions } from './softmax.js';
import { squareCbPolicy, type SquareCbOptions } from './squarecb.js';

/** With d = 1 and μ = 1 an artwork tried in nothing is predicted to earn its context: means are what the test says. */
const ONE = priorOf([1]);

function propensitiesOf(
  policy: ReturnType<typeof softmax>,
  means: readonly number[],
  trials: readonly number[] = [],
): number[] {
  const rows = means.map((_, row) => row);
  const contexts = means.map((mean) => [mean]);
  const scores = scoresOf(policy, triedInNothing(1, trials), ONE, rows, contexts);
  expect([...scores.deviations]).toEqual(means.map(() => 0));
  return [...scores.propensities];
}

function expectAll(actual: readonly number[], expected: readonly number[], digits = 12): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((p, a) => {
    expect(actual[a]).toBeCloseTo(p, digits);
  });
}

describe('epsilon-greedy', () => {
  const greedy = (options: Omit<EpsilonGreedyOptions, 'dimension'>, means: number[], trials?: number[]) =>
    propensitiesOf(epsilonGreedy({ dimension: 1, ...options }), means, trials);

  it('is 1 − ε + ε/K for the best and ε/K for each other (by hand)', () => {
    expectAll(greedy({ epsilon: 0.2, floor: 0 }, [0.25, 0.5, 0.125, 0]), [0.05, 0.85, 0.05, 0.05]);
    expectAll(greedy({ epsilon: 0, floor: 0 }, [0.25, 0.5]), [0, 1]);
    expectAll(greedy({ epsilon: 1, floor: 0 }, [0.25, 0.5]), [0.5, 0.5]);
  });

  it('decays as (1 + n)^(−ρ) with the trials of its own slate, down to the floor', () => {
    // n = 1 + 2: ε = 0.8·4^(−½) = 0.4; n = 63: 0.8·64^(−½) = 0.1; n = 2⁴⁰ − 1: the floor.
    expectAll(greedy({ epsilon: 0.8, decay: 0.5, floor: 0.02 }, [0.5, 0.25], [1, 2]), [0.8, 0.2], 7);
    expectAll(greedy({ epsilon: 0.8, decay: 0.5, floor: 0.02 }, [0.5, 0.25], [63]), [0.95, 0.05], 7);
    expectAll(greedy({ epsilon: 0.8, decay: 0.5, floor: 0.02 }, [0.5, 0.25], [2 ** 40]), [0.99, 0.01]);
    // A third artwork that is not on offer adds nothing to n.
    expectAll(greedy({ epsilon: 0.8, decay: 0.5, floor: 0.02 }, [0.5, 0.25], [1, 2, 1000]), [0.8, 0.2], 7);
  });

  it('lets ties share evenly: before anything is learned it is uniform', () => {
    expectAll(greedy({ epsilon: 0.2, floor: 0 }, [0.5, 0.5, 0.25, 0.25]), [0.45, 0.45, 0.05, 0.05]);
    expectAll(greedy({ epsilon: 0, floor: 0 }, [0, 0, 0, 0]), [0.25, 0.25, 0.25, 0.25]);
  });
});

describe('softmax', () => {
  const boltzmann = (options: Omit<SoftmaxOptions, 'dimension'>, means: number[], trials?: number[]) =>
    propensitiesOf(softmax({ dimension: 1, ...options }), means, trials);

  it('is the logistic function of the gap for two artworks', () => {
    // A gap of 2τ: logistic(2) = 0.8807970779778823 (Abramowitz & Stegun's tanh 1 = 0.7615941559557649, halved and moved)
    expectAll(boltzmann({ temperature: 0.125, floor: 0 }, [0.5, 0.25]), [
      (1 + 0.7615941559557649) / 2,
      (1 - 0.7615941559557649) / 2,
    ]);
  });

  it('cools as (1 + n)^(−ρ): n = 3 and ρ = ½ halve the temperature', () => {
    expectAll(
      boltzmann({ temperature: 0.25, decay: 0.5, floor: 0 }, [0.5, 0.25], [3]),
      boltzmann({ temperature: 0.125, floor: 0 }, [0.5, 0.25]),
    );
  });

  it('has odds that depend on the gap alone, whatever else is offered (Luce’s axiom)', () => {
    const gap = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
    fc.assert(
      fc.property(fc.array(gap, { minLength: 2, maxLength: 20 }), (means) => {
        const p = boltzmann({ temperature: 0.3, floor: 0 }, means);
        for (let a = 1; a < means.length; a++)
          expect(Math.log(p[a]! / p[0]!)).toBeCloseTo((means[a]! - means[0]!) / 0.3, 8);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('stays finite when gaps are thousands of temperatures, and is greedy then', () => {
    expectAll(boltzmann({ temperature: 1e-9, floor: 0 }, [1, 1, -1]), [0.5, 0.5, 0]);
    expectAll(boltzmann({ temperature: Number.MIN_VALUE, floor: 0.3 }, [1, 0, -1e30]), [0.8, 0.1, 0.1]);
    expectAll(boltzmann({ temperature: 1e300, floor: 0 }, [1, 0]), [0.5, 0.5]);
  });
});

describe('squarecb', () => {
  const inverseGap = (options: Omit<SquareCbOptions, 'dimension'>, means: number[], trials?: number[]) =>
    propensitiesOf(squareCbPolicy({ dimension: 1, ...options }), means, trials);

  it('is 1/(K + γ·gap) for all but the best (Foster & Rakhlin 2020, alg. 1, by hand)', () => {
    // γ = 8, gap ¼: 1/(2 + 2) = ¼. Three arms: 1/(3 + 1), 1/(3 + 2), the rest.
    expectAll(inverseGap({ gamma: 8, growth: 0, floor: 0 }, [0.5, 0.25]), [0.75, 0.25]);
    expectAll(inverseGap({ gamma: 8, growth: 0, floor: 0 }, [0.375, 0.5, 0.25]), [0.25, 0.55, 0.2]);
    // Floor 0.2 over K = 2: 0.8·p + 0.1
    expectAll(inverseGap({ gamma: 8, growth: 0, floor: 0.2 }, [0.5, 0.25]), [0.7, 0.3]);
  });

  it('sharpens as γ₀·n^ρ with the trials of its own slate; n = 0 is uniform', () => {
    // γ₀ = 4, n = 1 + 3, ρ = ½: γ = 8
    expectAll(inverseGap({ gamma: 4, growth: 0.5, floor: 0 }, [0.5, 0.25], [1, 3]), [0.75, 0.25]);
    expectAll(inverseGap({ gamma: 4, growth: 0.5, floor: 0 }, [0.5, 0.25], [1, 3, 999]), [0.75, 0.25]);
    expectAll(inverseGap({ gamma: 4, growth: 0.5, floor: 0 }, [0.5, 0.25]), [0.5, 0.5]);
  });

  it('ties: the first best wins, its equals get 1/K', () => {
    expectAll(inverseGap({ gamma: 8, growth: 0, floor: 0 }, [0, 0.5, 0.5]), [
      1 / 7,
      1 - 1 / 7 - 1 / 3,
      1 / 3,
    ]);
  });

  it('names γ when the schedule leaves the numbers', () => {
    expect(() => inverseGap({ gamma: 1e300, growth: 1 }, [0.5, 0.25], [1e30])).toThrow(
      expect.objectContaining({ code: 'bandit/bad-gamma' }),
    );
  });
});

describe('policies by means alone', () => {
  it.each(['epsilon-greedy', 'softmax', 'squarecb'])(
    '%s holds 136 bytes per artwork at d = 32, and sends as many',
    (name) => {
      const policy = createPolicy(name, {}, 32);
      const statistics = triedInNothing(32, Array<number>(640).fill(1));
      const bytes = policy.fit(statistics, priorOf(Array<number>(32).fill(0)));
      // Header 16, prior 8·33, and a row: its number, θ, n.
      expect(bytes.length).toBe(16 + 8 * 33 + 640 * (4 + 4 * 32 + 4));
      const model = policy.emptyModel();
      policy.apply(model, bytes);
      expect(model.rows).toBe(640);
      // 640 slots fill ten blocks; row numbers grow by half: at most 1.5 entries of 4 bytes each.
      expect(model.byteLength).toBeLessThanOrEqual(640 * (4 * 33 + 6) + 8 * 32);
    },
  );

  it('refuse a negative n: a schedule would make NaN of it', () => {
    const policy = squareCbPolicy({ dimension: 1 });
    const bytes = policy.fit(triedInNothing(1, [2]), ONE, Int32Array.of(0));
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, -2, true);
    const model = policy.emptyModel();
    expect(() => {
      policy.apply(model, bytes);
    }).toThrow('row 0 has n = -2; expected n ≥ 0');
    expect(model.rows).toBe(0);
  });

  it('know n from the fitted bytes: a delta moves the schedule as the whole would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(observationOf(1), { minLength: 1, maxLength: 9 }), { minLength: 2, maxLength: 5 }),
        (observed) => {
          const statistics = learnedFrom(1, observed);
          const n = observed.flat().reduce((sum, o) => sum + o.weight, 0);
          const model = softmax({ dimension: 1 }).emptyModel();
          const policy = softmax({ dimension: 1 });
          observed.forEach((_, row) => {
            policy.apply(model, policy.fit(statistics, ONE, Int32Array.of(row)));
          });
          const sum = observed.reduce((total, _, row) => total + model.trials(row), 0);
          expect(sum).toBeCloseTo(n, 4);
          expect(model.trials(99)).toBe(0);
        },
      ),
      { seed: 2, numRuns: 30 },
    );
  });
});
