import normal from '@stdlib/stats-base-dists-normal';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { correlatedLattice, correlatedPropensities, type CorrelatedScores } from './correlated-propensity.js';
import { normalLattice } from './normal-lattice.js';
import { adaptiveSimpson, normalBestProbability } from './oracles.contract.js';
import { thompsonPropensities } from './thompson-propensity.js';

const D = 8;
/** Enough to see an error of 0.002; the stated errors were measured with 10⁶. */
const DRAWS = 150_000;
const LATTICE = correlatedLattice(80);

/** Arms of own deviations around 1, and shared parts of about `ratio` times that in D directions, plus what all share alike. */
function world(seed: number, size: number, ratio: number): CorrelatedScores {
  const rng = seededRng(seed);
  const alike = Array.from({ length: D }, () => 5 * rng.normal());
  return {
    size,
    means: Float64Array.from({ length: size }, () => 0.7 * Math.hypot(1, ratio) * rng.normal()),
    own: Float64Array.from({ length: size }, () => 0.5 + rng.uniform()),
    common: Float64Array.from({ length: size * D }, (_, i) => {
      const direction = i % D;
      return alike[direction]! + (ratio * rng.normal()) / Math.sqrt(3 * (direction + 1));
    }),
    dimension: D,
  };
}

function propensitiesOf(scores: CorrelatedScores, lattice = LATTICE): number[] {
  const propensities = new Float64Array(scores.size);
  correlatedPropensities(scores, lattice, 0, propensities);
  return [...propensities];
}

/** Shares of draws in which each arm is the highest: nothing but draws of every score. */
function drawn({ size, means, own, common }: CorrelatedScores, draws: number): number[] {
  const rng = seededRng(7);
  const wins = new Float64Array(size);
  const z = new Float64Array(D);
  for (let n = 0; n < draws; n++) {
    for (let j = 0; j < D; j++) z[j] = rng.normal();
    let [best, highest] = [0, -Infinity];
    for (let a = 0; a < size; a++) {
      let score = means[a]! + own[a]! * rng.normal();
      for (let j = 0; j < D; j++) score += common[a * D + j]! * z[j]!;
      if (score > highest) [best, highest] = [a, score];
    }
    wins[best] = wins[best]! + 1;
  }
  return [...wins].map((count) => count / draws);
}

