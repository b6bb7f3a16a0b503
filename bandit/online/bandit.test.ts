import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { POLICY_NAMES } from '../policy.js';
import { createBandit, restoreBandit } from './bandit.js';

const D = 4;

describe.each(POLICY_NAMES)('createBandit: %s', (policy) => {
  it('a snapshot restores to identical choices, and goes on to the same', () => {
    const rng = seededRng(3);
    const bandit = createBandit({ policy, dimension: D, arms: ['a', 'b', 'c'], seed: 5 });
    const step = (n: number): string => {
      const x = Float32Array.from({ length: D }, (_, i) => (i === 0 ? 1 : rng.normal()));
      const { arm } = bandit.choose(x, n);
      bandit.learn(arm, x, arm === 'a' && x[1]! > 0 ? 1 : 0);
      return arm;
    };
    for (let n = 0; n < 200; n++) step(n);
    const twin = restoreBandit(bandit.snapshot());
    for (let n = 0; n < 200; n++) {
      const x = [1, rng.normal(), rng.normal(), rng.normal()];
      const choice = bandit.choose(x, n);
      expect(twin.choose(x, n)).toEqual(choice);
      for (const one of [bandit, twin]) one.learn(choice.arm, x, n % 2);
    }
    expect(twin.snapshot()).toEqual(bandit.snapshot());
  });
});
