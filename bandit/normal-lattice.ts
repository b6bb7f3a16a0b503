import normal from '@stdlib/stats-base-dists-normal';
import { choleskyInPlace, packedLength, solveLower } from './linalg/packed.js';

/** Fixed points whose average stands for the expectation over independent standard normals. */
export interface NormalLattice {
  /** number of points, mirrored ones included */
  readonly size: number;
  /** s */
  readonly dimensions: number;
  /** shape (size, s) row-major; the second half is the first, negated */
  readonly points: Float64Array;
}

/**
 * A rank-1 lattice of n points, u_i = frac((i + ½)·z/n) with each entry mapped by Φ⁻¹, whitened, and taken with its mirror image: 2n points. By mirroring all odd moments are 0 and by
 * whitening all second moments are those of the normal, in any leading dimensions too: polynomials of degree 3 are integrated exactly, and what is left is small where the integrand is
 * nearly one. z is built component by component: z_{j+1} is the unused value with the least worst-case error in the Korobov space of smoothness 2 with weights γ_j = 1/j², so
 * the first dimensions are covered best. O(s·n²), once.
 *
 * @param halfSize   n > s, a prime for the best coverage
 * @param dimensions s in [1, n/2]
 * @throws AppError `bandit/not-positive-definite` when n points do not span s dimensions
 * @see Sloan & Reztsov, Component-by-component construction of good lattice rules, Math. Comp. 71, 2002; Dick, Kuo & Sloan, Acta Numerica 22, 2013, §5
 * @example normalLattice(2, 1).size // => 4
 */
export function normalLattice(halfSize: number, dimensions: number): NormalLattice {
  const generator = latticeGenerator(halfSize, dimensions);
  const points = new Float64Array(2 * halfSize * dimensions);
  for (let i = 0; i < halfSize; i++) {
    for (let j = 0; j < dimensions; j++) {
      const u = (((i * generator[j]!) % halfSize) + 0.5) / halfSize;
      points[i * dimensions + j] = normal.quantile(u, 0, 1);
    }
  }
  whiten(points, halfSize, dimensions);
  const half = halfSize * dimensions;
  for (let i = 0; i < half; i++) points[half + i] = -points[i]!;
  return { size: 2 * halfSize, dimensions, points };
}

/** Multiplies the first n points by L⁻¹, where L·Lᵀ is their second moment. */
function whiten(points: Float64Array, count: number, dimensions: number): void {
  const moment = new Float64Array(packedLength(dimensions));
  for (let at = 0; at < count * dimensions; at += dimensions) {
    for (let j = 0; j < dimensions; j++) {
      const into = packedLength(j);
      for (let k = 0; k <= j; k++)
        moment[into + k] = moment[into + k]! + (points[at + j]! * points[at + k]!) / count;
    }
  }
  choleskyInPlace(moment, dimensions);
  for (let at = 0; at < count * dimensions; at += dimensions)
    solveLower(moment, dimensions, points.subarray(at, at + dimensions));
}

/** @returns shape (s): z, different integers in [1, n/2]; 1 first */
function latticeGenerator(size: number, dimensions: number): Int32Array {
  const kernel = Float64Array.from({ length: size }, (_, i) => {
    const x = i / size;
    return 2 * Math.PI ** 2 * (x * x - x + 1 / 6);
  });
  const products = new Float64Array(size).fill(1);
  const generator = new Int32Array(dimensions);
  for (let j = 0; j < dimensions; j++) {
    const weight = 1 / (j + 1) ** 2;
    const chosen = j === 0 ? 1 : bestComponent(kernel, products, weight, generator.subarray(0, j));
    generator[j] = chosen;
    for (let i = 0; i < size; i++) products[i] = products[i]! * (1 + weight * kernel[(i * chosen) % size]!);
  }
  return generator;
}

function bestComponent(
  kernel: Float64Array,
  products: Float64Array,
  weight: number,
  used: Int32Array,
): number {
  const size = kernel.length;
  let [best, least] = [1, Infinity];
  for (let z = 1; z <= size >> 1; z++) {
    if (used.includes(z)) continue;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += products[i]! * (1 + weight * kernel[(i * z) % size]!);
    // Within rounding of the best so far is not better: the choice must not hang on a last bit.
    if (sum < least * (1 - 1e-12)) [best, least] = [z, sum];
  }
  return best;
}
