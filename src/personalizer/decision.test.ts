import { describe, expect, it } from 'vitest';
import { decide, drawOf } from './decision.js';
import { DIMENSION } from './features.js';
import type { Asked } from './requests.js';
import { SharedModel } from './shared-model.js';
import { chosenContexts } from './decision.js';

const IDS = ['a', 'b', 'c', 'd'];
const ASKED: Asked = {
  ...{ context: [{ hour: 'late' }], excluded: ['c'] },
  actions: IDS.map((id) => ({ id, features: [{ kind: id }] })),
};
const SETTINGS = { lambda: 1, gamma: 10, growth: 0.5, exploration: 0.2 };

function taught(): SharedModel {
  const model = new SharedModel(SETTINGS, Infinity);
  for (const [arm, reward] of [0.1, 0.9, 0, 0.3].entries()) {
    const [x] = chosenContexts(ASKED, Uint8Array.of(arm));
    for (let i = 0; i < 5; i++) model.learn(x!, reward, 0);
  }
  return model;
}

describe('Online', () => {
  it('chooses as often as its probabilities say (χ², 0.999 quantile of 2 degrees of freedom: 13.8)', () => {
    const model = taught();
    const rounds = 6_000;
    const counts = IDS.map(() => 0);
    let propensities = new Float32Array(0);
    for (let i = 0; i < rounds; i++) {
      const decision = decide(model, ASKED, 'Online', drawOf('secret', `event-${i}`));
      propensities = new Float32Array(decision.propensities);
      counts[decision.chosen[0]!]!++;
    }
    expect(propensities[2]).toBe(0);
    expect(counts[2]).toBe(0);
    expect(propensities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
    expect(propensities.indexOf(Math.max(...propensities))).toBe(1);
    // ε/K over the three on offer
    for (const k of [0, 1, 3]) expect(propensities[k]).toBeGreaterThanOrEqual(0.2 / 3 - 1e-6);
    const chi2 = [0, 1, 3].reduce((sum, k) => {
      const expected = rounds * propensities[k]!;
      return sum + (counts[k]! - expected) ** 2 / expected;
    }, 0);
    expect(chi2).toBeLessThan(13.8);
  });

  it('does not change the model by choosing', () => {
    const model = taught();
    const before = model.encode();
    decide(model, ASKED, 'Online', drawOf('secret', 'e'));
    expect(model.encode()).toEqual(before);
  });

  it('fills slots with actions that are different, and none that a slot excludes', () => {
    const slots = ['x', 'y', 'z'].map((id, i) => ({
      ...{ id, features: [{ place: id }], excluded: id === 'y' ? ['b', 'd'] : [] },
      baseline: IDS[i]!,
    }));
    for (let i = 0; i < 200; i++) {
      const { chosen, propensities } = decide(taught(), { ...ASKED, slots }, 'Online', drawOf('s', `${i}`));
      expect(new Set(chosen).size).toBe(3);
      expect([1, 3]).not.toContain(chosen[1]);
      for (let slot = 0; slot < 3; slot++) {
        const row = propensities.subarray(slot * 4, slot * 4 + 4);
        expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
        for (const earlier of chosen.subarray(0, slot)) expect(row[earlier]).toBe(0);
      }
    }
  });
});

describe.each(['Apprentice', 'LoggingOnly'] as const)('%s', (mode) => {
  it('shows the first action that is not excluded, for certain', () => {
    const excluded = { ...ASKED, excluded: ['a'] };
    const { chosen, propensities } = decide(taught(), excluded, mode, drawOf('s', 'e'));
    expect([...chosen]).toEqual([1]);
    expect([...propensities]).toEqual([0, 1, 0, 0]);
  });

  it('fills slots with their baselines', () => {
    const slots = ['x', 'y'].map((id, i) => ({ id, features: [], excluded: [], baseline: IDS[3 - i]! }));
    expect([...decide(taught(), { ...ASKED, slots }, mode, drawOf('s', 'e')).chosen]).toEqual([3, 2]);
  });
});

it('scores as many actions as may be configured', () => {
  const model = new SharedModel(SETTINGS, Infinity);
  expect(model.contexts).toHaveLength(200 * DIMENSION);
  const actions = Array.from({ length: 200 }, (_, i) => ({ id: `${i}`, features: [] }));
  const { propensities } = decide(model, { context: [], excluded: [], actions }, 'Online', { a: 1, b: 2 });
  expect(Math.min(...propensities)).toBeCloseTo(1 / 200, 6);
});
