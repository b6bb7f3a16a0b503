import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OnlineRidge } from './online-ridge.js';
import { context, D, examples, expectClosedForm, learned } from './ridge-oracle.contract.js';

const HALF_LIFE_MS = 1000;

describe('forgetting', () => {
  it('weighs an example 2^(−age/half-life) and λ in full, exactly, whenever it has just factorised', () => {
    fc.assert(
      fc.property(examples, context, (list, mean) => {
        const ridge = learned({ halfLifeMs: HALF_LIFE_MS }, list, mean);
        expect(ridge.refactorise(0)).toBe(true);
        const latest = Math.max(...list.map((e) => e.atMs));
        expectClosedForm(ridge, list, mean, 1, (atMs) => 2 ** ((atMs - latest) / HALF_LIFE_MS));
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it('in between counts λ as what it has decayed to since, 92 % at the least', () => {
    fc.assert(
      fc.property(examples, context, (unordered, mean) => {
        const list = unordered.map((e) => ({ ...e, atMs: e.atMs / 25 })).sort((a, b) => a.atMs - b.atMs);
        const ridge = learned({ halfLifeMs: HALF_LIFE_MS }, list, mean);
        const [first, latest] = [list[0]?.atMs ?? 0, list.at(-1)?.atMs ?? 0];
        const decayed = 2 ** ((first - latest) / HALF_LIFE_MS);
        expect(decayed).toBeGreaterThan(0.92);
        expectClosedForm(ridge, list, mean, decayed, (atMs) => 2 ** ((atMs - latest) / HALF_LIFE_MS));
      }),
      { seed: 2, numRuns: 40 },
    );
  });

  it('a late reward has the weight that its example has by now', () => {
    fc.assert(
      fc.property(examples, (list) => {
        const late = learned(
          { halfLifeMs: HALF_LIFE_MS },
          list.map((e) => ({ ...e, reward: 0 })),
        );
        for (const { x, reward, weight, atMs } of list)
          late.changeReward(0, Float32Array.from(x), reward, weight, atMs);
        late.refactorise(0);
        const latest = Math.max(...list.map((e) => e.atMs));
        expectClosedForm(late, list, [0, 0, 0, 0, 0], 1, (atMs) => 2 ** ((atMs - latest) / HALF_LIFE_MS));
      }),
      { seed: 3, numRuns: 30 },
    );
  });

  it('factorises by itself once the latest example is an eighth of a half-life later, after d/4 examples', () => {
    const one = { x: [1, 0.5, 0, 0, -1], reward: 1, weight: 1 };
    const list = [0, 60, 120, 126].map((atMs) => ({ ...one, atMs }));
    const ridge = learned({ halfLifeMs: HALF_LIFE_MS }, list);
    expectClosedForm(ridge, list, [0, 0, 0, 0, 0], 1, (atMs) => 2 ** ((atMs - 126) / HALF_LIFE_MS));
  });

  it('waits for examples up to half a half-life', () => {
    const list = [0, 400, 510].map((atMs) => ({ x: [1, 0.5, 0, 0, -1], reward: 1, weight: 1, atMs }));
    const decay = (latest: number) => (atMs: number) => 2 ** ((atMs - latest) / HALF_LIFE_MS);
    const early = learned({ halfLifeMs: HALF_LIFE_MS }, list.slice(0, 2));
    expectClosedForm(early, list.slice(0, 2), [0, 0, 0, 0, 0], 2 ** -0.4, decay(400));
    expectClosedForm(learned({ halfLifeMs: HALF_LIFE_MS }, list), list, [0, 0, 0, 0, 0], 1, decay(510));
  });

  it('a million half-lives later only the prior and the newest example are left', () => {
    const one = { x: [1, 0.5, 0, 0, -1], reward: 1, weight: 1 };
    const list = [0, 1e9].map((atMs) => ({ ...one, atMs }));
    expectClosedForm(learned({ halfLifeMs: HALF_LIFE_MS }, list), list.slice(1), [0, 0, 0, 0, 0]);
  });

  it('stays finite where float64 loses λ: sums that cannot be factorised, however late', () => {
    const ridge = new OnlineRidge({ dimension: D, lambda: 1e-6, halfLifeMs: HALF_LIFE_MS });
    const x = new Float32Array(D).fill(1e6);
    for (const atMs of [0, 1, 500, 5000, 1e9, 1e9 + 1, 1e12]) ridge.learn(0, x, 1, 1, atMs);
    expect(ridge.refactorise(0)).toBe(false);
    const { inverseLower, theta } = ridge.posterior(0)!;
    expect([...inverseLower, ...theta].every(Number.isFinite)).toBe(true);
    // Five features that are one: x·θ is the mean reward all the same.
    expect(theta.reduce((sum, value) => sum + value * 1e6, 0)).toBeCloseTo(1, 6);
  });
});
