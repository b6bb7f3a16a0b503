import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { explorationKernels } from './exploration-kernels.js';
import { createKernels } from './linalg/kernels.js';
import { normalBestProbability } from './oracles.contract.js';
import { thompsonPropensities, thompsonPropensitiesOfSlates } from './thompson-propensity.js';

const BACKENDS = [true, false].map((simd) => explorationKernels(createKernels({ simd })));
const [wasm, twin] = BACKENDS as [(typeof BACKENDS)[0], (typeof BACKENDS)[0]];

function propensities(
  means: readonly number[],
  deviations: readonly number[],
  floor = 0,
  kernels = wasm,
): number[] {
  const out = new Float64Array(means.length);
  thompsonPropensities(
    Float64Array.from(means),
    Float64Array.from(deviations),
    means.length,
    floor,
    out,
    kernels,
  );
  return [...out];
}

function worstDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

/** Of both backends, against adaptive quadrature. */
function worstError(means: readonly number[], deviations: readonly number[]): number {
  const oracle = means.map((_, a) => normalBestProbability(means, deviations, a));
  return Math.max(
    ...BACKENDS.map((kernels) => worstDifference(propensities(means, deviations, 0, kernels), oracle)),
  );
}

const rng = seededRng(20);
const many = (size: number, value: (i: number) => number): number[] =>
  Array.from({ length: size }, (_, i) => value(i));

it('runs both backends here: every machine that builds this has WebAssembly with SIMD', () => {
  expect(BACKENDS.map(({ backend }) => backend)).toEqual(['wasm', 'typescript']);
});

describe('Thompson propensities against adaptive quadrature (oracle: Simpson over @stdlib pdf and cdf)', () => {
  const cases: { name: string; means: number[]; deviations: number[] }[] = [
    { name: 'two arms', means: [0.1, 0.12], deviations: [0.05, 0.02] },
    { name: 'three equal arms', means: [0.1, 0.1, 0.1], deviations: [0.03, 0.03, 0.03] },
    { name: 'near-ties', means: many(8, () => 0.1 + 1e-6 * rng.normal()), deviations: many(8, () => 0.02) },
    {
      name: 'ties in pairs of unequal arms',
      means: [0.2, 0.2, 0.1, 0.1],
      deviations: [0.01, 0.1, 0.01, 0.1],
    },
    { name: 'one dominant arm', means: [0.9, ...many(7, () => 0.1)], deviations: many(8, () => 0.03) },
    {
      name: 'one dominant, one wide',
      means: [0.9, ...many(7, () => 0.1)],
      deviations: [0.01, 0.6, ...many(6, () => 0.02)],
    },
    {
      name: 'variances 10⁶ apart',
      means: many(6, (i) => 0.1 + 0.01 * i),
      deviations: many(6, (i) => (i % 2 === 0 ? 1e-3 : 1)),
    },
    {
      name: 'variances 10¹⁰ apart',
      means: many(5, () => 0.1 * rng.normal()),
      deviations: [1e-5, 1e-4, 1e-2, 0.1, 1],
    },
    { name: 'a sharp arm inside wide ones', means: [0.5, 0.2, 0.1, 0], deviations: [1e-4, 0.5, 0.5, 0.5] },
    { name: '20 arms, apart', means: many(20, () => 0.05 * rng.normal()), deviations: many(20, () => 0.03) },
    {
      name: '50 arms alike',
      means: many(50, () => 0.1 + 0.001 * rng.normal()),
      deviations: many(50, () => 0.03),
    },
    {
      name: '50 arms, mixed',
      means: many(50, () => 0.1 * rng.normal()),
      deviations: many(50, () => 10 ** (-3 * rng.uniform())),
    },
  ];
  it.each(cases)('$name', ({ means, deviations }) => {
    expect(worstError(means, deviations)).toBeLessThan(2e-5);
  });

  it('holds for drawn slates of 2 to 12 arms', () => {
    const arm = fc.tuple(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: -3.5, max: 0.5, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(arm, { minLength: 2, maxLength: 12 }), (arms) => {
        const error = worstError(
          arms.map(([mean]) => mean),
          arms.map(([, exponent]) => 10 ** exponent),
        );
        expect(error).toBeLessThan(1e-4);
      }),
      { seed: 7, numRuns: 40 },
    );
  });
});

