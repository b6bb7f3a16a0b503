import { describe, expect, it } from 'vitest';
import { mix32 } from '../../core/hash.js';
import { seededRng } from '../../core/rng.js';
import type { ArmStatistics } from '../arm-statistics.js';
import { chooseArm } from '../choose.js';
import { chiSquareDeviate } from '../oracles.contract.js';
import { statisticsOf } from '../policy-statistics.js';
import type { Model, Policy, Slate, SlateScores } from '../policy.js';
import { emptyPrior, priorFrom } from '../prior.js';
import { identityRepresentation, randomReluRepresentation } from '../representation.js';
import { createPolicy } from './index.js';
import { neuralLinear } from './neural-linear.js';

const D = 4;
const Z = 48;
const ARMS = 3;
const RELU = randomReluRepresentation({ inputDimension: D, dimension: Z, seed: 11 });
const HEADS = ['linear-thompson', 'squarecb', 'linucb-hybrid', 'online-bagging', 'epsilon-greedy'] as const;

/** Rewards turn on whether two entries agree in sign: no linear function of x says so. */
function takeRate(row: number, x: Float32Array): number {
  return x[1]! * x[2]! > 0 === (row === 1) ? 0.8 : 0.2;
}

function contextFrom(rng: ReturnType<typeof seededRng>): Float32Array {
  return Float32Array.from({ length: D }, (_, i) => (i === 0 ? 1 : rng.normal()));
}

interface World {
  readonly statistics: ArmStatistics;
  readonly shared: ArmStatistics;
}

function learned(policy: Policy, seed: number, trials: number): World {
  const rng = seededRng(seed);
  const statistics = statisticsOf(policy);
  const { dimension, representation } = policy;
  const shared = statisticsOf({ dimension, representation });
  const z = new Float32Array(dimension);
  for (let t = 0; t < trials; t++) {
    const x = contextFrom(rng);
    const row = rng.below(ARMS - 1);
    const reward = rng.uniform() < takeRate(row, x) ? 1 : 0;
    if (representation === undefined) z.set(x);
    else representation.transform(x, 1, z);
    for (const [sums, at] of [
      [statistics, row],
      [shared, 0],
    ] as const) {
      sums.addTrial(at, z, 0, 1, 0, t);
      if (reward > 0) sums.addReward(at, z, 0, reward, 1, 0, t);
    }
  }
  return { statistics, shared };
}

function served(policy: Policy, world: World): Model {
  const model = policy.emptyModel();
  policy.apply(model, policy.fit(world.statistics, priorFrom(world.shared)));
  return model;
}

function scored(policy: Policy, model: Model, x: Float32Array): SlateScores {
  const contexts = Float32Array.from([...x, ...x, ...x]);
  const slate: Slate = { size: ARMS, rows: Int32Array.of(0, 1, 2), contexts };
  const scores = {
    means: new Float64Array(ARMS),
    deviations: new Float64Array(ARMS),
    propensities: new Float64Array(ARMS),
  };
  policy.score(model, slate, scores);
  return scores;
}

