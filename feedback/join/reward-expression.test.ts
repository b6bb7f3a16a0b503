import fc from 'fast-check';
import { evaluate } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_REWARD, isReward, rewardExpression } from './reward-expression.js';

const plays = fc.record({
  watchedSeconds: fc.double({ min: 0, max: 20_000, noNaN: true }),
  watchedFraction: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('the default reward', () => {
  it.each([
    [359.9, 0.69, 0],
    [360, 0, 1],
    [0, 0.7, 1],
    [10_000, 1, 1],
  ])('%d s, fraction %d: %d', (watchedSeconds, watchedFraction, reward) => {
    expect(rewardExpression().evaluate({ watchedSeconds, watchedFraction })).toBe(reward);
  });
});

describe('an expression', () => {
  it.each([
    DEFAULT_REWARD,
    'min(1, watchedSeconds / 600)',
    'max(0, min(1, (watchedSeconds - 30) / 570))',
    'watchedSeconds < 30 ? 0 : watchedFraction ^ 2',
    'watchedFraction > 0.5 ? 1 : watchedFraction * 0.5',
    'not (watchedSeconds < 60) and watchedFraction != 0.25',
    'true == (watchedFraction <= 1) and +watchedSeconds >= -1',
    '0.5 * (watchedSeconds > 60) + 0.5 * watchedFraction',
  ])('%s is what mathjs itself makes of it', (text) => {
    const ours = rewardExpression(text);
    fc.assert(
      // mathjs takes numbers within 1e-12 for equal; continuous draws never come that close to a threshold.
      fc.property(plays, (play) => {
        expect(ours.evaluate(play)).toBeCloseTo(Number(evaluate(text, { ...play })), 12);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it.each([
    ['', 'expected 1 to 500'],
    ['watchedSeconds >=', 'char'],
    ['import({a: 1})', 'expected only'],
    ['evaluate("1")', 'expected only'],
    ['parse("1")', 'expected only'],
    ['f(x) = x', 'expected only'],
    ['a = 1', 'expected only'],
    ['watchedSeconds; 1', 'expected only'],
    ['watchedSeconds.constructor', 'expected only'],
    ['watchedSeconds["constructor"]', 'expected only'],
    ['watchedSeconds.min(1)', 'expected only'],
    ['constructor', 'the name "constructor"'],
    ['__proto__', 'the name "__proto__"'],
    ['toString(1)', 'expected only'],
    ['hasOwnProperty(1)', 'expected only'],
    ['[1, 2]', 'expected only'],
    ['{a: 1}', 'expected only'],
    ['1:10000000', 'expected only'],
    ['"text"', 'expected only'],
    ['5 cm', 'expected only'],
    ['0.1 watchedFraction', 'expected only'],
    ['watchedSeconds!', 'expected only'],
    ['1e400', 'expected only'],
    ['min()', 'expected only'],
    ['if(1, 2)', 'expected only'],
    ['random()', 'expected only'],
    ['watchedSeconds', 'expected a number in [0, 1]'],
    ['0 - watchedFraction', 'expected a number in [0, 1]'],
    ['1 / watchedSeconds', 'expected a number in [0, 1]'],
    ['0 / watchedSeconds', 'expected a number in [0, 1]'],
  ])('%s is refused', (text, why) => {
    let message = '';
    try {
      rewardExpression(text);
    } catch (error) {
      expect(error).toMatchObject({ name: 'AppError', code: 'reward/bad-expression' });
      message = error instanceof Error ? error.message : '';
    }
    expect(message).toContain(why);
  });
});

it('if(a, b, c) is a ? b : c, which mathjs has no function for', () => {
  const [call, operator] = [
    'if(watchedSeconds < 30, 0, watchedFraction)',
    'watchedSeconds < 30 ? 0 : watchedFraction',
  ];
  fc.assert(
    fc.property(plays, (play) => {
      expect(rewardExpression(call).evaluate(play)).toBe(rewardExpression(operator).evaluate(play));
    }),
    { seed: 4, numRuns: 50 },
  );
});

it('an expression is bounded in length and in parts', () => {
  expect(() => rewardExpression(`${'('.repeat(240)}1${')'.repeat(240)}`)).toThrow('expected at most 100');
  expect(() => rewardExpression('1 + '.repeat(130))).toThrow('expected 1 to 500');
});

it('a reward is a number in [0, 1]', () => {
  expect([0, 0.5, 1].every(isReward)).toBe(true);
  expect([-0.1, 1.1, NaN, Infinity].some(isReward)).toBe(false);
});
