import { afterAll, describe, expect, it } from 'vitest';
import { seededRng } from '../core/rng.js';
import { createKernels, sharedKernels, useKernels } from './linalg/kernels.js';
import { createPolicy } from './policies/index.js';
import { POLICY_NAMES, type Policy, type SlateScores } from './policy.js';
import { statisticsOf } from './policy-statistics.js';
import { priorFrom } from './prior.js';

const D = 33;
const ROWS = 12;
const SIZE = 9;
const BACKENDS = [createKernels(), createKernels({ simd: false })] as const;

/** The same examples learned, fitted and served with each of the backends. */
function servedBy(
  name: string,
  kernels: (typeof BACKENDS)[number],
): { fitted: Uint8Array; scores: SlateScores } {
  useKernels(kernels);
  const rng = seededRng(3);
  const policy: Policy = createPolicy(name, {}, D);
  const statistics = statisticsOf({ ...policy, dimension: D });
  for (let t = 0; t < 400; t++) {
    const x = Float32Array.from({ length: D }, (_, i) => (i === 0 ? 1 : rng.normal()));
    const row = rng.below(ROWS);
    statistics.addTrial(row, x, 0, 1, t);
    if (rng.uniform() < 0.1 + row / 50) statistics.addReward(row, x, 0, 1, 1, t);
  }
  const fitted = policy.fit(statistics, priorFrom(statistics, { lambda: 5 }));
  const model = policy.emptyModel();
  policy.apply(model, fitted);
  const contexts = Float32Array.from({ length: SIZE * D }, () => rng.normal());
  const scores = {
    means: new Float64Array(SIZE),
    deviations: new Float64Array(SIZE),
    propensities: new Float64Array(SIZE),
  };
  const rows = Int32Array.from({ length: SIZE }, (_, a) => (a * 5) % (ROWS + 2));
  policy.score(model, { size: SIZE, rows, contexts }, scores);
  return { fitted, scores };
}

describe.each(POLICY_NAMES)('WebAssembly and TypeScript: %s', (name) => {
  const before = sharedKernels();
  afterAll(() => {
    useKernels(before);
  });

  it('fits the same bytes, and serves the same scores within 1e-6, probabilities within 1e-3', () => {
    const [fast, plain] = BACKENDS.map((kernels) => servedBy(name, kernels));
    expect(fast!.fitted).toEqual(plain!.fitted);
    for (let a = 0; a < SIZE; a++) {
      expect(Math.abs(fast!.scores.means[a]! - plain!.scores.means[a]!)).toBeLessThan(1e-6);
      expect(Math.abs(fast!.scores.deviations[a]! - plain!.scores.deviations[a]!)).toBeLessThan(1e-6);
      expect(Math.abs(fast!.scores.propensities[a]! - plain!.scores.propensities[a]!)).toBeLessThan(1e-3);
    }
  });
});
