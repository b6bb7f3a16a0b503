import { explorationKernels } from '../bandit/exploration-kernels.js';
import type { Kernels } from '../bandit/linalg/kernels.js';
import type { SlateRun } from '../bandit/slate-run.js';
import { seededRng } from '../core/rng.js';
import type { Case } from './kernels.js';

const TITLES = 800;
const ARMS = 8;
const PAGE = `page of ${TITLES} × ${ARMS}`;
const FLOOR = 0.05;

interface PageScores {
  readonly slates: SlateRun;
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  readonly propensities: Float64Array;
}

/**
 * A page in the kernels' own memory.
 *
 * @param decades deviations are log-uniform over so many powers of ten
 * @param spread  deviation of the means, in units of the largest deviation
 */
function pageOf(kernels: Kernels, decades: number, spread: number): PageScores {
  const rng = seededRng(3);
  const arms = TITLES * ARMS;
  const starts = kernels.int32(TITLES + 1);
  for (let s = 0; s <= TITLES; s++) starts[s] = s * ARMS;
  const [means, deviations] = [kernels.float64(arms), kernels.float64(arms)];
  for (let a = 0; a < arms; a++) {
    deviations[a] = 0.1 * 10 ** (-decades * rng.uniform());
    means[a] = 0.1 * spread * rng.normal();
  }
  return { slates: { count: TITLES, starts }, means, deviations, propensities: kernels.float64(arms) };
}

const thompson = (says: string, decades: number, spread: number): Case => ({
  name: `Thompson quadrature, ${says}`,
  unit: PAGE,
  prepare(kernels) {
    const { slates, means, deviations, propensities } = pageOf(kernels, decades, spread);
    const exploration = explorationKernels(kernels);
    return () => exploration.thompsonOfSlates(slates, means, deviations, FLOOR, propensities);
  },
});

function hashes(kernels: Kernels, count: number, seed: number): Int32Array {
  const rng = seededRng(seed);
  const view = kernels.int32(count);
  for (let i = 0; i < count; i++) view[i] = rng.below(2 ** 32);
  return view;
}

const fill = (name: string, normal: boolean): Case => ({
  name,
  unit: '16,384 numbers',
  prepare(kernels) {
    const out = new Float64Array(16_384);
    const exploration = explorationKernels(kernels);
    return () => {
      exploration.fillPairs(1, 2, 0, out.length / 2, normal, out);
    };
  },
});

/** What exploring costs beside scoring: rows of the kernels' table. */
export const EXPLORATION_CASES: readonly Case[] = [
  thompson('deviations alike', 0, 1),
  thompson('σ ratio 10', 1, 0.3),
  thompson('σ ratio 100', 2, 0.1),
  thompson('σ ratio 10⁶', 6, 0.1),
  {
    name: 'Thompson quadrature, σ ratio 100, title by title',
    unit: PAGE,
    prepare(kernels) {
      const page = pageOf(kernels, 2, 0.1);
      const exploration = explorationKernels(kernels);
      const [means, deviations, out] = [0, 1, 2].map(() => kernels.float64(ARMS));
      return () => {
        for (let from = 0; from < TITLES * ARMS; from += ARMS) {
          for (let a = 0; a < ARMS; a++) {
            means![a] = page.means[from + a]!;
            deviations![a] = page.deviations[from + a]!;
          }
          exploration.thompson(means!, deviations!, ARMS, FLOOR, out!);
        }
      };
    },
  },
  {
    name: 'SquareCB weights',
    unit: PAGE,
    prepare(kernels) {
      const { slates, means, propensities } = pageOf(kernels, 0, 1);
      const gammas = kernels.float64(TITLES).fill(100);
      const exploration = explorationKernels(kernels);
      return () => exploration.squareCbOfSlates(slates, means, gammas, FLOOR, propensities);
    },
  },
  {
    name: 'draw',
    unit: PAGE,
    prepare(kernels) {
      const { slates, means, propensities } = pageOf(kernels, 0, 1);
      const exploration = explorationKernels(kernels);
      exploration.squareCbOfSlates(slates, means, new Float64Array(TITLES).fill(100), FLOOR, propensities);
      const [titleHashes, artworkHashes] = [hashes(kernels, TITLES, 5), hashes(kernels, TITLES * ARMS, 6)];
      const chosen = kernels.int32(TITLES);
      return () => {
        exploration.chooseArms(slates, propensities, 1, 2, titleHashes, artworkHashes, chosen);
      };
    },
  },
  fill('uniforms', false),
  fill('normals', true),
];
