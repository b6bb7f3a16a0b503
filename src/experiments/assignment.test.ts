import { expect, test } from 'vitest';
import { loadConfig } from '../config.js';
import { assign, RANDOM_SLICE } from './assignment.js';

const experiment = (id: string) =>
  loadConfig({
    environment: {},
    overrides: {
      experiment: {
        id,
        randomSlice: 0.1,
        variants: [
          { id: 'a', weight: 1, policy: 'uniform' },
          { id: 'off', weight: 0, policy: 'uniform' },
          { id: 'b', weight: 2, policy: 'uniform' },
        ],
      },
    },
  }).experiment;

const [x, y] = [experiment('x'), experiment('y')];
const members = Array.from({ length: 30_000 }, (_, i) => `member-${i}`);

test('shares follow the weights: χ² with 2 degrees of freedom under its 99.9 % point 13.82 (table)', () => {
  const variants = members.map((m) => assign(x, m).variant);
  const expected = { [RANDOM_SLICE]: 3000, a: 9000, b: 18_000 };
  let chiSquare = 0;
  for (const [variant, n] of Object.entries(expected)) {
    const observed = variants.filter((v) => v === variant).length;
    chiSquare += (observed - n) ** 2 / n;
  }
  expect(chiSquare).toBeLessThan(13.82);
  expect(variants).not.toContain('off');
});

test('the same member stays in the same variant; another experiment splits independently', () => {
  const inX = members.map((m) => assign(x, m).variant);
  expect(members.map((m) => assign(x, m).variant)).toEqual(inX);
  const inY = members.map((m) => assign(y, m).variant);
  const both = members.filter((_, i) => inX[i] === 'a' && inY[i] === 'a').length;
  // independent: 30,000 × 0.3² = 2,700, standard deviation √(2,700 × 0.91) ≈ 49.6; 4 of them
  expect(Math.abs(both - 2700)).toBeLessThan(4 * 49.6);
});
