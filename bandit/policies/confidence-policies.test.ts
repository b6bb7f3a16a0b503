import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchRidge } from '../oracles.contract.js';
import {
  contextOf,
  learnedFrom,
  observationOf,
  priorOf,
  scoresOf,
  triedInNothing,
  type Observation,
} from './linear-world.contract.js';
import { linUcb, type LinUcbOptions } from './linucb.js';
import { regCb, type RegCbOptions } from './regcb.js';

const D = 4;
const arms = fc.array(fc.array(observationOf(D), { maxLength: 10 }), { minLength: 2, maxLength: 6 });
const contexts = fc.array(contextOf(D), { minLength: 6, maxLength: 6 });

/** Posterior mean and deviation by mathjs, and n. */
function posterior(
  observed: readonly Observation[],
  x: readonly number[],
  lambda: number,
  noise: number,
  mean: readonly number[],
) {
  const { theta, inverse } = batchRidge(
    observed.map((o) => o.x),
    observed.map((o) => o.reward),
    observed.map((o) => o.weight),
    lambda,
    mean,
  );
  const quadratic = x.reduce(
    (sum, xi, i) => sum + x.reduce((inner, xj, j) => inner + xi * inverse[i]![j]! * xj, 0),
    0,
  );
  return {
    mean: x.reduce((sum, xi, i) => sum + xi * theta[i]!, 0),
    deviation: noise * Math.sqrt(quadratic),
    trials: observed.reduce((sum, o) => sum + o.weight, 0),
  };
}

/** Highest minus second highest: a decision closer than float32 can tell proves nothing either way. */
function lead(values: readonly number[]): number {
  const [first, second] = values.toSorted((a, b) => b - a);
  return first! - second!;
}

describe('linucb', () => {
  it.each([
    ['as in the paper: λ = 1, σ = 1, α constant', { lambda: 1, noise: 1, alpha: 1.5, growth: 0 }],
    ['with the rate of the regret bound', { lambda: 5, noise: 0.3, alpha: 1, growth: 0.5 }],
    ['fading', { lambda: 2, noise: 0.3, alpha: 2, growth: -1 }],
  ])('takes the arm of the highest mean + α_n·deviation, %s (oracle: mathjs)', (_, settings) => {
    fc.assert(
      fc.property(arms, contexts, contextOf(D), (observed, xs, mean) => {
        const policy = linUcb({ dimension: D, floor: 0.1, ...settings });
        const rows = observed.map((_observed, row) => row);
        const x = xs.slice(0, rows.length);
        const { propensities } = scoresOf(policy, learnedFrom(D, observed), priorOf(mean), rows, x);
        const each = rows.map((row) =>
          posterior(observed[row]!, x[row]!, settings.lambda, settings.noise, mean),
        );
        const n = each.reduce((sum, { trials }) => sum + trials, 0);
        const alpha = settings.alpha * Math.pow(1 + Math.log(1 + n), settings.growth);
        const bounds = each.map((p) => p.mean + alpha * p.deviation);
        fc.pre(lead(bounds) > 1e-4);
        const best = bounds.indexOf(Math.max(...bounds));
        rows.forEach((row) => {
          expect(propensities[row]).toBeCloseTo((row === best ? 0.9 : 0) + 0.1 / rows.length, 12);
        });
      }),
      { seed: 1, numRuns: 80 },
    );
  });

  it('gives the benefit of the doubt: the less known of two equals, and a worse one that may be better (by hand)', () => {
    const shares = (
      options: Omit<LinUcbOptions, 'dimension'>,
      perArm: Observation[][],
      means: number[][],
    ) => [
      ...scoresOf(
        linUcb({ dimension: 2, lambda: 1, noise: 1, floor: 0, ...options }),
        learnedFrom(2, perArm),
        priorOf([1, 0]),
        means.map((__, row) => row),
        means,
      ).propensities,
    ];
    // Three trials of (0, 1) without reward: λ + S = 4 in that direction, so the deviation of (m, 1) is √(m² + ¼) instead of √(m² + 1).
    const known = [{ x: [0, 1], reward: 0, weight: 3 }];
    expect(
      shares(
        { alpha: 1 },
        [known, []],
        [
          [0, 1],
          [0, 1],
        ],
      ),
    ).toEqual([0, 1]);
    // 0.3 + √(0.09 + 0.25) = 0.883 against 0 + 1
    expect(
      shares(
        { alpha: 1 },
        [known, []],
        [
          [0.3, 1],
          [0, 1],
        ],
      ),
    ).toEqual([0, 1]);
    // 0.3 + 0.5·0.583 = 0.592 against 0.5
    expect(
      shares(
        { alpha: 0.5 },
        [known, []],
        [
          [0.3, 1],
          [0, 1],
        ],
      ),
    ).toEqual([1, 0]);
    // α = 0 is greedy; ties share
    expect(
      shares(
        { alpha: 0 },
        [known, [], []],
        [
          [0.25, 1],
          [0.25, 1],
          [0, 1],
        ],
      ),
    ).toEqual([0.5, 0.5, 0]);
  });

  it('refuses bounds that are not finite', () => {
    const policy = linUcb({ dimension: 1, noise: 1e300, alpha: 1e300 });
    expect(() => scoresOf(policy, triedInNothing(1, []), priorOf([1]), [0], [[1]])).toThrow(
      expect.objectContaining({ code: 'bandit/bad-score' }),
    );
  });
});

