import { describe, expect, it } from 'vitest';
import { createBandit } from './bandit.js';

describe('arms', () => {
  const bandit = () =>
    createBandit({
      policy: 'linear-thompson',
      dimension: 2,
      arms: ['a', 'b'],
      shared: { refreshAtLeast: 4 },
    });

  it('are offered in the order they came, or those and in the order that the contexts say', () => {
    const one = bandit();
    one.addArm('c');
    expect(one.choose([1, 0], 1).arms).toEqual(['a', 'b', 'c']);
    expect(one.choose({ c: [1, 0], a: [1, 1] }, 1).arms).toEqual(['c', 'a']);
    expect(one.choose(new Map([['b', Float32Array.of(1, 1)]]), 1)).toMatchObject({
      arm: 'b',
      propensity: 1,
      arms: ['b'],
    });
    const before = one.choose({ a: [1, 0], b: [1, 0] }, 1);
    expect(one.choose({ b: [1, 0], a: [1, 0] }, 1).arm).toBe(before.arm);
  });

  it('that come later start from what all have in common: x·μ, μ = (I + S₀)⁻¹b₀', () => {
    const one = bandit();
    for (const arm of ['a', 'b', 'a', 'b']) one.learn(arm, [1, 0], 1);
    one.addArm('c');
    // S₀ = 4 and b₀ = 4 along x: μ = 4/5. The first two have 2 each, around it: (2 + 4/5)/3.
    const { means } = one.choose([1, 0], 1);
    expect(means[2]).toBeCloseTo(4 / 5, 6);
    expect(means[0]).toBeCloseTo((2 + 4 / 5) / 3, 6);
  });

  it('that left have taught what they taught, and a new one in their row knows nothing else of them', () => {
    const one = bandit();
    for (let n = 0; n < 20; n++) one.learn('a', [1, 0], 1);
    one.removeArm('a');
    one.addArm('c');
    one.refresh();
    expect(one.arms).toEqual(['b', 'c']);
    const { means } = one.choose([1, 0], 1);
    for (const mean of means) expect(mean).toBeCloseTo(20 / 21, 6);
    expect(() => one.choose({ a: [1, 0] }, 1)).toThrow(/arm is "a"; expected one of: b, c/);
  });

  it('without a shared block start from nothing', () => {
    const one = createBandit({
      policy: 'linear-thompson',
      dimension: 2,
      arms: ['a', 'b'],
      shared: { enabled: false },
    });
    for (let n = 0; n < 50; n++) one.learn('a', [1, 0], 1);
    one.refresh();
    expect(one.choose([1, 0], 1).means[1]).toBe(0);
  });
});

describe('a bandit', () => {
  it('finds out which picture whom it suits: 95 of the last 100 right, at a floor of 2 %', () => {
    const bandit = createBandit({
      policy: 'linear-thompson',
      dimension: 2,
      arms: ['egg', 'ripley'],
      settings: { floor: 0.02 },
    });
    let right = 0;
    for (let n = 0; n < 600; n++) {
      const likesHorror = n % 2 === 0 ? 1 : -1;
      const { arm } = bandit.choose([1, likesHorror], n);
      const played = (arm === 'egg') === (likesHorror === 1) ? 1 : 0;
      bandit.learn(arm, [1, likesHorror], played);
      if (n >= 500) right += played;
    }
    expect(right).toBeGreaterThanOrEqual(95);
  });

  it('forgets: what was liked ten half-lives ago counts for a thousandth', () => {
    const bandit = createBandit({
      policy: 'linear-thompson',
      dimension: 1,
      arms: ['a'],
      halfLifeMs: 1000,
      shared: { enabled: false },
    });
    for (let n = 0; n < 1024; n++) bandit.learn('a', [1], 1, { atMs: 0 });
    bandit.learn('a', [1], 0, { atMs: 10_000 });
    // Weights 1024/1024 with reward 1, and 1 with 0, and λ = 1.
    expect(bandit.choose([1], 1).means[0]).toBeCloseTo(1 / 3, 6);
  });

  it.each([
    [{ policy: 'linear-thompson', dimension: 0 }, /dimension is 0; expected an integer in \[1, 256\]/],
    [{ policy: 'uniform', dimension: 2, maxArms: 201 }, /maxArms is 201; expected an integer in \[1, 200\]/],
    [{ policy: 'uniform', dimension: 2, seed: 0.5 }, /seed is 0.5; expected a safe integer/],
    [{ policy: 'uniform', dimension: 2, halfLifeMs: 0 }, /halfLifeMs is 0/],
    [{ policy: 'uniform', dimension: 2, arms: ['a', 'a'] }, /arm "a" is there already/],
    [
      { policy: 'uniform', dimension: 2, maxArms: 1, arms: ['a', 'b'] },
      /arm "b" would be number 2; expected at most 1/,
    ],
    [{ policy: 'linear-thompson', dimension: 2, settings: { lamda: 1 } }, /no setting "lamda"/],
    [{ policy: 'uniform', dimension: 2, shared: { refreshShare: 0 } }, /shared.refreshShare is 0/],
    [{ policy: 'uniform', dimension: 2, shared: { refreshAtLeast: 0 } }, /shared.refreshAtLeast is 0/],
  ] as const)('with options %j is refused by name', (options, message) => {
    expect(() => createBandit(options)).toThrow(message);
  });

  it('writes its choice where it is told to, and otherwise gives a new one', () => {
    const bandit = createBandit({ policy: 'uniform', dimension: 1, arms: ['a', 'b'] });
    const choice = bandit.choose([1], 1);
    const { propensities } = choice;
    expect(bandit.choose([1], 2, choice)).toBe(choice);
    expect(choice.propensities).toBe(propensities);
    expect(bandit.choose([1], 2)).not.toBe(choice);
    expect(bandit.choose({ b: [1] }, 2, choice)).toMatchObject({
      arm: 'b',
      arms: ['b'],
      propensities: Float64Array.of(1),
    });
  });
});
