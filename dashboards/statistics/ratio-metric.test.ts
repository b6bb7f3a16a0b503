import { describe, expect, it } from 'vitest';
import { seededRng, type Rng } from '../../core/rng.js';
import {
  addMoments,
  liftEstimate,
  NO_MOMENTS,
  ratioEstimate,
  twoSidedZ,
  type RatioMoments,
} from './ratio-metric.js';

interface MemberTotals {
  readonly impressions: number;
  readonly plays: number;
}

function momentsOf(members: readonly MemberTotals[]): RatioMoments {
  return members.reduce<RatioMoments>(
    (sum, { impressions: n, plays: y }) =>
      addMoments(sum, {
        members: 1,
        impressions: n,
        plays: y,
        impressionsSquared: n * n,
        playsSquared: y * y,
        playsTimesImpressions: y * n,
      }),
    NO_MOMENTS,
  );
}

/** Members differ in how much they see and how often they play, so impressions of one member are alike. */
function drawMembers(count: number, rng: Rng, appeal = 1): MemberTotals[] {
  return Array.from({ length: count }, () => {
    const impressions = 5 + rng.below(60);
    const rate = appeal * (0.05 + 0.25 * rng.uniform() ** 2);
    let plays = 0;
    for (let i = 0; i < impressions; i++) if (rng.uniform() < rate) plays += 1;
    return { impressions, plays };
  });
}

const ratioOf = (members: readonly MemberTotals[]): number =>
  members.reduce((sum, m) => sum + m.plays, 0) / members.reduce((sum, m) => sum + m.impressions, 0);

const open = { minMembers: 2, minPlays: 0 };

describe('ratioEstimate', () => {
  it('equals a case worked by hand', () => {
    // Members (N, Y): (10, 1), (20, 5), (30, 6). R = 12/60 = 0.2; residuals Y − 0.2·N: −1, 1, 0, squares sum to 2;
    // se = √(3/2 · 2)/60 = √3/60.
    const moments = momentsOf([
      { impressions: 10, plays: 1 },
      { impressions: 20, plays: 5 },
      { impressions: 30, plays: 6 },
    ]);
    const estimate = ratioEstimate(moments, open)!;
    expect(estimate.ratio).toBeCloseTo(0.2, 12);
    expect(estimate.standardError).toBeCloseTo(Math.sqrt(3) / 60, 12);
    // 1.959964: NIST/SEMATECH handbook, table of the normal distribution.
    expect(estimate.high - estimate.ratio).toBeCloseTo((1.959964 * Math.sqrt(3)) / 60, 7);
  });

  it('is the standard error of a plain mean when every member has one impression', () => {
    // Bernoulli, M = 100, 20 plays: s² = p(1 − p)·M/(M − 1), se = √(s²/M) = √(0.16/99).
    const members = Array.from({ length: 100 }, (_, i) => ({ impressions: 1, plays: i < 20 ? 1 : 0 }));
    expect(ratioEstimate(momentsOf(members))!.standardError).toBeCloseTo(Math.sqrt(0.16 / 99), 12);
  });

  it('agrees with a bootstrap over members', () => {
    const members = drawMembers(600, seededRng(11));
    const rng = seededRng(12);
    const redrawn = Array.from({ length: 3_000 }, () =>
      ratioOf(members.map(() => members[rng.below(members.length)]!)),
    );
    const mean = redrawn.reduce((a, b) => a + b) / redrawn.length;
    const deviation = Math.sqrt(redrawn.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (redrawn.length - 1));
    const { standardError } = ratioEstimate(momentsOf(members))!;
    // A bootstrap of 3,000 knows a deviation to about 1/√6000 = 1.3 %.
    expect(Math.abs(standardError / deviation - 1)).toBeLessThan(0.05);
  });

  it('covers the true ratio as often as it says, where independent impressions would not', () => {
    const rng = seededRng(13);
    const truth = ratioOf(drawMembers(50_000, rng));
    const trials = 400;
    let covered = 0;
    let coveredByNaive = 0;
    for (let trial = 0; trial < trials; trial++) {
      const moments = momentsOf(drawMembers(100, rng));
      const { ratio, low, high } = ratioEstimate(moments)!;
      const naive = twoSidedZ(0.95) * Math.sqrt((ratio * (1 - ratio)) / moments.impressions);
      if (low <= truth && truth <= high) covered += 1;
      if (Math.abs(ratio - truth) <= naive) coveredByNaive += 1;
    }
    // 0.95 ± 3·√(0.95·0.05/400) = 0.95 ± 0.033
    expect(covered / trials).toBeGreaterThan(0.917);
    expect(covered / trials).toBeLessThan(0.983);
    expect(coveredByNaive / trials).toBeLessThan(0.8);
  });

  it('says nothing where there is too little, and never leaves [0, 1]', () => {
    const few = momentsOf(drawMembers(29, seededRng(14)));
    expect(ratioEstimate(few)).toBeUndefined();
    expect(ratioEstimate(NO_MOMENTS, open)).toBeUndefined();
    expect(ratioEstimate({ ...few, members: 30, plays: 4 })).toBeUndefined();
    const wild = momentsOf([
      { impressions: 1, plays: 1 },
      { impressions: 9, plays: 0 },
      { impressions: 1, plays: 1 },
    ]);
    const estimate = ratioEstimate(wild, open)!;
    expect(estimate.low).toBeGreaterThanOrEqual(0);
    expect(estimate.high).toBeLessThanOrEqual(1);
  });

  it('merges: moments of two halves add up to those of the whole', () => {
    const members = drawMembers(80, seededRng(15));
    const merged = addMoments(momentsOf(members.slice(0, 30)), momentsOf(members.slice(30)));
    expect(merged).toEqual(momentsOf(members));
  });

  it.each([0, 1, -0.5, Number.NaN])('refuses a confidence of %s', (confidence) => {
    expect(() => twoSidedZ(confidence)).toThrow(/expected a number in \(0, 1\)/);
  });
});

describe('liftEstimate', () => {
  it('agrees with a bootstrap of the relative lift', () => {
    const treated = drawMembers(500, seededRng(21), 1.3);
    const control = drawMembers(500, seededRng(22));
    const rng = seededRng(23);
    const redraw = (members: readonly MemberTotals[]): number =>
      ratioOf(members.map(() => members[rng.below(members.length)]!));
    const lifts = Array.from({ length: 3_000 }, () => redraw(treated) / redraw(control) - 1).sort(
      (a, b) => a - b,
    );
    const lift = liftEstimate(ratioEstimate(momentsOf(treated))!, ratioEstimate(momentsOf(control))!)!;
    expect(lift.lift).toBeCloseTo(ratioOf(treated) / ratioOf(control) - 1, 12);
    expect(Math.abs(lift.low - lifts[75]!)).toBeLessThan(0.02);
    expect(Math.abs(lift.high - lifts[2_925]!)).toBeLessThan(0.02);
  });

  it('has no lift over nothing', () => {
    const some = { ratio: 0.1, standardError: 0.01, low: 0.08, high: 0.12 };
    expect(liftEstimate(some, { ...some, ratio: 0 })).toBeUndefined();
  });
});
