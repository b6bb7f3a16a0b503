import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { ArmValueSequences } from './arm-values.js';
import { sequentialDifference } from './confidence-sequence.js';
import { cupedSamples, pooledTheta } from './cuped.js';
import { welchDifference } from './difference.js';
import { benjaminiHochberg, holm } from './multiple-comparisons.js';
import { noveltyTrend } from './novelty.js';
import { daysNeeded, detectableEffect, membersNeeded } from './power.js';
import {
  meanSample,
  proportionSample,
  quantileRanks,
  quantileSample,
  ratioSample,
  type Sample,
} from './sample.js';
import { armPicksZ, sampleRatio, sequentialSampleRatio } from './sample-ratio.js';
import { betweenVariance, shrinkSegments } from './segments.js';
import { shipVerdict, type JudgedMetric } from './ship-rule.js';

const A = meanSample({ n: 3407, sum: 1396.87, sumSquares: 52377.9767 });
const B = meanSample({ n: 3461, sum: 2422.7, sumSquares: 134698.29 });

describe('differences: numbers of gbstats (GrowthBook)', () => {
  it('Welch, relative and absolute', () => {
    const relative = welchDifference(A, B)!;
    expect(relative.estimate).toBeCloseTo(0.707317073171, 11);
    expect(relative.low).toBeCloseTo(-0.0352600890661, 10);
    expect(relative.high).toBeCloseTo(1.44989423541, 10);
    expect(relative.pValue).toBeCloseTo(0.0619118274562, 10);
    expect(relative.degreesOfFreedom).toBeCloseTo(5841.74203209, 7);
    const absolute = welchDifference(A, B, { scale: 'absolute' })!;
    expect(absolute.estimate).toBeCloseTo(0.29, 12);
    expect(absolute.low).toBeCloseTo(0.0453778925593, 10);
    expect(absolute.high).toBeCloseTo(0.534622107441, 10);
    // gbstats 0.8.0
    expect(absolute.pValue).toBeCloseTo(0.020158402643587037, 10);
  });

  it('sequential, of proportions', () => {
    const relative = sequentialDifference(
      proportionSample({ n: 3000, sum: 1396 }),
      proportionSample({ n: 3461, sum: 2422 }),
    )!;
    expect(relative.estimate).toBeCloseTo(0.503863351682, 11);
    expect(relative.low).toBeCloseTo(0.400978496686, 11);
    expect(relative.high).toBeCloseTo(0.606748206678, 11);
    const absolute = sequentialDifference(
      proportionSample({ n: 3000, sum: 300 }),
      proportionSample({ n: 3000, sum: 390 }),
      { scale: 'absolute' },
    )!;
    expect(absolute.estimate).toBeCloseTo(0.03, 12);
    expect(absolute.low).toBeCloseTo(0.00501431609, 10);
    expect(absolute.high).toBeCloseTo(0.0549856839, 9);
    // gbstats 0.8.0
    expect(absolute.pValue).toBeCloseTo(0.007918656019681267, 12);
  });

  it('CUPED, relative to the unadjusted control mean', () => {
    const groups = [
      { n: 3001, post: { sum: 300, sumSquares: 600 }, pre: { sum: 210, sumSquares: 415 }, sumProducts: -20 },
      { n: 3000, post: { sum: 222, sumSquares: 555 }, pre: { sum: 120, sumSquares: 405 }, sumProducts: -10 },
    ] as const;
    // gbstats 0.8.0
    expect(pooledTheta(...groups)).toBeCloseTo(-0.07321194034813545, 12);
    const difference = welchDifference(...cupedSamples(...groups))!;
    expect(difference.estimate).toBeCloseTo(-0.281707153846, 11);
    expect(difference.low).toBeCloseTo(-0.472067645692, 11);
    expect(difference.high).toBeCloseTo(-0.0913466619994, 11);
  });

  it('ratio metrics and quantiles (gbstats 0.8.0)', () => {
    const [a, b] = [
      { n: 2717, y: [300, 869], x: [777, 3034], sumProducts: 1585 },
      { n: 2921, y: [401, 1101], x: [701, 2604], sumProducts: 1301 },
    ].map(({ n, y, x, sumProducts }) =>
      ratioSample({
        n,
        numerator: { sum: y[0]!, sumSquares: y[1]! },
        denominator: { sum: x[0]!, sumSquares: x[1]! },
        sumProducts,
      }),
    ) as [Sample, Sample];
    expect(a.mean).toBeCloseTo(0.3861003861003861, 14);
    expect(a.variance).toBeCloseTo(0.43827530173931795, 12);
    const ratios = welchDifference(a, b)!;
    expect(ratios.low).toBeCloseTo(0.29849826734168083, 11);
    expect(ratios.high).toBeCloseTo(0.6646686370805728, 11);
    const quantile = { n: 11054, level: 0.9, quantile: 7.157987489, lower: 6.914, upper: 7.402 };
    expect(quantileSample(quantile).variance).toBeCloseTo(171.30247614657384, 9);
    expect(quantileSample({ ...quantile, n: 20 }).variance).toBe(0);
    expect(quantileRanks(10_000, 0.9)).toEqual({ quantile: 8999, lower: 8941, upper: 9058 });
  });

  it('says nothing where nothing can be said', () => {
    const none = meanSample({ n: 0, sum: 0, sumSquares: 0 });
    expect(welchDifference(none, B)).toBeUndefined();
    expect(welchDifference(meanSample({ n: 9, sum: 0, sumSquares: 4 }), B)).toBeUndefined();
    expect(
      sequentialDifference(
        meanSample({ n: 9, sum: 9, sumSquares: 9 }),
        meanSample({ n: 9, sum: 9, sumSquares: 9 }),
      ),
    ).toBeUndefined();
    expect(() => welchDifference(A, B, { confidence: 95 })).toThrow(
      /confidence 95; expected a number in \(0, 1\)/,
    );
    expect(() => meanSample({ n: 1.5, sum: 0, sumSquares: 0 })).toThrow(/expected a count/);
  });
});

