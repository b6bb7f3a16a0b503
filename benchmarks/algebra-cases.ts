import type { Kernels } from '../bandit/linalg/kernels.js';
import { packedLength } from '../bandit/linalg/packed.js';
import { RowTable } from '../bandit/linalg/row-table.js';
import { seededRng } from '../core/rng.js';
import type { Case } from './kernels.js';

const D = 32;
const TITLES = 800;
const ARMS = 8;
const PAGE = `page of ${TITLES} × ${ARMS}`;

function float32(kernels: Kernels, length: number, seed: number): Float32Array {
  const rng = seededRng(seed);
  const view = kernels.float32(length);
  for (let i = 0; i < length; i++) view[i] = rng.normal() / 8;
  return view;
}

/**
 * A page whose titles take turns over so many artworks.
 *
 * @param artworks all of the page's, as on a real one, whose model fits no cache; or a few that stay in the innermost
 */
function pageOf(
  kernels: Kernels,
  stride: number,
  artworks: number,
): { table: RowTable; slates: Int32Array[]; rows: Int32Array; contexts: Float32Array; out: Float64Array } {
  const table = new RowTable(stride, kernels);
  const values = float32(kernels, stride, 1);
  for (let row = 0; row < artworks; row++) {
    const slot = table.claim(row);
    table.block(slot).set(values, table.offset(slot));
  }
  const slates = Array.from({ length: TITLES }, (_, title) =>
    Int32Array.from({ length: ARMS }, (__, a) => (title * ARMS + a) % artworks),
  );
  return {
    table,
    slates,
    rows: kernels.int32(ARMS),
    contexts: float32(kernels, ARMS * D, 2),
    out: kernels.float64(ARMS),
  };
}

const deviations = (name: string, artworks: number): Case => ({
  name,
  unit: PAGE,
  prepare(kernels) {
    const { table, slates, rows, contexts, out } = pageOf(kernels, D + packedLength(D), artworks);
    return () => {
      for (const slate of slates) {
        for (let a = 0; a < ARMS; a++) rows[a] = slate[a]!;
        kernels.gatherNorms(table, D, rows, ARMS, contexts, D, 0.3, 0.1, out);
      }
    };
  },
});

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
    unit: PAGE,
    prepare(kernels) {
      const { table, slates, rows, contexts, out } = pageOf(kernels, D, TITLES * ARMS);
      const unknown = kernels.float64(D);
      return () => {
        for (const slate of slates) {
          for (let a = 0; a < ARMS; a++) rows[a] = slate[a]!;
          kernels.gatherDots(table, rows, ARMS, contexts, D, unknown, out);
        }
      };
    },
  },
  deviations('deviations', TITLES * ARMS),
  deviations('deviations, of 64 artworks', 64),
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
