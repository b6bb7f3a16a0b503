import normal from '@stdlib/stats-base-dists-normal';
import { describe, expect, it } from 'vitest';
import { explorationKernels } from './exploration-kernels.js';
import { createKernels } from './linalg/kernels.js';
import { chiSquareDeviate } from './oracles.contract.js';
import { philox } from './philox.js';
import { randomStream } from './random-stream.js';

const BACKENDS = [true, false].map((simd) => explorationKernels(createKernels({ simd })));
const COUNT = 200_000;
/** Of a normal deviate: by chance once in 30,000; seeds are fixed, so it either passes forever or shows a fault. */
const SURPRISING = 4;

describe('philox', () => {
  // Random123 1.09 (Salmon et al.), tests/kat_vectors, philox4x32 10.
  it.each([
    {
      counter: [0, 0, 0, 0],
      key: [0, 0],
      words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ])('answers as the reference implementation: $words.0', ({ counter, key, words }) => {
    const out = new Uint32Array(4);
    philox(Uint32Array.from(counter), Uint32Array.from(key), out);
    expect([...out]).toEqual(words);
  });
});

it('draws the same uniforms on both backends, bit by bit, and normals within 1e-12', () => {
  for (const seed of [0, 1, -1, 123_456_789, Number.MAX_SAFE_INTEGER]) {
    const [first, second] = BACKENDS.map((kernels) => {
      const [uniforms, normals] = [new Float64Array(40_000), new Float64Array(40_000)];
      const stream = randomStream(seed, kernels);
      stream.uniforms(uniforms);
      stream.normals(normals);
      return { uniforms, normals };
    });
    expect(first!.uniforms.findIndex((u, i) => u !== second!.uniforms[i])).toBe(-1);
    const apart = first!.normals.map((z, i) => Math.abs(z - second!.normals[i]!) / Math.max(1, Math.abs(z)));
    expect(apart.reduce((worst, gap) => Math.max(worst, gap), 0)).toBeLessThan(1e-12);
  }
});

describe.each(BACKENDS)('a stream ($backend)', (kernels) => {
  const drawn = (fill: 'uniforms' | 'normals', seed: number, count = COUNT): Float64Array => {
    const out = new Float64Array(count);
    randomStream(seed, kernels)[fill](out);
    return out;
  };
  const deviateOf = (values: readonly number[]): number => {
    const counts = new Array<number>(100).fill(0);
    for (const u of values) counts[Math.floor(100 * u)]!++;
    return Math.abs(chiSquareDeviate(counts, new Array<number>(100).fill(0.01)));
  };

  it('begins with the words of the reference implementation', () => {
    // Random123's first vector above: key 0, counter 0; 26 + 26 bits of each two words.
    const [u, v] = drawn('uniforms', 0, 2);
    expect(u).toBe(((0x6627e8d5 >>> 6) * 2 ** 26 + (0xe169c58d >>> 6) + 0.5) / 2 ** 52);
    expect(v).toBe(((0xbc57ac4c >>> 6) * 2 ** 26 + (0x9b00dbd8 >>> 6) + 0.5) / 2 ** 52);
  });

  it('does not depend on how it is cut', () => {
    for (const fill of ['uniforms', 'normals'] as const) {
      const stream = randomStream(9, kernels);
      const pieces = [2, 6, 30_000, 0, 14, 4].flatMap((length) => {
        const out = new Float64Array(length);
        stream[fill](out);
        return [...out];
      });
      const whole = drawn(fill, 9, pieces.length);
      expect(pieces.findIndex((value, i) => value !== whole[i])).toBe(-1);
    }
  });

  it('counts on past 2³²', () => {
    const at = (first: number): number[] => {
      const out = new Float64Array(8);
      kernels.fillPairs(1, 2, first, 4, false, out);
      return [...out];
    };
    // Overlapping reads across the carry agree, and the carry is not lost.
    expect(at(2 ** 32 - 2).slice(4)).toEqual(at(2 ** 32).slice(0, 4));
    expect(at(2 ** 32)).not.toEqual(at(0));
  });

  it('is uniform, and normal: χ² over 100 cells, every other and all; pairs uncorrelated', () => {
    for (const values of [drawn('uniforms', 5), drawn('normals', 6).map((z) => normal.cdf(z, 0, 1))]) {
      expect(deviateOf([...values])).toBeLessThan(SURPRISING);
      expect(deviateOf([...values].filter((_, i) => i % 2 === 0))).toBeLessThan(SURPRISING);
      let product = 0;
      for (let i = 0; i + 1 < COUNT; i++) product += 12 * (values[i]! - 0.5) * (values[i + 1]! - 0.5);
      expect(Math.abs(product / Math.sqrt(COUNT))).toBeLessThan(SURPRISING);
      expect(values.every((u) => u > 0 && u < 1)).toBe(true);
    }
  });

  it('has other numbers for another seed', () => {
    const [a, b] = [drawn('uniforms', 1), drawn('uniforms', 2)];
    expect(a.filter((u, i) => u === b[i]).length).toBe(0);
  });

  it('refuses seeds that are no integers and odd lengths', () => {
    expect(() => randomStream(0.5, kernels)).toThrow(expect.objectContaining({ code: 'bandit/bad-setting' }));
    expect(() => drawn('normals', 1, 3)).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
  });
});
