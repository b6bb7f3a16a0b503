import { describe, expect, it } from 'vitest';
import { ArmStatistics } from '../arm-statistics.js';
import { statisticsOf } from '../policy-statistics.js';
import { replicateWeight } from '../replicate-weights.js';
import { createPolicy } from './index.js';

/** Golden bytes of version 1, written out by hand from the layout. Never edited: a newer version gets its own. */
const statistics = new ArmStatistics({ dimension: 1 });
statistics.addTrial(3, Float32Array.of(1), 0, 3, 0);
statistics.addReward(3, Float32Array.of(1), 0, 0.5, 1, 0);
const prior = { mean: Float64Array.of(0.5), meanReward: 0.25 };

const MAGIC_AND_VERSION = '4d514642' + '01';

describe('fitted bytes, version 1', () => {
  it('uniform: a header and the mean reward', () => {
    const hex = Buffer.from(createPolicy('uniform', {}, 1).fit(statistics, prior)).toString('hex');
    expect(hex).toBe(`${MAGIC_AND_VERSION}01000001000000` + '00000000' + '000000000000d03f');
  });

  it('best-unpersonalised: row, n, Σr', () => {
    const policy = createPolicy('best-unpersonalised', {}, 1);
    const row = '03000000' + '0000000000000840' + '000000000000e03f';
    expect(Buffer.from(policy.fit(statistics, prior)).toString('hex')).toBe(
      `${MAGIC_AND_VERSION}02000001000000` + '01000000' + '000000000000d03f' + row,
    );
    // A delta: no prior.
    expect(Buffer.from(policy.fit(statistics, prior, Int32Array.of(3, 9))).toString('hex')).toBe(
      `${MAGIC_AND_VERSION}02000000000000` + '01000000' + row,
    );
  });

  it('linear-thompson: row, θ, L⁻¹ in float32', () => {
    const policy = createPolicy('linear-thompson', { lambda: 1 }, 1);
    // λ + S = 4, so L⁻¹ = 0.5; θ = (0.5 + 1·0.5)/4 = 0.25
    expect(Buffer.from(policy.fit(statistics, prior)).toString('hex')).toBe(
      `${MAGIC_AND_VERSION}03010001000000` +
        '01000000' +
        '000000000000d03f' +
        '000000000000e03f' +
        '03000000' +
        '0000803e' +
        '0000003f',
    );
  });

  it.each([
    ['linucb-hybrid', '07'],
    ['hybrid-thompson', '0a'],
  ])('%s: row, m = A⁻¹b, T = √λ·L⁻¹ in float32; the prior travels along', (name, code) => {
    const policy = createPolicy(name, { lambda: 1 }, 1);
    // A = λ + S = 4, so m = 0.5/4 = 0.125 whatever μ; T = 1·0.5
    expect(Buffer.from(policy.fit(statistics, prior)).toString('hex')).toBe(
      `${MAGIC_AND_VERSION}${code}010001000000` +
        '01000000' +
        '000000000000d03f' +
        '000000000000e03f' +
        '03000000' +
        '0000003e' +
        '0000003f',
    );
  });

  // λ + S = 4, so L⁻¹ = 0.5; θ = (0.5 + 1·0.5)/4 = 0.25; n = 3.
  it.each([
    ['epsilon-greedy', '04', '0000803e' + '00004040'],
    ['softmax', '05', '0000803e' + '00004040'],
    ['linucb', '06', '0000803e' + '0000003f' + '00004040'],
    ['squarecb', '08', '0000803e' + '00004040'],
    ['regcb', '09', '0000803e' + '0000003f' + '00004040'],
  ])('%s: row, θ, L⁻¹ if it has deviations, n in float32', (name, code, posterior) => {
    const policy = createPolicy(name, { lambda: 1 }, 1);
    const priorOfBase = '000000000000d03f' + '000000000000e03f';
    expect(Buffer.from(policy.fit(statistics, prior)).toString('hex')).toBe(
      `${MAGIC_AND_VERSION}${code}010001000000` + '01000000' + priorOfBase + '03000000' + posterior,
    );
    expect(Buffer.from(policy.fit(statistics, prior, Int32Array.of(3))).toString('hex')).toBe(
      `${MAGIC_AND_VERSION}${code}010000000000` + '01000000' + '03000000' + posterior,
    );
  });

  it('online-bagging: row, θ of each replicate in float32', () => {
    const policy = createPolicy('online-bagging', { replicates: 3, lambda: 1 }, 1);
    const sums = statisticsOf(policy);
    sums.addTrial(3, Float32Array.of(1), 0, 3, 0, 1);
    sums.addReward(3, Float32Array.of(1), 0, 0.5, 1, 0, 1);
    const counts = [0, 1, 2].map((j) => replicateWeight(1, j));
    expect(counts).toEqual([1, 0, 2]);
    // θ_j = (0.5·w + 1·0.5)/(3·w + 1): 1/4, 1/2, 1.5/7
    expect(Buffer.from(policy.fit(sums, prior)).toString('hex')).toBe(
      `${MAGIC_AND_VERSION}0b010001000000` +
        '01000000' +
        '000000000000d03f' +
        '000000000000e03f' +
        '03000000' +
        '0000803e' +
        '0000003f' +
        'b76d5b3e',
    );
  });

  it('bytes of one policy are refused by another, and of another d too', () => {
    const linear = createPolicy('linear-thompson', {}, 1);
    const counts = createPolicy('best-unpersonalised', {}, 1);
    expect(() => {
      linear.apply(linear.emptyModel(), counts.fit(statistics, prior));
    }).toThrow('policy code 2; expected 3 (linear-thompson)');
    const wider = createPolicy('linear-thompson', {}, 2);
    expect(() => {
      wider.apply(wider.emptyModel(), linear.fit(statistics, prior));
    }).toThrow('d = 1; expected 2');
  });

  it('a row number out of range is refused before anything is allocated for it', () => {
    const policy = createPolicy('best-unpersonalised', {}, 1);
    const bytes = policy.fit(statistics, prior, Int32Array.of(3));
    new DataView(bytes.buffer).setUint32(16, 2 ** 31, true);
    expect(() => {
      policy.apply(policy.emptyModel(), bytes);
    }).toThrow(expect.objectContaining({ code: 'snapshot/corrupt' }));
  });
});