describe('propensities of correlated arms', () => {
  it.each([
    { size: 8, ratio: 0.1, error: 3e-4 },
    { size: 8, ratio: 0.2, error: 1e-3 },
    { size: 24, ratio: 0.2, error: 1e-3 },
    { size: 8, ratio: 0.7, error: 0.02 },
    { size: 8, ratio: 5, error: 0.1 },
  ])(
    '$size arms that share $ratio of their own deviation: within $error of draws of the scores, 4 standard errors apart',
    ({ size, ratio, error }) => {
      const scores = world(size, size, ratio);
      const expected = drawn(scores, DRAWS);
      propensitiesOf(scores).forEach((p, a) => {
        const noise = 4 * Math.sqrt((expected[a]! * (1 - expected[a]!) + 1e-6) / DRAWS);
        expect(Math.abs(p - expected[a]!)).toBeLessThan(error + noise);
      });
    },
    60_000,
  );

  it.each([0.1, 0.2, 0.5, 1])(
    'one shared direction, share %d: within 1e-3 of quadrature over it and over the arms',
    (ratio) => {
      const { size, means, own } = world(11, 4, ratio);
      const common = Float64Array.from([0.9, -0.6, 0.2, -0.1], (value) => value * ratio);
      const p = propensitiesOf({ size, means, own, common, dimension: 1 });
      for (let a = 0; a < size; a++) {
        const given = (z: number): number => {
          const shifted = [...means].map((mean, b) => mean + common[b]! * z);
          return normal.pdf(z, 0, 1) * normalBestProbability(shifted, [...own], a);
        };
        expect(Math.abs(p[a]! - adaptiveSimpson(given, -6, 6, 1e-6))).toBeLessThan(1e-3);
      }
    },
  );

  it('two arms: Φ((μ₁ − μ₂)/√Var(difference)), in closed form', () => {
    for (const ratio of [0.05, 0.2]) {
      const scores = world(3, 2, ratio);
      let variance = scores.own[0]! ** 2 + scores.own[1]! ** 2;
      for (let j = 0; j < D; j++) variance += (scores.common[j]! - scores.common[D + j]!) ** 2;
      const alone = [Math.sqrt(variance), 1e-9];
      const expected = normalBestProbability([...scores.means], alone, 0);
      expect(Math.abs(propensitiesOf(scores)[0]! - expected)).toBeLessThan(1e-4);
    }
  });

  it('is the independent case where nothing is shared, or all of it alike', () => {
    const { size, means, own, common } = world(4, 8, 0);
    const independent = new Float64Array(size);
    thompsonPropensities(means, own, size, 0, independent);
    for (const shared of [new Float64Array(common.length), common]) {
      propensitiesOf({ size, means, own, common: shared, dimension: D }).forEach((p, a) => {
        expect(p).toBeCloseTo(independent[a]!, 12);
      });
    }
  });

  it('does not jump where the few points end and the lattice begins', () => {
    const base = world(5, 8, 1);
    const at = (ratio: number): number[] =>
      propensitiesOf({ ...base, common: base.common.map((value) => value * ratio) });
    for (let ratio = 0.05; ratio < 0.4; ratio += 0.005) {
      const [before, after] = [at(ratio), at(ratio + 0.005)];
      before.forEach((p, a) => expect(Math.abs(p - after[a]!)).toBeLessThan(0.01));
    }
  });

  it('is pure: the same scores give the same bits, whatever was asked in between', () => {
    const scores = world(6, 16, 0.8);
    const first = propensitiesOf(scores);
    propensitiesOf(world(7, 40, 2));
    expect(propensitiesOf(scores)).toEqual(first);
  });

  it('leaves out arms far behind, and mixes the floor over all', () => {
    const scores = world(8, 5, 0.5);
    scores.means[2] = -1e3;
    const propensities = new Float64Array(5);
    correlatedPropensities(scores, LATTICE, 0.1, propensities);
    expect(propensities[2]).toBeCloseTo(0.02, 15);
    expect(propensities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  it('takes 200 arms that share more directions than it follows', () => {
    const propensities = propensitiesOf(world(9, 200, 1));
    expect(propensities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    expect(Math.min(...propensities)).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['a mean that is NaN', { means: Float64Array.of(NaN, 0) }, 'bandit/bad-score'],
    ['an own deviation < 0', { own: Float64Array.of(-1, 1) }, 'bandit/bad-score'],
    [
      'a shared part that is infinite',
      { common: new Float64Array(2 * D).fill(Infinity) },
      'bandit/bad-score',
    ],
    ['no arm', { size: 0 }, 'bandit/empty-slate'],
    ['too many arms', { size: 201 }, 'bandit/bad-shape'],
  ])('refuses %s', (_what, changes: Partial<CorrelatedScores>, code) => {
    const scores = world(1, 2, 0.5);
    expect(() => propensitiesOf({ ...scores, ...changes })).toThrow(expect.objectContaining({ code }));
  });
});

describe('the lattice', () => {
  it('has the first three moments of independent normals, in any leading dimensions', () => {
    const { size, dimensions, points } = normalLattice(61, 5);
    const moment = (...entries: number[]): number => {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        sum += entries.reduce((product, j) => product * points[i * dimensions + j]!, 1);
      }
      return sum / size;
    };
    for (let i = 0; i < 5; i++) {
      expect(moment(i)).toBeCloseTo(0, 12);
      for (let j = 0; j < 5; j++) {
        expect(moment(i, j)).toBeCloseTo(i === j ? 1 : 0, 12);
        expect(moment(0, i, j)).toBeCloseTo(0, 12);
      }
    }
  });
});