describe('backends', () => {
  const drawSlate = (size: number): [number[], number[]] => {
    const [spread, exponents, zeros] = [rng.below(3) * 0.3, rng.below(7), rng.uniform() < 0.2];
    const deviations = many(size, () =>
      zeros && rng.uniform() < 0.5 ? 0 : 10 ** (-exponents * rng.uniform()),
    );
    return [many(size, () => spread * rng.normal()), deviations];
  };

  it('agree within 1e-6 on drawn slates of 1 to 200 arms, deviations up to 10⁶ apart, some 0', () => {
    for (let n = 0; n < 2000; n++) {
      const [means, deviations] = drawSlate(1 + (n % 20 === 0 ? rng.below(200) : rng.below(20)));
      const [first, second] = BACKENDS.map((kernels) => propensities(means, deviations, 0.05, kernels));
      expect(worstDifference(first!, second!)).toBeLessThan(1e-6);
      expect(Math.abs(first!.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-12);
    }
  });

  it.each(BACKENDS)('$backend: many slates in one call are the same slates one by one', (kernels) => {
    const slates = many(60, (n) => 1 + (n % 9)).map(drawSlate);
    const starts = Int32Array.from({ length: 61 }, () => 3);
    slates.forEach(([means], s) => (starts[s + 1] = starts[s]! + means.length));
    const means = Float64Array.of(0, 0, 0, ...slates.flatMap(([values]) => values));
    const deviations = Float64Array.of(0, 0, 0, ...slates.flatMap(([, values]) => values));
    const out = new Float64Array(means.length).fill(7);
    thompsonPropensitiesOfSlates({ count: 60, starts }, means, deviations, 0.1, out, kernels);
    expect([...out]).toEqual([7, 7, 7, ...slates.flatMap(([m, d]) => propensities(m, d, 0.1, kernels))]);
  });

  it.each([true, false])('use arrays in their own memory where they are (simd: %s)', (simd) => {
    const memory = createKernels({ simd });
    const kernels = explorationKernels(memory);
    const [means, deviations, out] = [memory.float64(3), memory.float64(3), memory.float64(3)];
    means.set([0.1, 0.2, 0.3]);
    deviations.set([0.1, 0.3, 0.2]);
    thompsonPropensities(means, deviations, 3, 0, out, kernels);
    expect([...out]).toEqual(propensities([0.1, 0.2, 0.3], [0.1, 0.3, 0.2], 0, kernels));
  });
});

describe.each(BACKENDS)('edges ($backend)', (kernels) => {
  const of = (means: readonly number[], deviations: readonly number[], floor = 0): number[] =>
    propensities(means, deviations, floor, kernels);

  it('gives one arm everything', () => {
    expect(of([0.4], [0.1])).toEqual([1]);
  });

  it('shares among equal bests when nothing is uncertain', () => {
    expect(of([0.4, 0.4, 0.1], [0, 0, 0])).toEqual([0.5, 0.5, 0]);
    expect(of([0.4, 0.4, 0.1], [5e-324, 0, 0])).toEqual([0.5, 0.5, 0]);
  });

  it('takes a certain arm among uncertain ones for what it is', () => {
    // Closed form: P(N(0, 1) < 0.5) = Φ(0.5) = 0.691462 (Abramowitz & Stegun, table 26.1); of two such arms Φ(0.5)² = 0.478120.
    expect(of([0.5, 0], [0, 1])[0]).toBeCloseTo(0.6914625, 5);
    expect(of([0.5, 0, 0], [0, 1, 1])[0]).toBeCloseTo(0.4781204, 5);
  });

  it('does not change with location and scale', () => {
    const [means, deviations] = [many(6, () => rng.normal()), many(6, () => 0.2 + rng.uniform())];
    const plain = of(means, deviations);
    for (const [scale, shift, digits] of [
      [1e3, -40, 6],
      [2 ** -400, 0, 6],
      [2 ** 490, 0, 6],
      [1e-6, 1, 5],
    ] as const) {
      const moved = of(
        means.map((m) => scale * m + shift),
        deviations.map((s) => scale * s),
      );
      plain.forEach((p, a) => {
        expect(moved[a]).toBeCloseTo(p, digits);
      });
    }
  });

  it('tells arms apart whose deviations are lost beside their means', () => {
    // 1 − 1e-20 is 1 in double precision: the arms are equal, and share.
    expect(
      worstDifference(of([1, 1, 1, 0], [1e-20, 1e-20, 1e-20, 1e-20]), [1 / 3, 1 / 3, 1 / 3, 0]),
    ).toBeLessThan(1e-6);
  });

  it('mixes the floor in: (1 − ε)·p + ε/K', () => {
    const plain = of([0.1, 0.2, 0.3], [0.1, 0.1, 0.1]);
    of([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], 0.3).forEach((p, a) => {
      expect(p).toBeCloseTo(0.7 * plain[a]! + 0.1, 12);
    });
  });

  it.each([
    { means: [NaN, 0], deviations: [1, 1] },
    { means: [0, Infinity], deviations: [1, 1] },
    { means: [0, 1e151], deviations: [1, 1] },
    { means: [0, 0], deviations: [1, -1] },
    { means: [0, 0], deviations: [1, NaN] },
  ])('refuses means $means, deviations $deviations, and writes nothing', ({ means, deviations }) => {
    const out = Float64Array.of(7, 7);
    expect(() => {
      thompsonPropensities(Float64Array.from(means), Float64Array.from(deviations), 2, 0, out, kernels);
    }).toThrow(expect.objectContaining({ code: 'bandit/bad-score' }));
    expect([...out]).toEqual([7, 7]);
  });

  it('names the bad arm of a run, and refuses runs that are no runs', () => {
    const run = (starts: number[], count: number, means: number[]): void => {
      thompsonPropensitiesOfSlates(
        { count, starts: Int32Array.from(starts) },
        Float64Array.from(means),
        new Float64Array(means.length).fill(1),
        0,
        new Float64Array(means.length),
        kernels,
      );
    };
    expect(() => run([0, 2, 4], 2, [1, 2, 3, NaN])).toThrow(/arm 3 has mean NaN/);
    expect(() => run([0, 2, 2], 2, [1, 2])).toThrow(expect.objectContaining({ code: 'bandit/empty-slate' }));
    expect(() => run([0, 2, 5], 2, [1, 2])).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
    expect(() => run([0, 2], 2, [1, 2])).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
    expect(() => run([0], 0, [])).not.toThrow();
  });

  it('refuses no arms and too many', () => {
    expect(() => of([], [])).toThrow(expect.objectContaining({ code: 'bandit/empty-slate' }));
    const zeros = many(201, () => 0);
    expect(() => of(zeros, zeros)).toThrow(expect.objectContaining({ code: 'bandit/bad-shape' }));
  });
});

it('takes more arms than it copies: the twin serves them', () => {
  const count = 9000;
  const starts = Int32Array.from({ length: count + 1 }, (_, s) => 2 * s);
  const means = Float64Array.from({ length: 2 * count }, () => rng.normal());
  const deviations = new Float64Array(2 * count).fill(1);
  const [first, second] = [wasm, twin].map((kernels) => {
    const out = new Float64Array(2 * count);
    thompsonPropensitiesOfSlates({ count, starts }, means, deviations, 0, out, kernels);
    return out;
  });
  expect(first).toEqual(second);
});
