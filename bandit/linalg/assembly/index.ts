/**
 * The kernels, in AssemblyScript: pointers are byte addresses in the imported memory (see ../arena.ts), and whoever calls vouches for them. Each has a TypeScript
 * twin beside ../kernels.ts that says what it computes; here stands only how. No heap, no globals: every call is pure but for what it writes to.
 */
/** Where memory is free from: below are the module's own constants. */
export function heapBase(): usize {
  return __heap_base;
}

export { gatherDots, gatherNorms } from './gather';
export { addInverseProduct, addOuterProduct, narrow, scale, updateInverseFactor } from './symmetric';
export { chooseSlates, squareCbSlates } from './draw';
export { fillPairs } from './generator';
export { thompsonSlate, thompsonSlates } from './thompson';
export { expandSlates, joinBytes, sumsOfSlates } from './slates';
export { adagradStep, blockDotsInt8, blockGradients, blockScores } from './blocks';
export { choleskyInPlace, invertLower } from './factor';
export { solveLower, solveLowerTransposed } from './solve';
