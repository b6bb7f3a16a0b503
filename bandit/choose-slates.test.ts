import { describe, expect, it } from 'vitest';
import { mix32 } from '../core/hash.js';
import { seededRng, type Rng } from '../core/rng.js';
import { chooseArms } from './choose-slates.js';
import { chooseArm } from './choose.js';
import { mixFloor } from './exploration-floor.js';
import { explorationKernels } from './exploration-kernels.js';
import { createKernels } from './linalg/kernels.js';
import type { SlateRun } from './slate-run.js';
import { squareCbOfSlates } from './square-cb-slates.js';
import { writeSquareCb } from './square-cb.js';

const BACKENDS = [true, false].map((simd) => explorationKernels(createKernels({ simd })));
const COUNT = 1000;

interface Slates extends SlateRun {
  readonly arms: number;
  readonly scores: Float64Array;
  readonly gammas: Float64Array;
  readonly titleHashes: Uint32Array;
  readonly artworkHashes: Uint32Array;
}

function drawSlates(rng: Rng, count: number): Slates {
  const starts = new Int32Array(count + 1);
  for (let s = 0; s < count; s++) starts[s + 1] = starts[s]! + 1 + rng.below(s % 50 === 0 ? 200 : 14);
  const arms = starts[count]!;
  return {
    count,
    arms,
    starts,
    scores: Float64Array.from({ length: arms }, () => rng.normal() * 10 ** (-3 * rng.uniform())),
    gammas: Float64Array.from({ length: count }, () => (rng.uniform() < 0.1 ? 0 : 10 ** (4 * rng.uniform()))),
    titleHashes: Uint32Array.from({ length: count }, () => rng.below(2 ** 32)),
    artworkHashes: Uint32Array.from({ length: arms }, () => rng.below(2 ** 32)),
  };
}

/** What a page did before there were kernels: title by title, with the functions for one slate. */
function oneByOne(slates: Slates, floor: number, keyA: number, keyB: number): [Float64Array, Int32Array] {
  const propensities = new Float64Array(slates.arms);
  const chosen = new Int32Array(slates.count);
  for (let s = 0; s < slates.count; s++) {
    const [from, end] = [slates.starts[s]!, slates.starts[s + 1]!];
    const p = new Float64Array(end - from);
    writeSquareCb(slates.scores.subarray(from, end), end - from, slates.gammas[s]!, p);
    mixFloor(p, end - from, floor);
    propensities.set(p, from);
    const hashes = slates.artworkHashes.subarray(from, end);
    chosen[s] = chooseArm(p, end - from, keyA, keyB, slates.titleHashes[s]!, hashes);
  }
  return [propensities, chosen];
}

function together(
  slates: Slates,
  floor: number,
  keyA: number,
  keyB: number,
  kernels = BACKENDS[0],
): [Float64Array, Int32Array] {
  const propensities = new Float64Array(slates.arms);
  const chosen = new Int32Array(slates.count);
  squareCbOfSlates(slates, slates.scores, slates.gammas, floor, propensities, kernels);
  chooseArms(slates, propensities, keyA, keyB, slates.titleHashes, slates.artworkHashes, chosen, kernels);
  return [propensities, chosen];
}

