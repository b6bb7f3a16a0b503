import fc from 'fast-check';
import { expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { TokenBucket } from './token-bucket.js';

it('gives its burst at once, then one per refill, and says how long to wait', () => {
  const clock = manualClock(1_000);
  const bucket = new TokenBucket(4, 3, clock.nowMs());
  expect([1, 2, 3].map(() => bucket.take(clock.nowMs()))).toEqual([0, 0, 0]);
  // 4 a second: one in 250 ms
  expect(bucket.take(clock.nowMs())).toBe(250);
  clock.advance(100);
  expect(bucket.take(clock.nowMs())).toBeCloseTo(150, 9);
  clock.advance(150);
  expect(bucket.take(clock.nowMs())).toBe(0);
  clock.advance(3_600_000);
  expect([1, 2, 3].map(() => bucket.take(clock.nowMs()))).toEqual([0, 0, 0]);
  expect(bucket.take(clock.nowMs())).toBeGreaterThan(0);
});

it('neither gives nor holds up when the clock is set back', () => {
  const bucket = new TokenBucket(1, 1, 10_000);
  expect(bucket.take(10_000)).toBe(0);
  expect(bucket.take(0)).toBe(1_000);
  expect(bucket.take(1_000)).toBe(0);
});

const cases = fc.property(
  fc.double({ min: 0.01, max: 10_000, noNaN: true }),
  fc.integer({ min: 1, max: 50 }),
  fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 120 }),
  (perSecond, burst, gapsMs) => {
    const clock = manualClock(0);
    const bucket = new TokenBucket(perSecond, burst, 0);
    const givenAtMs: number[] = [];
    for (const gapMs of gapsMs) {
      clock.advance(gapMs);
      const waitMs = bucket.take(clock.nowMs());
      if (waitMs === 0) givenAtMs.push(clock.nowMs());
      else expect(waitMs).toBeLessThanOrEqual(1000 / perSecond + 1e-6);
    }
    // The bound of the leaky bucket: burst + rate · time, in any stretch.
    for (const [first, fromMs] of givenAtMs.entries())
      for (let last = first; last < givenAtMs.length; last++)
        expect(last - first + 1).toBeLessThanOrEqual(
          burst + (perSecond * (givenAtMs[last]! - fromMs)) / 1000 + 1e-6,
        );
    return true;
  },
);

it('in no stretch of time gives more than burst + rate · time', () => {
  fc.assert(cases, { seed: 7, numRuns: 200 });
});

it('has what it said it would have after the wait, at every rate', () => {
  for (const perSecond of [0.3, 1, 3, 7, 99.9, 10_000]) {
    const bucket = new TokenBucket(perSecond, 1, 0);
    let nowMs = 0;
    bucket.take(nowMs);
    for (let i = 0; i < 1_000; i++) {
      const waitMs = bucket.take(nowMs);
      expect(waitMs).toBeGreaterThan(0);
      nowMs += waitMs;
      expect(bucket.take(nowMs)).toBe(0);
    }
  }
});