describe('looking again and again', () => {
  const looks = 200;
  const perLook = 25;

  /** How often 200 looks at two groups that do not differ found a difference. */
  function falseFindings(isFound: (control: Sample, treated: Sample) => boolean, runs: number): number {
    let found = 0;
    for (let run = 0; run < runs; run++) {
      const rng = seededRng(run);
      const sums = [0, 1].map(() => ({ n: 0, sum: 0, sumSquares: 0 }));
      for (let look = 0; look < looks; look++) {
        for (const group of sums)
          for (let i = 0; i < perLook; i++) {
            const x = rng.normal();
            group.n++;
            group.sum += x;
            group.sumSquares += x * x;
          }
        if (isFound(meanSample(sums[0]!), meanSample(sums[1]!))) {
          found++;
          break;
        }
      }
    }
    return found / runs;
  }
  const absolute = { scale: 'absolute' } as const;
  const isApart = ({ low, high }: { low: number; high: number }): boolean => low > 0 || high < 0;

  it('finds nothing in more than 5 % of A/A tests by the sequence, in two fifths of them by the t-test', () => {
    // Two standard errors of 500 runs at 5 % are 2 %; a t-test at 200 evenly spaced looks finds .41 (Armitage, McPherson & Rowe, JRSS A 132, 1969, table 2: .424).
    expect(falseFindings((a, b) => isApart(sequentialDifference(a, b, absolute)!), 500)).toBeLessThanOrEqual(
      0.05,
    );
    const byTest = falseFindings((a, b) => isApart(welchDifference(a, b, absolute)!), 500);
    expect(byTest).toBeGreaterThan(0.35);
    expect(byTest).toBeLessThan(0.5);
  });

  it('covers arm values at nominal rate on data that Thompson sampling collected', () => {
    const runs = 250;
    const truth = [0.3, 0.35, 0.6];
    let missed = 0;
    let plainAverages = 0;
    let scored = 0;
    for (let run = 0; run < runs; run++) {
      const rng = seededRng(1000 + run);
      const sequences = new ArmValueSequences(3, { tightestVariance: 500 });
      const wins = [1, 1, 1];
      const losses = [1, 1, 1];
      let isMissed = false;
      for (let t = 1; t <= 1000; t++) {
        const propensities = thompson(wins, losses, rng);
        const arm = drawn(propensities, rng.uniform());
        const reward = rng.uniform() < truth[arm]! ? 1 : 0;
        sequences.add(arm, reward, propensities);
        if (reward === 1) wins[arm]!++;
        else losses[arm]!++;
        if (t >= 100 && t % 20 === 0) {
          const { low, high } = sequences.value(0)!;
          isMissed ||= low > truth[0]! || high < truth[0]!;
          const gap = sequences.difference(2, 1)!;
          isMissed ||= gap.low > 0.25 || gap.high < 0.25;
        }
      }
      if (isMissed) missed++;
      plainAverages += (wins[0]! - 1) / (wins[0]! + losses[0]! - 2) / runs;
      scored += sequences.value(0)!.estimate / runs;
    }
    // Two sequences of 95 % each, so at most a tenth by the union bound, plus two standard errors of 250 runs.
    expect(missed / runs).toBeLessThanOrEqual(0.1 + 2 * Math.sqrt((0.1 * 0.9) / runs));
    // Plain averages of an arm that loses are too low: why the scores are needed, whose mean of 250 runs is within three standard errors.
    expect(truth[0]! - plainAverages).toBeGreaterThan(0.007);
    expect(Math.abs(scored - truth[0]!)).toBeLessThan(0.015);
  });

  /** Share of 16 draws in which each arm was best, mixed with a floor of .1: any propensities do, as long as they are the ones drawn from. */
  function thompson(wins: number[], losses: number[], rng: ReturnType<typeof seededRng>): number[] {
    const share = [0, 0, 0];
    for (let i = 0; i < 16; i++) {
      const draws = wins.map((w, a) => {
        const n = w + losses[a]!;
        return w / n + rng.normal() * Math.sqrt((w * losses[a]!) / (n * n * (n + 1)));
      });
      share[draws.indexOf(Math.max(...draws))]! += 1 / 16;
    }
    return share.map((p) => 0.1 / 3 + 0.9 * p);
  }

  function drawn(propensities: number[], u: number): number {
    let sum = 0;
    for (const [a, p] of propensities.entries()) if (u < (sum += p)) return a;
    return propensities.length - 1;
  }
});

