import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { chiSquareDeviate } from '../oracles.contract.js';
import { POLICY_NAMES, type PolicyName } from '../policy.js';
import { createBandit, restoreBandit, type Bandit } from './bandit.js';

/** The suite every policy passes in the façade. A new one is added to POLICY_NAMES and to nothing here. */
const D = 4;
const ARMS = ['a', 'b', 'c'];

interface Example {
  readonly arm: string;
  readonly x: Float32Array;
  readonly reward: number;
}

function world(seed: number, count: number): Example[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, () => {
    const arm = ARMS[rng.below(3)]!;
    const x = contextOf(rng);
    return { arm, x, reward: arm === 'a' && x[1]! > 0 ? rng.uniform() : 0 };
  });
}

function contextOf(rng: ReturnType<typeof seededRng>): Float32Array {
  return Float32Array.from({ length: D }, (_, i) => (i === 0 ? 1 : rng.normal()));
}

function taught(policy: PolicyName, examples: readonly Example[]): Bandit {
  const bandit = createBandit({ policy, dimension: D, arms: ARMS, seed: 5 });
  for (const { arm, x, reward } of examples) bandit.learn(arm, x, reward);
  return bandit;
}

/** Means and propensities of some decisions agree within `digits`. */
function expectAlike(one: Bandit, other: Bandit, digits: number): void {
  for (const { x } of world(99, 20)) {
    const [a, b] = [one.choose(x, 1), other.choose(x, 1)];
    a.means.forEach((mean, i) => {
      expect(b.means[b.arms.indexOf(a.arms[i]!)]).toBeCloseTo(mean, digits);
    });
  }
}

