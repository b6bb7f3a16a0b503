import { chooseArmFrom } from './choose.js';
import { mixFloor } from './exploration-floor.js';
import type { ExplorationKernels } from './exploration-kernels.js';
import { fillPairs } from './philox.js';
import { weighByGap } from './square-cb.js';
import { integrateSlate } from './thompson-quadrature.js';

/** The twins. */
export const TYPESCRIPT_EXPLORATION: ExplorationKernels = {
  backend: 'typescript',
  thompson: (means, deviations, size, floor, propensities) =>
    integrateSlate(means, deviations, 0, size, floor, propensities),
  thompsonOfSlates({ count, starts }, means, deviations, floor, propensities) {
    for (let s = 0; s < count; s++) {
      const from = starts[s]!;
      const bad = integrateSlate(means, deviations, from, starts[s + 1]! - from, floor, propensities);
      if (bad >= 0) return from + bad;
    }
    return -1;
  },
  squareCbOfSlates({ count, starts }, scores, gammas, floor, propensities) {
    for (let s = 0; s < count; s++) {
      const from = starts[s]!;
      const size = starts[s + 1]! - from;
      const bad = weighByGap(scores, from, size, gammas[s]!, propensities);
      if (bad >= 0) return from + bad;
      mixFloor(propensities, size, floor, from);
    }
    return -1;
  },
  chooseArms({ count, starts }, propensities, keyA, keyB, titleHashes, artworkHashes, chosen) {
    for (let s = 0; s < count; s++) {
      const from = starts[s]!;
      const size = starts[s + 1]! - from;
      chosen[s] = chooseArmFrom(propensities, from, size, keyA, keyB, titleHashes[s]!, artworkHashes);
    }
  },
  fillPairs,
};
