import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { identityRepresentation, randomReluRepresentation, spaceOf } from './representation.js';

function contextsFrom(seed: number, size: number, dimension: number): Float32Array {
  const rng = seededRng(seed);
  return Float32Array.from({ length: size * dimension }, () => rng.normal());
}

const D = 5;
describe.each([
  identityRepresentation(D),
  randomReluRepresentation({ inputDimension: D, dimension: 24, seed: 3 }),
])('laws: representation $name', (representation) => {
  const { dimension } = representation;

  it('makes the same of a context in any company, and leaves the contexts and what lies beyond alone', () => {
    const contexts = contextsFrom(1, 8, D);
    const before = contexts.slice();
    const together = new Float32Array(9 * dimension).fill(7);
    representation.transform(contexts, 8, together);
    expect(contexts).toEqual(before);
    for (let a = 0; a < 8; a++) {
      const alone = new Float32Array(dimension);
      representation.transform(contexts.subarray(a * D, (a + 1) * D), 1, alone);
      expect(together.subarray(a * dimension, (a + 1) * dimension)).toEqual(alone);
    }
    expect([...together.subarray(8 * dimension)].every((value) => value === 7)).toBe(true);
  });

  it('hands on what is not a number, to be refused where it is scored', () => {
    const out = new Float32Array(dimension);
    representation.transform(new Float32Array(D).fill(NaN), 1, out);
    expect(out.every(Number.isNaN)).toBe(true);
  });
});

describe('random ReLU features', () => {
  it('have the arc-cosine kernel for inner product (closed form, Cho & Saul eq. 6)', () => {
    const wide = { inputDimension: 3, dimension: 256 };
    const x = [1, 2, -0.5];
    const y = [0.3, -1, 1];
    let sum = 0;
    const seeds = 200;
    for (let seed = 0; seed < seeds; seed++) {
      const out = new Float32Array(512);
      randomReluRepresentation({ ...wide, seed }).transform(Float32Array.of(...x, ...y), 2, out);
      for (let j = 0; j < 256; j++) sum += out[j]! * out[256 + j]!;
    }
    const inner = x.reduce((total, xi, i) => total + xi * y[i]!, 0);
    const lengths = Math.hypot(...x) * Math.hypot(...y);
    const angle = Math.acos(inner / lengths);
    const kernel = (lengths / Math.PI) * (Math.sin(angle) + (Math.PI - angle) * Math.cos(angle));
    expect(sum / seeds).toBeCloseTo(kernel, 1);
  });

  it('are the seed’s own, and named by it', () => {
    const shape = { inputDimension: 2, dimension: 4 };
    const features = [5, 5, 6].map((seed) => {
      const out = new Float32Array(4);
      randomReluRepresentation({ ...shape, seed }).transform(Float32Array.of(1, 2), 1, out);
      return [...out];
    });
    expect(features[0]).toEqual(features[1]);
    expect(features[0]).not.toEqual(features[2]);
    expect(spaceOf(randomReluRepresentation({ ...shape, seed: 6 }))).toBe('random-relu@6');
  });

  it.each([
    { inputDimension: 0, dimension: 4, seed: 1 },
    { inputDimension: 3, dimension: 257, seed: 1 },
    { inputDimension: 3, dimension: 4, seed: -1 },
    { inputDimension: 3, dimension: 4, seed: 0.5 },
  ])('refuse %j', (options) => {
    expect(() => randomReluRepresentation(options)).toThrow(
      expect.objectContaining({ code: 'bandit/bad-setting' }),
    );
  });
});