describe('is the data healthy', () => {
  it('sample ratio mismatch (GrowthBook), variants of no weight left out and named', () => {
    expect(sampleRatio([1000, 1200], [0.5, 0.5]).pValue).toBeCloseTo(2.00786561243e-5, 15);
    expect(sampleRatio([0, 10, 10], [0.34, 0.33, 0.33]).pValue).toBeCloseTo(0.00579062440342, 12);
    expect(sampleRatio([1000, 1200, 7], [0.5, 0.5, 0])).toEqual({
      ...sampleRatio([1000, 1200], [1, 1]),
      excluded: [2],
    });
    expect(sampleRatio([0, 0], [1, 1]).pValue).toBe(1);
    expect(() => sampleRatio([1], [1, 1])).toThrow(/1 counts; expected 2/);
  });

  it('the sequential one agrees with scipy’s gammaln and keeps its level under 200 looks', () => {
    expect(sequentialSampleRatio([1000, 1200], [1, 1]).pValue).toBeCloseTo(0.0007925128197622988, 12);
    expect(sequentialSampleRatio([1000, 1030], [1, 1]).pValue).toBe(1);
    let alarms = 0;
    for (let run = 0; run < 400; run++) {
      const rng = seededRng(run);
      const counts = [0, 0];
      for (let look = 0; look < 200; look++) {
        for (let i = 0; i < 20; i++) counts[rng.below(2)]!++;
        if (sequentialSampleRatio(counts, [1, 1]).pValue <= 0.05) {
          alarms++;
          break;
        }
      }
    }
    expect(alarms / 400).toBeLessThanOrEqual(0.05);
  });

  it('arm counts against propensities', () => {
    expect(armPicksZ({ picks: 60, expected: 50, variance: 25 })).toBe(2);
    expect(armPicksZ({ picks: 5, expected: 5, variance: 0 })).toBeUndefined();
  });
});

