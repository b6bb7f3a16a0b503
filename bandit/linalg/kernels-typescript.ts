import { gatherDots, gatherNorms } from './gather.js';
import { updateInverseFactor } from './inverse-factor.js';
import { addInverseProduct } from './inverse-product.js';
import type { Kernels } from './kernels.js';
import { narrow } from './narrow.js';
import { choleskyInPlace, invertLower, solveLower, solveLowerTransposed } from './packed.js';
import { addOuterProduct } from './rank-one.js';

/** The twins, over ordinary typed arrays: garbage collection frees those. */
export const TYPESCRIPT_KERNELS: Kernels = {
  backend: 'typescript',
  instance: undefined,
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int32: (length) => new Int32Array(length),
  free: () => undefined,
  addressOf: () => -1,
  gatherDots,
  gatherNorms,
  addOuterProduct,
  updateInverseFactor,
  addInverseProduct,
  narrow,
  choleskyInPlace,
  invertLower,
  solveLower,
  solveLowerTransposed,
};
