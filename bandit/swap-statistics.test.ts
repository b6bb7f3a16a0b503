import { describe, expect, it } from 'vitest';
import { SwapStatistics } from './swap-statistics.js';

/** Σ over groups of what was played at the upper and at the lower place of a pair */
function played(swaps: SwapStatistics, k: number): { upper: number; lower: number } {
  const sum = (side: number): number => {
    const at = (2 * k + side) * swaps.groups;
    return swaps
      .table()
      .subarray(at, at + swaps.groups)
      .reduce((a, b) => a + b, 0);
  };
  return { upper: sum(0), lower: sum(1) };
}

const DAY_MS = 86_400_000;

describe('swap statistics', () => {
  it('add up what was played at either side of each pair, over groups', () => {
    const swaps = new SwapStatistics({ places: 3, groups: 4 });
    for (let member = 0; member < 8; member++) {
      swaps.addReward(0, 'upper', member, 1, 0.25, 0);
      swaps.addReward(1, 'lower', member, 0.5, 0.25, 0);
      swaps.addReward(1, 'upper', member, 0.5, 0.5, 0);
    }
    expect([played(swaps, 0), played(swaps, 1)]).toEqual([
      { upper: 2, lower: 1 },
      { upper: 2, lower: 0 },
    ]);
    expect([...swaps.table().subarray(0, 4)]).toEqual([0.5, 0.5, 0.5, 0.5]);
    // Outside: above the first, below the last.
    swaps.addReward(0, 'lower', 0, 1, 1, 0);
    swaps.addReward(2, 'upper', 0, 1, 1, 0);
    expect(swaps.sums.totals().rewardSum).toBe(8 * (0.25 + 0.125 + 0.25));
  });

  it('merge by addition, in any split', () => {
    const make = () => new SwapStatistics({ places: 5, groups: 3, halfLifeMs: DAY_MS });
    const [all, left, right] = [make(), make(), make()];
    for (let i = 0; i < 60; i++) {
      for (const swaps of [all, i % 3 === 0 ? left : right])
        swaps.addReward(i % 5, i % 2 === 0 ? 'upper' : 'lower', i, 1, (i % 7) / 7, i * 3_600_000);
    }
    left.merge(right);
    for (let k = 0; k < 4; k++) {
      expect(played(left, k).upper).toBeCloseTo(played(all, k).upper, 12);
      expect(played(left, k).lower).toBeCloseTo(played(all, k).lower, 12);
    }
  });

  it('forget both sides of a pair, and all groups, alike', () => {
    const swaps = new SwapStatistics({ places: 2, groups: 2, halfLifeMs: DAY_MS });
    swaps.addReward(0, 'upper', 0, 1, 1, 0);
    swaps.addReward(1, 'lower', 0, 1, 1, 0);
    swaps.addReward(0, 'upper', 1, 1, 1, 2 * DAY_MS);
    expect(played(swaps, 0)).toEqual({ upper: 1.25, lower: 0.25 });
  });

  it('are stored and restored bit for bit', () => {
    const [swaps, again] = [new SwapStatistics({ places: 4 }), new SwapStatistics({ places: 4 })];
    for (let i = 0; i < 50; i++) swaps.addReward(i % 4, 'upper', i, 0.1 * (i % 3), 1 / (1 + i), i);
    for (let row = 0; row < swaps.sums.rows; row++) again.sums.decodeRow(row, swaps.sums.encodeRow(row));
    expect(again.sums.equals(swaps.sums)).toBe(true);
  });

  it('refuse what cannot be', () => {
    const swaps = new SwapStatistics({ places: 2 });
    expect(() => swaps.addReward(0, 'upper', 0, 1, 1.5, 0)).toThrow('expected a number in [0, 1]');
    expect(() => swaps.addReward(0, 'upper', 0, 2, 1, 0)).toThrow(
      expect.objectContaining({ code: 'bandit/bad-reward' }),
    );
    expect(() => swaps.merge(new SwapStatistics({ places: 3 }))).toThrow('expected 2, 20');
    for (const options of [
      { places: 0 },
      { places: 2.5 },
      { places: 2, groups: 1 },
      { places: 2, halfLifeMs: 0 },
    ])
      expect(() => new SwapStatistics(options)).toThrow(
        expect.objectContaining({ code: 'bandit/bad-setting' }),
      );
    expect(swaps.sums.rows).toBe(0);
  });
});