describe.each(POLICY_NAMES)('createBandit: %s', (policy) => {
  it('a snapshot restores to identical choices, and goes on to the same', () => {
    const rng = seededRng(3);
    const bandit = taught(policy, world(1, 200));
    bandit.removeArm('b');
    bandit.addArm('d');
    const twin = restoreBandit(bandit.snapshot());
    for (let n = 0; n < 200; n++) {
      const x = contextOf(rng);
      const choice = bandit.choose(x, n);
      expect(twin.choose(x, n)).toEqual(choice);
      for (const one of [bandit, twin]) one.learn(choice.arm, x, n % 2, { key: n });
    }
    expect(twin.snapshot()).toEqual(bandit.snapshot());
  });

  it('choosing changes nothing', () => {
    const bandit = taught(policy, world(2, 100));
    const before = bandit.snapshot();
    const first = bandit.choose(world(3, 1)[0]!.x, 'ann');
    for (const { x } of world(3, 100)) bandit.choose(x, 'bob');
    expect(bandit.choose(world(3, 1)[0]!.x, 'ann')).toEqual(first);
    expect(bandit.snapshot()).toEqual(before);
  });

  it('draws by its propensities, whatever keys are: 20,000 numbers, and strings (χ²)', () => {
    const bandit = taught(policy, world(4, 60));
    const { x } = world(5, 1)[0]!;
    const choice = bandit.choose(x, 0);
    expect(choice.propensities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    for (const keyOf of [(n: number) => n, (n: number) => `member-${n}`]) {
      const counts = new Map(ARMS.map((arm) => [arm, 0]));
      for (let n = 0; n < 20_000; n++) {
        const { arm, propensity, arms, propensities } = bandit.choose(x, keyOf(n), choice);
        expect(propensity).toBe(propensities[arms.indexOf(arm)]);
        counts.set(arm, counts.get(arm)! + 1);
      }
      expect(Math.abs(chiSquareDeviate([...counts.values()], [...choice.propensities]))).toBeLessThan(4);
    }
  });

  it('a late reward equals an early one', () => {
    const examples = world(6, 150);
    const late = createBandit({ policy, dimension: D, arms: ARMS, seed: 5 });
    for (const { arm, x } of examples) late.learn(arm, x, 0);
    for (const { arm, x, reward } of examples.toReversed()) late.reward(arm, x, reward);
    const early = taught(policy, examples);
    for (const one of [early, late]) one.refresh();
    expectAlike(early, late, 5);
  });

  it('merged bandits equal one that learned all, arms one of them lacks included', () => {
    const [mine, theirs] = [world(7, 120), world(8, 150)];
    const together = taught(policy, [...mine, ...theirs]);
    together.addArm('d');
    together.learn('d', [1, 0, 0, 0], 1);
    const other = taught(policy, theirs);
    other.addArm('d');
    other.learn('d', [1, 0, 0, 0], 1);
    other.removeArm('c');
    together.removeArm('c');
    const merged = taught(policy, mine);
    merged.merge(other);
    merged.removeArm('c');
    for (const one of [together, merged]) one.refresh();
    expect(merged.arms).toEqual(['a', 'b', 'd']);
    expectAlike(together, merged, 5);
  });

  it('what throws has changed nothing', () => {
    const bandit = taught(policy, world(9, 50));
    const before = bandit.snapshot();
    const x = [1, 0, 0, 0];
    const other = createBandit({ policy, dimension: D, halfLifeMs: 5 });
    const many = createBandit({ policy, dimension: D, arms: Array.from({ length: 199 }, (_, n) => `${n}`) });
    const acts: [() => void, string][] = [
      [() => bandit.learn('z', x, 1), 'bandit/unknown-arm'],
      [() => bandit.learn('a', x, 2), 'bandit/bad-reward'],
      [() => bandit.learn('a', x, NaN), 'bandit/bad-reward'],
      [() => bandit.learn('a', [1, 0, 0], 1), 'bandit/bad-shape'],
      [() => bandit.learn('a', [1, 0, 0, NaN], 1), 'bandit/bad-shape'],
      [() => bandit.learn('a', [1, 0, 0, 1e300], 1), 'bandit/bad-shape'],
      [() => bandit.learn('a', x, 1, { weight: -1 }), 'bandit/bad-shape'],
      [() => bandit.learn('a', x, 1, { atMs: Infinity }), 'bandit/bad-shape'],
      [() => bandit.reward('z', x, 1), 'bandit/unknown-arm'],
      [() => bandit.reward('a', x, -1.5), 'bandit/bad-reward'],
      [() => bandit.reward('a', [], 1), 'bandit/bad-shape'],
      [() => bandit.choose({}, 1), 'bandit/empty-slate'],
      [() => bandit.choose({ z: x }, 1), 'bandit/unknown-arm'],
      [() => bandit.choose({ a: x, b: [1] }, 1), 'bandit/bad-shape'],
      [() => bandit.choose([1, 2, 3, Infinity], 1), 'bandit/bad-shape'],
      [() => bandit.choose(x, 0.5), 'bandit/bad-shape'],
      [() => bandit.addArm('a'), 'bandit/bad-setting'],
      [() => bandit.addArm(''), 'bandit/bad-setting'],
      [() => bandit.removeArm('z'), 'bandit/unknown-arm'],
      [() => bandit.merge(other), 'bandit/bad-shape'],
      [() => bandit.merge(many), 'bandit/bad-setting'],
    ];
    for (const [act, code] of acts) {
      expect(act).toThrow(expect.objectContaining({ code }));
      expect(bandit.snapshot()).toEqual(before);
    }
  });

  it('bytes that do not parse, or mean something else, change nothing', () => {
    const bandit = taught(policy, world(10, 50));
    const before = bandit.snapshot();
    fc.assert(
      fc.property(fc.nat(before.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const flipped = before.slice();
        flipped[at] = flipped[at]! ^ change;
        for (const bytes of [flipped, before.subarray(0, at)]) {
          expect(() => {
            bandit.restore(bytes);
          }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
        }
      }),
      { seed: 1, numRuns: 60 },
    );
    const stranger = createBandit({ policy, dimension: D, arms: ARMS, seed: 6 });
    expect(() => {
      bandit.restore(stranger.snapshot());
    }).toThrow(/seed 6; expected 5/);
    expect(bandit.snapshot()).toEqual(before);
  });
});

describe.each(POLICY_NAMES)('sizes: %s', (policy) => {
  it.each([
    [1, 1],
    [1, 200],
    [256, 2],
  ])('d = %i, %i arms', (dimension, size) => {
    const rng = seededRng(size);
    const arms = Array.from({ length: size }, (_, n) => `arm-${n}`);
    const bandit = createBandit({ policy, dimension, arms });
    for (let n = 0; n < 5; n++) {
      const x = Float32Array.from({ length: dimension }, () => rng.normal());
      const { arm, propensities } = bandit.choose(x, n);
      expect(propensities.length).toBe(size);
      expect(propensities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      bandit.learn(arm, x, 1);
    }
    expect(bandit.arms).toEqual(arms);
  });
});