describe('regcb', () => {
  it('spreads evenly over the arms whose interval reaches the highest lower bound (oracle: mathjs)', () => {
    let eliminated = 0;
    fc.assert(
      fc.property(arms, contexts, contextOf(D), (observed, xs, mean) => {
        const policy = regCb({ dimension: D, lambda: 2, noise: 0.15, confidence: 0.2, floor: 0.1 });
        const rows = observed.map((_observed, row) => row);
        const x = xs.slice(0, rows.length);
        const { propensities } = scoresOf(policy, learnedFrom(D, observed), priorOf(mean), rows, x);
        const each = rows.map((row) => posterior(observed[row]!, x[row]!, 2, 0.15, mean));
        const n = each.reduce((sum, { trials }) => sum + trials, 0);
        const width = Math.sqrt(0.2 * Math.log(rows.length * (1 + n)));
        const lower = Math.max(...each.map((p) => p.mean - width * p.deviation));
        const margins = each.map((p) => p.mean + width * p.deviation - lower);
        fc.pre(margins.every((margin) => Math.abs(margin) > 1e-4));
        const kept = margins.filter((margin) => margin > 0).length;
        eliminated += rows.length - kept;
        rows.forEach((row) => {
          const share = margins[row]! > 0 ? 0.9 / kept : 0;
          expect(propensities[row]).toBeCloseTo(share + 0.1 / rows.length, 12);
        });
      }),
      { seed: 2, numRuns: 80 },
    );
    expect(eliminated).toBeGreaterThan(40);
  });

  /** K = 2 and n = 0: width = √(c·ln 2)·deviation. With c = 1/ln 2, σ = 1, λ = 1 and x = (m, s), μ = (1, 0): m ± √(m² + s²). */
  const byHand = (options: Partial<RegCbOptions>, contextsOfArms: number[][], trials: number[] = []) => [
    ...scoresOf(
      regCb({ dimension: 2, lambda: 1, noise: 1, confidence: 1 / Math.log(2), floor: 0, ...options }),
      triedInNothing(2, trials),
      priorOf([1, 0]),
      contextsOfArms.map((_, row) => row),
      contextsOfArms,
    ).propensities,
  ];

  it('leaves out an arm whose interval lies below another’s (by hand)', () => {
    // (0.6, 0.8): 0.6 ± 1 = [−0.4, 1.6]; (−0.75, 0): −0.75 ± 0.75 = [−1.5, 0]: they overlap
    expect(
      byHand({}, [
        [0.6, 0.8],
        [-0.75, 0],
      ]),
    ).toEqual([0.5, 0.5]);
    // σ = ½: [0.1, 1.1] and [−1.125, −0.375]: they do not
    expect(
      byHand({ noise: 0.5 }, [
        [0.6, 0.8],
        [-0.75, 0],
      ]),
    ).toEqual([1, 0]);
    expect(
      byHand({ noise: 0.5, floor: 0.25 }, [
        [0.6, 0.8],
        [-0.75, 0],
      ]),
    ).toEqual([0.875, 0.125]);
  });

  it('widens with ln(K·(1 + n)), and c = 0 is greedy with ties shared', () => {
    // n = 2⁹ − 1: ln(2·2⁹) = 10·ln 2, so widths are √10 of the above: [−0.98, 2.18] and [−1.94, 0.44] overlap again
    expect(
      byHand(
        { noise: 0.5 },
        [
          [0.6, 0.8],
          [-0.75, 0],
        ],
        [511],
      ),
    ).toEqual([0.5, 0.5]);
    expect(
      byHand({ confidence: 0 }, [
        [0.5, 1],
        [0.25, 1],
      ]),
    ).toEqual([1, 0]);
    expect(
      byHand({ confidence: 0 }, [
        [0.5, 1],
        [0.5, 9],
      ]),
    ).toEqual([0.5, 0.5]);
  });

  it('with one arm has nothing to leave out', () => {
    expect(byHand({}, [[0.5, 1]])).toEqual([1]);
  });
});
