import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mix32 } from '../core/hash.js';
import { seededRng, type Rng } from '../core/rng.js';
import { ArmStatistics } from './arm-statistics.js';
import { examinationCurve, swapWeight } from './examination.js';
import { batchRidge } from './oracles.contract.js';
import { conditionals, ordered } from './plackett-luce.contract.js';
import { SwapStatistics } from './swap-statistics.js';

/** Chances of a play at each place, whatever stands there: made up, falling and not smooth. */
const TRUTH = [1, 0.8, 0.75, 0.5, 0.45, 0.3];
const RELEVANCE = [0.3, 0.28, 0.2, 0.12, 0.1, 0.05];
const TEMPERATURE = 0.1;

interface Display {
  readonly item: number;
  readonly place: number;
  readonly played: boolean;
  readonly member: number;
}

/** Pages of a position-based world, best items first more often than not, three pages to a member. */
function simulate(
  pages: number,
  rng: Rng,
  onPage: (page: readonly Display[], p: readonly number[]) => void,
): void {
  for (let page = 0; page < pages; page++) {
    const member = Math.floor(page / 3);
    const { order, propensities } = ordered(RELEVANCE, TEMPERATURE, page);
    const displays = order.map((item, place): Display => ({
      item,
      place,
      played: rng.uniform() < TRUTH[place]! * RELEVANCE[item]!,
      member,
    }));
    onPage(displays, propensities);
  }
}

function learnSwaps(statistics: SwapStatistics, page: readonly Display[], p: readonly number[]): void {
  for (const { place, played, member } of page) {
    if (!played) continue;
    const add = (side: 'upper' | 'lower', weight: number): void =>
      statistics.addReward(place, side, mix32(member), 1, weight, 0);
    if (place + 1 < page.length) add('upper', swapWeight(p[place]!, p[place + 1]!));
    if (place > 0) add('lower', swapWeight(p[place - 1]!, p[place]!));
  }
}

function estimated(pages: number, seed: number, priorPlays = 1e-9) {
  const statistics = new SwapStatistics({ places: TRUTH.length });
  simulate(pages, seededRng(seed), (page, p) => learnSwaps(statistics, page, p));
  return examinationCurve(statistics, { priorPlays });
}

describe('the swap weight', () => {
  it('is the probability of the other way round, from the definition of Plackett–Luce', () => {
    const score = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 2, maxLength: 8 }), fc.nat(), fc.nat(6), (scores, key, at) => {
        const k = Math.min(at, scores.length - 2);
        const { order, propensities } = ordered(scores, 0.5, key);
        const swapped = order.map((item, p) => (p === k ? order[k + 1]! : p === k + 1 ? order[k]! : item));
        const asDrawn = conditionals(scores, 0.5, order).reduce((a, b) => a * b);
        const otherWay = conditionals(scores, 0.5, swapped).reduce((a, b) => a * b);
        const weight = swapWeight(propensities[k]!, propensities[k + 1]!);
        expect(weight).toBeCloseTo(otherWay / (asDrawn + otherWay), 8);
      }),
      { seed: 31, numRuns: 200 },
    );
  });

  it('is 0 where the order was certain', () => {
    expect([swapWeight(1, 1), swapWeight(1, 0.5)]).toEqual([0, 0]);
    expect(swapWeight(0, 1)).toBe(1);
  });
});

describe('the examination curve', () => {
  it('finds the world’s, within four standard errors at every place, from pages that put good items first', () => {
    const { examination, standardErrors } = estimated(60_000, 1);
    TRUTH.forEach((truth, k) => {
      if (k === 0) {
        expect([examination[0], standardErrors[0]]).toEqual([1, 0]);
        return;
      }
      expect(standardErrors[k]).toBeLessThan(0.06);
      expect(Math.abs(Math.log(examination[k]! / truth))).toBeLessThan(4 * standardErrors[k]!);
    });
  });

  it('is unbiased and its standard errors are right: over 60 worlds the deviates are standard normal', () => {
    const deviates: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const { examination, standardErrors } = estimated(3_000, 100 + seed);
      // The last place carries the errors of all ratios before it.
      const last = TRUTH.length - 1;
      deviates.push(Math.log(examination[last]! / TRUTH[last]!) / standardErrors[last]!);
    }
    const mean = deviates.reduce((a, b) => a + b) / deviates.length;
    const square = deviates.reduce((sum, z) => sum + z * z, 0) / deviates.length;
    // Mean of 60: ± 1/√60 = 0.13. Mean square of a t with 19 degrees of freedom: 19/17 ± about 0.25.
    expect(Math.abs(mean)).toBeLessThan(4 * 0.13);
    expect(square).toBeGreaterThan(0.5);
    expect(square).toBeLessThan(2.2);
  });

  it('is the prior’s where there is little data, and stays flat beyond what is known', () => {
    const few = estimated(20, 3, 50).examination;
    few.forEach((e) => expect(Math.abs(e - 1)).toBeLessThan(0.15));
    const empty = new SwapStatistics({ places: 4 });
    const sloped = examinationCurve(empty, { priorSlope: 0.05 }).examination;
    sloped.forEach((e, k) => expect(e).toBeCloseTo(1 / (1 + 0.05 * k), 12));
  });

  it('refuses priors that are none', () => {
    const statistics = new SwapStatistics({ places: 2 });
    for (const options of [{ priorPlays: 0 }, { priorPlays: NaN }, { priorSlope: -1 }])
      expect(() => examinationCurve(statistics, options)).toThrow(
        expect.objectContaining({ code: 'bandit/bad-setting' }),
      );
  });
});

