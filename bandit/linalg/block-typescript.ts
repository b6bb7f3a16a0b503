import type { BlockKernels, Likeness } from './block-kernels.js';

/** Twins of assembly/blocks.ts; what they compute is said at `BlockKernels`. */
export const TYPESCRIPT_BLOCKS: BlockKernels = {
  backend: 'typescript',

  scores(likeness, query, block, first, count, length, out) {
    for (let c = 0; c < count; c++) out[c] = likenessOf(likeness, query, block, (first + c) * length, length);
  },

  gradients(likeness, query, block, count, length, weights, queryGradient, blockGradient) {
    for (let c = 0; c < count; c++) {
      const weight = weights[c]!;
      if (weight === 0) continue;
      const row = c * length;
      if (likeness === 'dot') {
        for (let i = 0; i < length; i++) {
          blockGradient[row + i] = blockGradient[row + i]! + weight * query[i]!;
          queryGradient[i] = queryGradient[i]! + weight * block[row + i]!;
        }
      } else
        for (let i = 0; i < length; i++) {
          const step = weight * slope(likeness, query, block, row, i, length);
          blockGradient[row + i] = blockGradient[row + i]! - step;
          queryGradient[i] = queryGradient[i]! + step;
        }
    }
  },

  adagradStep(values, squares, at, gradient, gradientAt, length, rate) {
    for (let i = 0; i < length; i++) {
      const g = gradient[gradientAt + i]!;
      const sum = squares[at + i]! + g * g;
      squares[at + i] = sum;
      values[at + i] = values[at + i]! - (rate * g) / (Math.sqrt(sum) + 1e-10);
      gradient[gradientAt + i] = 0;
    }
  },

  dotsInt8(query, block, first, count, length, scales, scale, out) {
    for (let c = 0; c < count; c++) {
      const row = (first + c) * length;
      let sum = 0;
      for (let i = 0; i < length; i++) sum += query[i]! * block[row + i]!;
      out[c] = sum * scales[first + c]! * scale;
    }
  },
};

function likenessOf(
  likeness: Likeness,
  query: Float32Array,
  block: Float32Array,
  row: number,
  length: number,
): number {
  let sum = 0;
  switch (likeness) {
    case 'dot':
      for (let i = 0; i < length; i++) sum += query[i]! * block[row + i]!;
      return sum;
    case 'l1':
      for (let i = 0; i < length; i++) sum -= Math.abs(query[i]! - block[row + i]!);
      return sum;
    case 'l2':
      for (let i = 0; i < length; i++) sum += (query[i]! - block[row + i]!) ** 2;
      return -Math.sqrt(sum);
    case 'modulus':
      for (let i = 0; i < length / 2; i++) sum -= modulusAt(query, block, row, i, length / 2);
      return sum;
  }
}

/** ∂s/∂q of element i, of a likeness that falls with distance. */
function slope(
  likeness: Likeness,
  query: Float32Array,
  block: Float32Array,
  row: number,
  i: number,
  length: number,
): number {
  const apart = block[row + i]! - query[i]!;
  if (likeness === 'l1') return Math.sign(apart);
  if (likeness === 'l2') return apart;
  const half = length / 2;
  const modulus = modulusAt(query, block, row, i % half, half);
  return modulus === 0 ? 0 : apart / modulus;
}

function modulusAt(query: Float32Array, block: Float32Array, row: number, j: number, half: number): number {
  return Math.hypot(query[j]! - block[row + j]!, query[half + j]! - block[row + half + j]!);
}
