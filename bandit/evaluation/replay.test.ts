import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { replay } from './index.js';

const notUniform = expect.objectContaining({ code: 'evaluation/not-uniform' }) as Error;
const row = { reward: 1, loggingPropensity: 0.25, targetPropensity: 1 };

describe('replay', () => {
  it('refuses a propensity that is not 1/K', () => {
    expect(() => replay(seededRng(1)).add({ ...row, offeredArms: 5 })).toThrow(notUniform);
  });

  it('reads K off the first row when it is not told', () => {
    const estimator = replay(seededRng(1));
    estimator.add(row);
    expect(() => estimator.add({ ...row, loggingPropensity: 0.2 })).toThrow(notUniform);
    expect(() => replay(seededRng(1)).add({ ...row, loggingPropensity: 0.4 })).toThrow(notUniform);
  });

  it('accepts 1/34 written with six digits', () => {
    const estimator = replay(seededRng(1));
    estimator.add({ reward: 1, loggingPropensity: 0.029412, targetPropensity: 1, offeredArms: 34 });
    expect(estimator.estimate().value).toBe(1);
  });

  it('averages kept rows alone: a target that always takes the logged arm keeps all, one that never does keeps none', () => {
    const all = replay(seededRng(1));
    const none = replay(seededRng(1));
    for (let i = 0; i < 40; i++) {
      all.add({ ...row, reward: i % 4 === 0 ? 1 : 0 });
      none.add({ ...row, targetPropensity: 0 });
    }
    expect(all.estimate()).toMatchObject({ value: 0.25, effectiveSampleSize: 40 });
    expect(none.estimate()).toMatchObject({ value: NaN, effectiveSampleSize: 0 });
  });

  it('is the same again with the same seed', () => {
    const run = (): number => {
      const estimator = replay(seededRng(5));
      for (let i = 0; i < 100; i++) {
        estimator.add({ reward: i % 2, loggingPropensity: 0.5, targetPropensity: 0.5 });
      }
      return estimator.estimate().value;
    };
    expect(run()).toBe(run());
  });
});