describe('learning with e_k', () => {
  // Relevance of items as a linear model with one-hot contexts, and as counts, from the same displays.
  const n = RELEVANCE.length;
  const oneHot = (item: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => (i === item ? scale : 0));

  it('makes estimates of relevance unbiased that without it are not, for linear models and for counts', () => {
    const outer = new Float64Array((n * (n + 1)) / 2);
    const rewarded = new Float64Array(n);
    const theta = (statistics: ArmStatistics): number[] => {
      statistics.readSums(0, outer, rewarded);
      return RELEVANCE.map((_, i) => rewarded[i]! / outer[(i * (i + 1)) / 2 + i]!);
    };
    const corrected = new ArmStatistics({ dimension: n });
    const plain = new ArmStatistics({ dimension: n });
    const counts = new ArmStatistics({ dimension: 0 });
    simulate(30_000, seededRng(7), (page) => {
      for (const { item, place, played } of page) {
        const e = TRUTH[place]!;
        corrected.addTrial(0, oneHot(item, e), 0, 1, 0);
        plain.addTrial(0, oneHot(item, 1), 0, 1, 0);
        counts.addTrial(item, new Float32Array(0), 0, e, 0);
        if (!played) continue;
        corrected.addReward(0, oneHot(item, e), 0, 1, 1, 0);
        plain.addReward(0, oneHot(item, 1), 0, 1, 1, 0);
        counts.addReward(item, new Float32Array(0), 0, 1, 1, 0);
      }
    });
    RELEVANCE.forEach((truth, i) => {
      // Each item is displayed 30,000 times at e ≥ 0.3: the error of its estimate is below √(0.3/(30,000·0.3)) = 0.0058.
      expect(Math.abs(theta(corrected)[i]! - truth)).toBeLessThan(4 * 0.0058);
      expect(Math.abs(counts.rewardSum(i) / counts.trials(i) - truth)).toBeLessThan(4 * 0.0058);
    });
    // Uncorrected, the worst item loses the most, because it stands last: the gap between items is overstated.
    expect(theta(plain)[0]! / theta(plain)[5]!).toBeGreaterThan(1.5 * (RELEVANCE[0]! / RELEVANCE[5]!));
    expect(theta(plain)[5]!).toBeLessThan(0.6 * RELEVANCE[5]!);
  });

  it('with x′ = e·x is ridge regression of r on e·x, in closed form', () => {
    const rng = seededRng(9);
    const statistics = new ArmStatistics({ dimension: 2 });
    const [contexts, rewards]: [number[][], number[]] = [[], []];
    for (let i = 0; i < 200; i++) {
      const e = TRUTH[rng.below(TRUTH.length)]!;
      const x = Float32Array.of(e, Math.fround(e * rng.normal()));
      const r = rng.uniform() < 0.2 ? 1 : 0;
      statistics.addTrial(0, x, 0, 1, 0);
      statistics.addReward(0, x, 0, r, 1, 0);
      contexts.push([...x]);
      rewards.push(r);
    }
    const { inverse, theta } = batchRidge(
      contexts,
      rewards,
      rewards.map(() => 1),
      1e-9,
      [0, 0],
    );
    const [outer, b] = [new Float64Array(3), new Float64Array(2)];
    statistics.readSums(0, outer, b);
    inverse.forEach((row, i) => expect(row[0]! * b[0]! + row[1]! * b[1]!).toBeCloseTo(theta[i]!, 6));
  });
});
