import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArmStatistics } from '../arm-statistics.js';
import { OnlineRidge } from './online-ridge.js';
import {
  context,
  D,
  example,
  examples,
  expectClosedForm,
  expectNear,
  inverseOf,
  learned,
} from './ridge-oracle.contract.js';

const X = Float32Array.of(1, 0.5, 0, -0.25, 2);
const samples = fc.sample(example, { seed: 9, numRuns: 600 }).map((e) => ({ ...e, atMs: 0 }));

describe('merging', () => {
  it('equals learning together, whichever row it comes from', () => {
    fc.assert(
      fc.property(examples, examples, context, (mine, theirs, mean) => {
        const merged = learned({}, mine, mean);
        const other = new OnlineRidge({ dimension: D });
        for (const { x, reward, weight, atMs } of theirs)
          other.learn(4, Float32Array.from(x), reward, weight, atMs);
        merged.mergeRow(0, other.statistics, 4);
        if (mine.length + theirs.length > 0) expectClosedForm(merged, [...mine, ...theirs], mean);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it('is refused, and nothing changed, when the sums together have lost λ', () => {
    const [ridge, other] = [1, 2].map(() => new OnlineRidge({ dimension: D, lambda: 1e-6 }));
    ridge!.learn(0, X, 1, 1, 0);
    other!.learn(0, X, 1, 1, 0);
    for (let n = 0; n < 3; n++) other!.learn(0, new Float32Array(D).fill(1e6), 0, 1, 0);
    const before = ridge!.encodeRow(0);
    expect(() => {
      ridge!.mergeRow(0, other!.statistics);
    }).toThrow(expect.objectContaining({ code: 'bandit/not-positive-definite' }));
    expect(ridge!.encodeRow(0)).toEqual(before);
    expect(() => {
      ridge!.mergeRow(0, new ArmStatistics({ dimension: D + 1 }));
    }).not.toThrow();
    const wider = new ArmStatistics({ dimension: D + 1 });
    wider.addTrial(0, new Float32Array(D + 1), 0, 1, 0);
    expect(() => {
      ridge!.mergeRow(0, wider);
    }).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
    expect(ridge!.encodeRow(0)).toEqual(before);
  });
});

describe('rows', () => {
  it('come back to the bit from their bytes, and go on as if they had never been away', () => {
    const ridge = learned({ refactorEvery: 7 }, samples.slice(0, 300), [1, 0, 0, 0, 0]);
    const again = new OnlineRidge({ dimension: D, refactorEvery: 7 });
    again.setPriorMean(Float64Array.of(1, 0, 0, 0, 0));
    again.decodeRow(0, ridge.encodeRow(0));
    for (const one of [ridge, again])
      for (const { x, reward, weight } of samples.slice(300))
        one.learn(0, Float32Array.from(x), reward, weight, 0);
    expect(again.encodeRow(0)).toEqual(ridge.encodeRow(0));
    again.decodeRow(3, again.encodeRow(1));
    expect(again.posterior(3)).toBeUndefined();
  });

  it('bytes that do not parse change nothing', () => {
    const ridge = learned({}, samples.slice(0, 5));
    const bytes = ridge.encodeRow(0);
    const nan = bytes.slice();
    new DataView(nan.buffer).setFloat64(nan.length - 8, NaN, true);
    const other = new OnlineRidge({ dimension: D + 1 });
    other.learn(0, new Float32Array(D + 1), 0, 1, 0);
    for (const bad of [
      bytes.subarray(0, 3),
      bytes.subarray(0, bytes.length - 8),
      nan,
      other.encodeRow(0),
      new Uint8Array(0),
    ]) {
      expect(() => {
        ridge.decodeRow(0, bad);
      }).toThrow(expect.objectContaining({ code: 'checkpoint/corrupt' }));
    }
    expect(ridge.encodeRow(0)).toEqual(bytes);
  });

  it('cleared are the prior again', () => {
    const ridge = learned({ lambda: 4 }, samples.slice(0, 50), [1, 2, 3, 4, 5]);
    ridge.clearRow(0);
    ridge.clearRow(8);
    expect(ridge.weights(0)).toEqual(Float64Array.of(1, 2, 3, 4, 5));
    expectNear(inverseOf(ridge)[0]!, [0.25, 0, 0, 0, 0], 1e-15);
    expect(ridge.statistics.trials(0)).toBe(0);
    ridge.learn(0, X, 1, 1, 0);
    expectClosedForm(ridge, [{ x: [...X], reward: 1, weight: 1, atMs: 0 }], [1, 2, 3, 4, 5]);
  });
});

describe('what cannot be learned from', () => {
  const ridge = learned({}, samples.slice(0, 20));
  const before = ridge.encodeRow(0);
  const bad: [string, () => void, string][] = [
    ['reward > 1', () => ridge.learn(0, X, 1.01, 1, 0), 'bandit/bad-reward'],
    ['reward < 0', () => ridge.learn(0, X, -0.01, 1, 0), 'bandit/bad-reward'],
    ['reward NaN', () => ridge.learn(0, X, NaN, 1, 0), 'bandit/bad-reward'],
    ['change > 1', () => ridge.changeReward(0, X, 1.01, 1, 0), 'bandit/bad-reward'],
    ['change NaN', () => ridge.changeReward(0, X, NaN, 1, 0), 'bandit/bad-reward'],
    ['x NaN', () => ridge.learn(0, Float32Array.of(1, NaN, 0, 0, 0), 1, 1, 0), 'bandit/bad-shape'],
    ['x infinite', () => ridge.learn(0, Float32Array.of(1, Infinity, 0, 0, 0), 1, 1, 0), 'bandit/bad-shape'],
    ['x short', () => ridge.learn(0, X.subarray(1), 1, 1, 0), 'bandit/bad-shape'],
    ['x empty', () => ridge.changeReward(0, new Float32Array(0), 1, 1, 0), 'bandit/bad-shape'],
    ['weight < 0', () => ridge.learn(0, X, 1, -1, 0), 'bandit/bad-shape'],
    ['weight NaN', () => ridge.learn(0, X, 1, NaN, 0), 'bandit/bad-shape'],
    ['weight infinite', () => ridge.learn(0, X, 1, Infinity, 0), 'bandit/bad-shape'],
    ['weight that overflows sums', () => ridge.learn(0, X, 1, 1e101, 0), 'bandit/bad-shape'],
    [
      'weight 0 and x infinite',
      () =>
        ridge.learn(
          0,
          X.map(() => Infinity),
          1,
          0,
          0,
        ),
      'bandit/bad-shape',
    ],
    ['time NaN', () => ridge.learn(0, X, 1, 1, NaN), 'bandit/bad-shape'],
    ['time infinite', () => ridge.changeReward(0, X, 1, 1, Infinity), 'bandit/bad-shape'],
    ['row −1', () => ridge.learn(-1, X, 1, 1, 0), 'bandit/bad-shape'],
    ['row 0.5', () => ridge.learn(0.5, X, 1, 1, 0), 'bandit/bad-shape'],
    ['prior mean short', () => ridge.setPriorMean(new Float64Array(D - 1)), 'bandit/bad-shape'],
    ['prior mean NaN', () => ridge.setPriorMean(new Float64Array(D).fill(NaN)), 'bandit/bad-shape'],
  ];

  it.each(bad)('%s: a typed error, and not a bit has changed', (_, act, code) => {
    expect(act).toThrow(expect.objectContaining({ code }));
    expect(ridge.encodeRow(0)).toEqual(before);
    expect(ridge.statistics.rows).toBe(1);
  });

  it.each([
    [{ dimension: 0 }, /dimension is 0; expected an integer in \[1, 256\]/],
    [{ dimension: 257 }, /dimension is 257/],
    [{ dimension: 3, lambda: 0 }, /lambda is 0; expected a finite number > 0/],
    [{ dimension: 3, refactorEvery: 0.5 }, /refactorEvery is 0.5; expected an integer ≥ 1/],
    [{ dimension: 3, refactorAfterHalfLives: 0 }, /refactorAfterHalfLives is 0/],
    [{ dimension: 3, halfLifeMs: -1 }, /halfLifeMs is -1/],
  ])('settings %j are refused by name', (options, message) => {
    expect(() => new OnlineRidge(options)).toThrow(message);
  });
});