describe('many questions at once', () => {
  const p = [0.01, 0.002, 0.04, 0.03, 0.3, 0.04];
  it('Holm, Benjamini–Hochberg (statsmodels 0.14 multipletests)', () => {
    for (const [i, value] of [0.05, 0.012, 0.12, 0.12, 0.3, 0.12].entries())
      expect(holm(p)[i]).toBeCloseTo(value, 14);
    for (const [i, value] of [0.03, 0.012, 0.048, 0.048, 0.3, 0.048].entries())
      expect(benjaminiHochberg(p)[i]).toBeCloseTo(value, 14);
    expect(holm([])).toEqual([]);
  });

  it('segments are drawn together (statsmodels 0.14 combine_effects, DerSimonian–Laird)', () => {
    const effects = [
      [0.1, 0.01],
      [0.3, 0.02],
      [-0.05, 0.015],
      [0.2, 0.005],
    ].map(([estimate, variance], i) => ({
      segment: `s${i}`,
      estimate: estimate!,
      standardError: Math.sqrt(variance!),
    }));
    expect(betweenVariance(effects)).toBeCloseTo(0.0055, 14);
    const shrunk = shrinkSegments(effects);
    const noisiest = shrunk[1]!;
    expect(noisiest.weight).toBeCloseTo(0.0055 / 0.0255, 12);
    // 0.14056451038998008: combine_effects' mean under random effects
    expect(noisiest.shrunk).toBeCloseTo(
      noisiest.weight * 0.3 + (1 - noisiest.weight) * 0.14056451038998008,
      12,
    );
    expect(noisiest.shrunkStandardError).toBeLessThan(noisiest.standardError);
    const alike = shrinkSegments(effects.map((effect) => ({ ...effect, estimate: 0.1 })));
    for (const { shrunk: value } of alike) expect(value).toBeCloseTo(0.1, 14);
  });
});

describe('planning and deciding', () => {
  it('members needed (statsmodels 0.14 NormalIndPower: 56,511.8 a group)', () => {
    const baseline = { mean: 0.1, variance: 0.09 };
    expect(membersNeeded(baseline, 0.05)).toBe(113_024);
    expect(detectableEffect(baseline, 113_024)).toBeCloseTo(0.05, 6);
    expect(daysNeeded(113_024, 20_000, 2)).toBe(14);
    expect(() => membersNeeded({ mean: 0, variance: 1 }, 0.05)).toThrow(/other than 0/);
  });

  it('an effect that halves in a week is seen to wear off', () => {
    const days = [0.1, 0.09, 0.085, 0.07, 0.065, 0.055, 0.05].map((estimate, day) => ({
      day,
      estimate,
      standardError: 0.01,
    }));
    const trend = noveltyTrend(days)!;
    // least squares of those seven: slope −0.24/28
    expect(trend.slope).toBeCloseTo(-0.24 / 28, 12);
    expect(trend.pValue).toBeLessThan(0.001);
    expect(trend.atLastDay).toBeCloseTo(0.515 / 7 - (3 * 0.24) / 28, 12);
    expect(noveltyTrend(days.slice(0, 2))).toBeUndefined();
  });

  const metric = (name: string, role: JudgedMetric['role'], low: number, high: number): JudgedMetric => ({
    ...{ name, role, margin: 0.01 },
    difference: { estimate: (low + high) / 2, low, high },
  });
  it('ships only what is better and breaks nothing', () => {
    const better = metric('plays', 'primary', 0.01, 0.03);
    const kept = metric('latency', 'guardrail', -0.005, 0.02);
    expect(shipVerdict([better, kept])).toEqual({ kind: 'ship', reason: 'superior' });
    expect(shipVerdict([better, metric('latency', 'guardrail', -0.05, -0.02)])).toEqual({
      ...{ kind: 'do-not-ship', reason: 'guardrail', metric: 'latency' },
    });
    expect(shipVerdict([better, metric('latency', 'guardrail', -0.05, 0.02)])).toEqual({
      ...{ kind: 'undecided', metric: 'latency' },
    });
    expect(shipVerdict([metric('plays', 'primary', -0.03, -0.01), kept])).toMatchObject({ reason: 'worse' });
    const same = metric('plays', 'primary', -0.005, 0.004);
    expect(shipVerdict([same, kept])).toEqual({ kind: 'undecided', metric: 'plays' });
    expect(shipVerdict([same, kept], 'non-inferiority')).toEqual({ kind: 'ship', reason: 'non-inferior' });
    expect(shipVerdict([{ ...better, difference: undefined }])).toEqual({
      kind: 'undecided',
      metric: 'plays',
    });
    expect(shipVerdict([better], 'superiority', 'the split is broken')).toMatchObject({ kind: 'unhealthy' });
  });
});
