import { describe, expect, it } from 'vitest';
import { explorationKernels } from './exploration-kernels.js';
import { createKernels } from './linalg/kernels.js';
import { randomStream } from './random-stream.js';
import { thompsonPropensities } from './thompson-propensity.js';

/** `make proof` counts 10⁷. */
const DRAWS = Number(process.env['TEST_THOMPSON_DRAWS'] ?? 200_000);
const BATCH = 20_000;
const BACKENDS = [true, false].map((simd) => explorationKernels(createKernels({ simd })));

const seeded = randomStream(20);
const normals = (count: number): number[] => {
  const out = new Float64Array(count + (count % 2));
  seeded.normals(out);
  return [...out.subarray(0, count)];
};
const constant = (count: number, value: number): number[] => new Array<number>(count).fill(value);

const CASES: readonly { name: string; means: number[]; deviations: number[] }[] = [
  { name: 'two arms', means: [0.1, 0.12], deviations: [0.05, 0.02] },
  { name: 'five arms', means: [0.1, 0.12, 0.09, 0.11, 0.1], deviations: [0.02, 0.01, 0.05, 0.03, 0.02] },
  {
    name: 'eight near-ties',
    means: normals(8).map((z) => 0.1 + 1e-6 * z),
    deviations: constant(8, 0.02),
  },
  {
    name: 'one dominant arm',
    means: [0.3, ...constant(7, 0.1)],
    deviations: [0.01, 0.1, 0.1, 0.2, 0.05, 0.03, 0.02, 0.01],
  },
  {
    name: 'variances 10⁶ apart',
    means: normals(8).map((z) => 0.3 * z),
    deviations: [1e-3, 1, 1e-3, 1, 1e-2, 0.1, 1e-3, 0.5],
  },
  {
    name: 'twenty arms',
    means: normals(20).map((z) => 0.03 * z),
    deviations: normals(20).map((z) => 0.03 * Math.exp(z)),
  },
  {
    name: 'fifty arms alike',
    means: normals(50).map((z) => 0.02 * z),
    deviations: constant(50, 0.03),
  },
  {
    name: 'fifty arms, variances 10⁶ apart',
    means: normals(50).map((z) => 0.1 * z),
    deviations: normals(50).map((_, i) => 10 ** (-3 * (i / 49))),
  },
];

function countWins(means: readonly number[], deviations: readonly number[]): number[] {
  const arms = means.length;
  const wins = constant(arms, 0);
  const stream = randomStream(99);
  const noise = new Float64Array(BATCH * arms);
  for (let done = 0; done < DRAWS; done += BATCH) {
    stream.normals(noise);
    for (let n = 0; n < BATCH; n++) {
      let best = 0;
      let highest = -Infinity;
      for (let a = 0; a < arms; a++) {
        const draw = means[a]! + deviations[a]! * noise[n * arms + a]!;
        if (draw > highest) {
          highest = draw;
          best = a;
        }
      }
      wins[best]!++;
    }
  }
  return wins;
}

describe(`Thompson propensities against counting, ${DRAWS} seeded draws`, () => {
  it.each(CASES)(
    '$name: within 4 standard errors on both backends',
    ({ means, deviations }) => {
      const wins = countWins(means, deviations);
      for (const kernels of BACKENDS) {
        const p = new Float64Array(means.length);
        thompsonPropensities(
          Float64Array.from(means),
          Float64Array.from(deviations),
          means.length,
          0,
          p,
          kernels,
        );
        wins.forEach((count, a) => {
          // An arm that wins less than once in all draws is allowed the error of one win.
          const share = Math.max(p[a]!, 1 / DRAWS);
          expect(Math.abs(count / DRAWS - p[a]!)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / DRAWS));
        });
      }
    },
    600_000,
  );
});
