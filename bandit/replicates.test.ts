import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mix32 } from '../core/hash.js';
import { seededRng } from '../core/rng.js';
import { ArmStatistics } from './arm-statistics.js';
import { chiSquareDeviate } from './oracles.contract.js';
import { replicateWeight, trialKey } from './replicate-weights.js';

const B = 4;
const D = 3;
const DAY_MS = 86_400_000;

interface Trial {
  readonly row: number;
  readonly x: Float32Array;
  readonly reward: number;
  readonly atMs: number;
  readonly key: number;
}

function trialsFrom(seed: number, count: number): Trial[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, (_, i) => ({
    row: rng.below(3),
    x: Float32Array.from({ length: D }, () => rng.normal()),
    reward: rng.uniform(),
    atMs: Math.floor(rng.uniform() * 5 * DAY_MS),
    key: mix32(seed * 1000 + i),
  }));
}

function addTrial(statistics: ArmStatistics, { row, x, atMs, key }: Trial): void {
  statistics.addTrial(row, x, 0, 1, atMs, key);
}
function addReward(statistics: ArmStatistics, { row, x, reward, atMs, key }: Trial): void {
  statistics.addReward(row, x, 0, reward, 1, atMs, key);
}
function bagged(halfLifeMs = Infinity): ArmStatistics {
  return new ArmStatistics({ dimension: D, replicates: B, halfLifeMs });
}
function sums(statistics: ArmStatistics, row: number, replicate: number): number[] {
  const [outer, rewarded] = [new Float64Array((D * (D + 1)) / 2), new Float64Array(D)];
  statistics.readSums(row, outer, rewarded, replicate);
  return [...outer, ...rewarded];
}
function expectSums(actual: ArmStatistics, expected: ArmStatistics, digits: number): void {
  expect(actual.rows).toBe(expected.rows);
  for (let row = 0; row < expected.rows; row++) {
    for (let j = 0; j < expected.replicates; j++) {
      const wanted = sums(expected, row, j);
      sums(actual, row, j).forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, digits));
    }
  }
}

describe('counts of a trial', () => {
  it('are Poisson(1) over keys (closed form e⁻¹/k!), in every replicate but the first', () => {
    const poisson = [1, 1, 2, 6, 24, 120, 720, 5040].map((factorial) => Math.exp(-1) / factorial);
    for (const replicate of [1, 2, 7, 63]) {
      const counts = poisson.map(() => 0);
      for (let key = 0; key < 100_000; key++) {
        const count = replicateWeight(key, replicate);
        counts[Math.min(count, 7)]!++;
      }
      expect(Math.abs(chiSquareDeviate(counts, poisson))).toBeLessThan(4);
    }
    expect(replicateWeight(77, 0)).toBe(1);
  });

  it('are unrelated from replicate to replicate', () => {
    const [n, seen] = [100_000, new Map<number, number>()];
    for (let key = 0; key < n; key++) {
      const pair = 10 * Math.min(2, replicateWeight(key, 1)) + Math.min(2, replicateWeight(key, 2));
      seen.set(pair, (seen.get(pair) ?? 0) + 1);
    }
    const p = [Math.exp(-1), Math.exp(-1), 1 - 2 * Math.exp(-1)];
    const pairs = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [10 * a + b, p[a]! * p[b]!] as const));
    const counts = pairs.map(([pair]) => seen.get(pair) ?? 0);
    expect(
      Math.abs(
        chiSquareDeviate(
          counts,
          pairs.map(([, share]) => share),
        ),
      ),
    ).toBeLessThan(4);
  });

  it('differ by row, time and every entry of x where no key is given', () => {
    const x = Float32Array.of(1, 2, 3);
    const keys = [
      trialKey(1, x, 0, 3, 5),
      trialKey(2, x, 0, 3, 5),
      trialKey(1, x, 0, 3, 6),
      trialKey(1, x, 0, 3, 5 + 2 ** 40),
      trialKey(1, x, 0, 2, 5),
      trialKey(1, Float32Array.of(1, 2, 3.0000002), 0, 3, 5),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(trialKey(1, Float32Array.of(9, 1, 2, 3), 1, 3, 5)).toBe(keys[0]);
  });
});

describe('statistics with replicates', () => {
  it('are, replicate by replicate, plain statistics in which each trial counts as hashed', () => {
    const [statistics, trials] = [bagged(3 * DAY_MS), trialsFrom(1, 40)];
    for (const trial of trials) addTrial(statistics, trial);
    for (const trial of trials) addReward(statistics, trial);
    for (let j = 0; j < B; j++) {
      const plain = new ArmStatistics({ dimension: D, halfLifeMs: 3 * DAY_MS });
      for (const { row, x, reward, atMs, key } of trials) {
        const count = replicateWeight(key, j);
        plain.addTrial(row, x, 0, count, atMs);
        plain.addReward(row, x, 0, reward, count, atMs);
      }
      for (let row = 0; row < 3; row++) {
        const wanted = sums(plain, row, 0);
        sums(statistics, row, j).forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 9));
        if (j === 0) expect(statistics.trials(row)).toBeCloseTo(plain.trials(row), 9);
      }
    }
  });

  it('a late reward equals an early one, and merged learners equal one that saw all', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom(Infinity, 2 * DAY_MS), (seed, halfLifeMs) => {
        const trials = trialsFrom(seed, 30);
        const [together, left, right] = [bagged(halfLifeMs), bagged(halfLifeMs), bagged(halfLifeMs)];
        for (const [i, trial] of trials.entries()) {
          addTrial(together, trial);
          addReward(together, trial);
          addTrial(i % 2 === 0 ? left : right, trial);
        }
        for (const [i, trial] of [...trials.entries()].reverse())
          addReward(i % 2 === 0 ? left : right, trial);
        left.merge(right);
        expectSums(left, together, 9);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it('keep a checkpointed row to the bit, refuse one of other replicates, and clear all of a row', () => {
    const statistics = bagged();
    for (const trial of trialsFrom(2, 30)) addTrial(statistics, trial);
    const restored = bagged();
    for (let row = 0; row < statistics.rows; row++) restored.decodeRow(row, statistics.encodeRow(row));
    expect(restored.equals(statistics)).toBe(true);
    expect(statistics.clone().equals(statistics)).toBe(true);
    const plain = new ArmStatistics({ dimension: D });
    expect(plain.equals(statistics)).toBe(false);
    expect(() => plain.decodeRow(0, statistics.encodeRow(0))).toThrow(
      expect.objectContaining({ code: 'checkpoint/corrupt' }),
    );
    expect(() => plain.merge(statistics)).toThrow('4 replicates; expected d = 3');
    statistics.clearRow(0);
    for (let j = 0; j < B; j++) expect(sums(statistics, 0, j).every((value) => value === 0)).toBe(true);
  });

  it.each([0, 65, 1.5, NaN])('%d replicates are refused', (replicates) => {
    expect(() => new ArmStatistics({ dimension: 1, replicates })).toThrow(
      expect.objectContaining({ code: 'bandit/bad-setting' }),
    );
  });
});
