import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { ratioInterval } from './ratio-interval.js';

describe('ratioInterval', () => {
  it('is the t-free interval of a mean when every cluster is as large: closed form', () => {
    // R = mean(y/x), SE = sd(y/x)/√n: y/x = 0.1, 0.2, 0.3, 0.4 → mean 0.25, sd √(0.05/3), SE 0.0645497
    const { ratio, low, high } = ratioInterval([1, 2, 3, 4], [10, 10, 10, 10]);
    expect(ratio).toBeCloseTo(0.25, 12);
    expect((high - low) / 2 / 1.959963984540054).toBeCloseTo(Math.sqrt(0.05 / 3) / 2, 12);
  });

  it('says nothing of fewer than two clusters', () => {
    expect(ratioInterval([3], [10])).toEqual({ ratio: 0.3, low: 0, high: 1 });
    expect(ratioInterval([], [])).toEqual({ ratio: 0, low: 0, high: 1 });
  });

  it('covers the truth about 95 times in 100 where members differ', () => {
    const rng = seededRng(5);
    let covered = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const x: number[] = [];
      const y: number[] = [];
      for (let member = 0; member < 200; member++) {
        const rate = rng.uniform() < 0.5 ? 0.05 : 0.25;
        x.push(5 + rng.below(30));
        y.push(
          Array.from({ length: x.at(-1)! }, () => (rng.uniform() < rate ? 1 : 0)).reduce<number>(
            (a, b) => a + b,
            0,
          ),
        );
      }
      const { low, high } = ratioInterval(y, x);
      if (low <= 0.15 && 0.15 <= high) covered++;
    }
    // Binomial(400, 0.95): mean 380, deviation 4.4; four deviations either way.
    expect(covered).toBeGreaterThan(362);
    expect(covered).toBeLessThan(398);
  });
});