describe.each(HEADS)('laws: neural-linear on top of %s', (name) => {
  const policy = neuralLinear(RELU, createPolicy(name, {}, Z));
  const world = learned(policy, 1, 400);
  const model = served(policy, world);

  it('has the head’s floor, and probabilities that draws follow (χ²)', () => {
    const rng = seededRng(2);
    for (let i = 0; i < 50; i++) {
      const { propensities } = scored(policy, model, contextFrom(rng));
      expect(propensities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      expect(Math.min(...propensities)).toBeGreaterThanOrEqual((policy.floor / ARMS) * (1 - 1e-12));
    }
    const { propensities } = scored(policy, model, contextFrom(rng));
    const hashes = Uint32Array.from({ length: ARMS }, (_, a) => mix32(a + 1));
    const counts = [0, 0, 0];
    for (let n = 0; n < 20_000; n++) counts[chooseArm(propensities, ARMS, n, 1, 2, hashes)]!++;
    expect(Math.abs(chiSquareDeviate(counts, [...propensities]))).toBeLessThan(4);
  });

  it('round-trips through its bytes, and scoring writes nothing', () => {
    const rng = seededRng(3);
    const again = served(policy, world);
    const [rows, byteLength] = [model.rows, model.byteLength];
    for (let i = 0; i < 20; i++) {
      const x = contextFrom(rng);
      expect(scored(policy, model, x)).toEqual(scored(policy, again, x));
    }
    expect([model.rows, model.byteLength]).toEqual([rows, byteLength]);
    expect(policy.fit(world.statistics, priorFrom(world.shared))).toEqual(
      policy.fit(world.statistics, priorFrom(world.shared)),
    );
  });

  it('is the head, to the bit, over the identity', () => {
    const head = createPolicy(name, {}, D);
    const wrapped = neuralLinear(identityRepresentation(D), head);
    const [plain, through] = [learned(head, 4, 300), learned(wrapped, 4, 300)];
    const models = [served(head, plain), served(wrapped, through)];
    const rng = seededRng(5);
    for (let i = 0; i < 20; i++) {
      const x = contextFrom(rng);
      expect(scored(wrapped, models[1]!, x)).toEqual(scored(head, models[0]!, x));
    }
  });
});

describe('neural-linear', () => {
  it('learns what no linear function of the context can say', () => {
    const rightShare = (policy: Policy): number => {
      const model = served(policy, learned(policy, 6, 3_000));
      const rng = seededRng(7);
      let right = 0;
      for (let i = 0; i < 500; i++) {
        const x = contextFrom(rng);
        const { means } = scored(policy, model, x);
        const [best, predicted] = [takeRate(1, x) > takeRate(0, x), means[1]! > means[0]!];
        if (best === predicted) right++;
      }
      return right / 500;
    };
    const head = createPolicy('linear-thompson', {}, Z);
    expect(rightShare(neuralLinear(RELU, head))).toBeGreaterThan(0.8);
    expect(rightShare(createPolicy('linear-thompson', {}, D))).toBeLessThan(0.65);
  });

  it('refuses statistics and bytes of another version, name or input; nothing has changed then', () => {
    const head = createPolicy('linear-thompson', {}, Z);
    const policy = neuralLinear(RELU, head);
    const newer = neuralLinear({ ...RELU, version: 12 }, head);
    const renamed = neuralLinear({ ...RELU, name: 'two-tower' }, head);
    const narrower = neuralLinear({ ...RELU, inputDimension: D - 1 }, head);
    const world = learned(policy, 8, 100);
    const bytes = policy.fit(world.statistics, priorFrom(world.shared));
    const wrong = { code: 'bandit/wrong-representation' };
    for (const other of [newer, renamed]) {
      expect(() => other.fit(world.statistics, emptyPrior(Z))).toThrow(expect.objectContaining(wrong));
      const model = other.emptyModel();
      expect(() => {
        other.apply(model, bytes);
      }).toThrow(expect.objectContaining(wrong));
      expect(model.rows).toBe(0);
    }
    expect(() => {
      narrower.apply(narrower.emptyModel(), bytes);
    }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
    expect(() => policy.fit(statisticsOf({ dimension: Z }), emptyPrior(Z))).toThrow(
      'learned in contexts as they are; expected random-relu@11',
    );
    expect(() => statisticsOf(newer).merge(world.statistics)).toThrow('in random-relu@11; expected');
  });

  it('refuses bytes cut short or of the bare head, and takes them from any offset', () => {
    const head = createPolicy('linear-thompson', {}, Z);
    const policy = neuralLinear(RELU, head);
    const world = learned(policy, 9, 50);
    const bytes = policy.fit(world.statistics, priorFrom(world.shared));
    const bare = statisticsOf({ dimension: Z });
    for (const bad of [
      head.fit(bare, emptyPrior(Z)),
      ...[0, 3, 11, 12, 20, bytes.length - 1].map((n) => bytes.subarray(0, n)),
    ]) {
      expect(() => {
        policy.apply(policy.emptyModel(), bad);
      }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
    }
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const model = policy.emptyModel();
    policy.apply(model, shifted.subarray(3));
    expect(model.rows).toBe(2);
  });

  it('golden bytes, version 1: the representation, then the head', () => {
    const policy = neuralLinear(identityRepresentation(1), createPolicy('linear-thompson', { lambda: 1 }, 1));
    const statistics = statisticsOf(policy);
    statistics.addTrial(3, Float32Array.of(1), 0, 3, 0);
    statistics.addReward(3, Float32Array.of(1), 0, 0.5, 1, 0);
    const prior = { mean: Float64Array.of(0.5), meanReward: 0.25 };
    // "MQNL" · 1 · 8 letters · x of 1 · version 1 · "identity" · the head's, as in fitted-bytes.test.ts
    expect(Buffer.from(policy.fit(statistics, prior)).toString('hex')).toBe(
      '4d514e4c' +
        '01' +
        '08' +
        '0100' +
        '01000000' +
        '6964656e74697479' +
        '4d51464201' +
        '03010001000000' +
        '01000000' +
        '000000000000d03f' +
        '000000000000e03f' +
        '03000000' +
        '0000803e' +
        '0000003f',
    );
  });

  it('refuses a head of another dimension, a second representation and a name that is none', () => {
    const head = createPolicy('linear-thompson', {}, D);
    const bad = { code: 'bandit/bad-setting' };
    expect(() => neuralLinear(RELU, head)).toThrow(expect.objectContaining(bad));
    const once = neuralLinear(identityRepresentation(D), head);
    expect(() => neuralLinear(identityRepresentation(D), once)).toThrow('not transformed twice');
    expect(() => neuralLinear({ ...identityRepresentation(D), name: 'Two towers' }, head)).toThrow(
      expect.objectContaining(bad),
    );
  });
});