describe.each(BACKENDS)('many slates at once ($backend)', (kernels) => {
  it('weighs and draws 100,000 slates as one by one: the same bits, the same arms', () => {
    const rng = seededRng(41);
    for (let page = 0; page < 100; page++) {
      const slates = drawSlates(rng, COUNT);
      const [floor, keyA, keyB] = [page % 3 === 0 ? 0 : 0.05, rng.below(2 ** 32), rng.below(2 ** 32)];
      const [propensities, chosen] = together(slates, floor, keyA, keyB, kernels);
      const [expectedPropensities, expected] = oneByOne(slates, floor, keyA, keyB);
      expect(propensities.findIndex((p, a) => p !== expectedPropensities[a])).toBe(-1);
      expect(chosen.findIndex((arm, s) => arm !== expected[s])).toBe(-1);
    }
  });

  it('draws as chooseArm does where float32 cannot: ties, vanishing and enormous weights, masks', () => {
    const rng = seededRng(42);
    const weights = [0, 5e-324, 1e-310, 1e-200, 1e-38, 1e-30, 1, 1e30, 1e300];
    for (let round = 0; round < 50; round++) {
      const slates = drawSlates(rng, 200);
      const propensities = Float64Array.from({ length: slates.arms }, () => weights[rng.below(9)]!);
      // At least one arm above 0; and twins, whose noise is the same and whose arrivals differ in the 13th digit.
      for (let s = 0; s < slates.count; s++) propensities[slates.starts[s]!] ||= 1;
      for (let a = 1; a < slates.arms; a++) {
        if (rng.uniform() > 0.3) continue;
        slates.artworkHashes[a] = slates.artworkHashes[a - 1]!;
        propensities[a] = propensities[a - 1]! * (1 + 1e-13 * rng.below(3));
      }
      for (let s = 0; s < slates.count; s++) propensities[slates.starts[s]!] ||= 1;
      const chosen = new Int32Array(slates.count);
      const key = rng.below(2 ** 32);
      chooseArms(slates, propensities, key, 1, slates.titleHashes, slates.artworkHashes, chosen, kernels);
      const expected = Array.from({ length: slates.count }, (_, s) => {
        const [from, end] = [slates.starts[s]!, slates.starts[s + 1]!];
        const hashes = slates.artworkHashes.subarray(from, end);
        return chooseArm(
          propensities.subarray(from, end),
          end - from,
          key,
          1,
          slates.titleHashes[s]!,
          hashes,
        );
      });
      expect([...chosen]).toEqual(expected);
    }
  });

  it('draws right in the corners of the noise: millions of keys, arms alike', () => {
    const starts = Int32Array.from({ length: COUNT + 1 }, (_, s) => 4 * s);
    const propensities = new Float64Array(4 * COUNT).fill(0.25);
    const artworkHashes = Uint32Array.from({ length: 4 * COUNT }, (_, a) => mix32(a % 4));
    const titleHashes = new Uint32Array(COUNT);
    const chosen = new Int32Array(COUNT);
    for (let page = 0; page < 100; page++) {
      for (let s = 0; s < COUNT; s++) titleHashes[s] = page * COUNT + s;
      chooseArms({ count: COUNT, starts }, propensities, 5, 6, titleHashes, artworkHashes, chosen, kernels);
      for (let s = 0; s < COUNT; s++)
        if (chosen[s] !== chooseArm(propensities, 4, 5, 6, titleHashes[s]!, artworkHashes))
          expect.fail(`title ${titleHashes[s]} draws ${chosen[s]}`);
    }
  });

  it('refuses what chooseArm and squareCb refuse', () => {
    const starts = Int32Array.of(0, 2, 4);
    const two = { count: 2, starts };
    const hashes = Uint32Array.of(1, 2, 3, 4);
    const choose = (...p: number[]): void => {
      chooseArms(two, Float64Array.from(p), 1, 2, hashes, hashes, new Int32Array(2), kernels);
    };
    const weigh = (scores: number[], gammas: number[]): void => {
      const out = new Float64Array(4);
      squareCbOfSlates(two, Float64Array.from(scores), Float64Array.from(gammas), 0, out, kernels);
    };
    const code = (name: string): object => expect.objectContaining({ code: name }) as object;
    for (const bad of [NaN, -1, Infinity])
      expect(() => {
        choose(1, 1, 1, bad);
      }).toThrow(code('bandit/bad-score'));
    expect(() => {
      choose(1, 0, 0, 0);
    }).toThrow(code('bandit/empty-slate'));
    expect(() => {
      choose(1, 0, 0);
    }).toThrow(code('bandit/bad-shape'));
    expect(() => {
      weigh([0, 1, 2, NaN], [1, 1]);
    }).toThrow(/arm 3 has score NaN/);
    expect(() => {
      weigh([0, 1, 2, 3], [1, -1]);
    }).toThrow(code('bandit/bad-gamma'));
    expect(() => {
      weigh([0, 1, 2, 3], [1]);
    }).toThrow(code('bandit/bad-shape'));
  });
});
