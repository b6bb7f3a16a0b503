import { expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { ArmStatistics } from '../arm-statistics.js';
import { GroupedSums } from './grouped-sums.js';

const D = 3;

it.each([Infinity, 500])(
  'are the sums that ArmStatistics keeps one by one, up to rounding (half-life %d ms)',
  (halfLifeMs) => {
    const rng = seededRng(1);
    const [grouped, plain] = [
      new GroupedSums({ dimension: D, halfLifeMs }),
      new ArmStatistics({ dimension: D, halfLifeMs }),
    ];
    for (let n = 0; n < 2000; n++) {
      const row = rng.below(3);
      const x = Float32Array.from({ length: D }, () => rng.normal());
      const [reward, atMs] = [rng.below(2), n - rng.below(40)];
      grouped.add(row, x, reward, 1.5, atMs);
      plain.addTrial(row, x, 0, 1.5, atMs);
      plain.addReward(row, x, 0, reward, 1.5, atMs);
      if (n % 7 === 0) {
        grouped.addReward(row, x, -reward, 1.5, atMs);
        plain.addReward(row, x, 0, -reward, 1.5, atMs);
      }
      if (n % 50 !== 0) continue;
      expect(grouped.asOfMs(row)).toBe(plain.asOfMs(row));
      expect(grouped.trials(row) / plain.trials(row)).toBeCloseTo(1, 10);
    }
    const sums = (statistics: ArmStatistics, row: number): number[] => {
      const [outer, rewarded] = [new Float64Array(6), new Float64Array(D)];
      statistics.readSums(row, outer, rewarded);
      return [...outer, ...rewarded, statistics.trials(row), statistics.rewardSum(row)];
    };
    for (let row = 0; row < 3; row++) {
      sums(grouped.whole, row).forEach((value, i) => {
        expect(value).toBeCloseTo(sums(plain, row)[i]!, 9);
      });
      expect(sums(grouped.of(row), row)).toEqual(sums(grouped.whole, row));
    }
    expect(grouped.trials(9)).toBe(0);
    expect(grouped.asOfMs(9)).toBeUndefined();
  },
);
