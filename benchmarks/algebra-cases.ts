import type { Kernels } from '../bandit/linalg/kernels.js';
import { packedLength } from '../bandit/linalg/packed.js';
import { RowTable } from '../bandit/linalg/row-table.js';
import { seededRng } from '../core/rng.js';
import type { Case } from './kernels.js';

const D = 32;
const TITLES = 800;
const ARMS = 8;
function float32(kernels: Kernels, length: number, seed: number): Float32Array {
  const rng = seededRng(seed);
  const view = kernels.float32(length);
  for (let i = 0; i < length; i++) view[i] = rng.normal() / 8;
  return view;
}

/** Every artwork of the page its own row, as on a real page: the model does not fit the innermost cache. */
function pageOf(
  kernels: Kernels,
  stride: number,
): { table: RowTable; rows: Int32Array[]; contexts: Float32Array; out: Float64Array } {
  const table = new RowTable(stride, kernels);
  const values = float32(kernels, stride, 1);
  for (let row = 0; row < TITLES * ARMS; row++) {
    const slot = table.claim(row);
    table.block(slot).set(values, table.offset(slot));
  }
  const rows = Array.from({ length: TITLES }, (_, title) =>
    Int32Array.from({ length: ARMS }, (__, a) => (title * ARMS + a) % (TITLES * ARMS)),
  );
  return { table, rows, contexts: float32(kernels, ARMS * D, 2), out: kernels.float64(ARMS) };
}

/** λI + Σxxᵀ and L⁻¹ of it. */
function posterior(kernels: Kernels): { a: Float64Array; inverse: Float64Array; x: Float32Array } {
  const packed = packedLength(D);
  const [a, inverse, x] = [kernels.float64(packed), kernels.float64(packed), float32(kernels, D, 3)];
  for (let i = 0; i < D; i++) a[packedLength(i) + i] = 10;
  for (let n = 0; n < 50; n++) kernels.addOuterProduct(a, 0, float32(kernels, D, n), 0, D, 1, 1);
  const lower = a.slice();
  kernels.choleskyInPlace(lower, D);
  kernels.invertLower(lower, D, inverse);
  return { a, inverse, x };
}

/** Scores of a page, and what learning does to one artwork. */
export const ALGEBRA_CASES: readonly Case[] = [
  {
    name: 'means',
    unit: `page of ${TITLES} × ${ARMS}`,
    prepare(kernels) {
      const { table, rows, contexts, out } = pageOf(kernels, D);
      const own = kernels.int32(ARMS);
      const unknown = kernels.float64(D);
      return () => {
        for (const slate of rows) {
          for (let a = 0; a < ARMS; a++) own[a] = slate[a]!;
          kernels.gatherDots(table, own, ARMS, contexts, D, unknown, out);
        }
      };
    },
  },
  {
    name: 'deviations',
    unit: `page of ${TITLES} × ${ARMS}`,
    prepare(kernels) {
      const { table, rows, contexts, out } = pageOf(kernels, D + packedLength(D));
      const own = kernels.int32(ARMS);
      return () => {
        for (const slate of rows) {
          for (let a = 0; a < ARMS; a++) own[a] = slate[a]!;
          kernels.gatherNorms(table, D, own, ARMS, contexts, D, 0.3, 0.1, out);
        }
      };
    },
  },
  {
    name: 'S += w·xxᵀ',
    unit: '100 trials',
    prepare(kernels) {
      const { a, x } = posterior(kernels);
      return () => {
        for (let n = 0; n < 100; n++) kernels.addOuterProduct(a, 0, x, 0, D, 1, 0.999);
      };
    },
  },
  {
    name: 'rank-1 update of L⁻¹ and θ',
    unit: '100 trials',
    prepare(kernels) {
      const { inverse, x } = posterior(kernels);
      const theta = kernels.float64(D);
      return () => {
        for (let n = 0; n < 100; n++) kernels.updateInverseFactor(inverse, D, x, 1e-6, theta, 0.1);
      };
    },
  },
  {
    name: 'Cholesky, solve, invert',
    unit: '10 artworks',
    prepare(kernels) {
      const { a, inverse } = posterior(kernels);
      const [lower, theta] = [kernels.float64(a.length), kernels.float64(D)];
      return () => {
        for (let n = 0; n < 10; n++) {
          lower.set(a);
          theta.fill(0.1);
          kernels.choleskyInPlace(lower, D);
          kernels.solveLower(lower, D, theta);
          kernels.solveLowerTransposed(lower, D, theta);
          kernels.invertLower(lower, D, inverse);
        }
      };
    },
  },
];
