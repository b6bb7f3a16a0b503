import { seededRng, type Rng } from '../../core/rng.js';
import type { Problem } from './problem.js';

/** How a problem is made; rewards are Bernoulli with P(1) = σ(bias + w_a(t)·x): no linear model is quite right, as in life. */
interface Recipe {
  readonly steps: number;
  /** features besides the intercept */
  readonly features: number;
  readonly arms: number;
  /** log odds of a reward where nothing else is known */
  readonly bias: number;
  /** deviation of w_a·x over contexts, in log odds */
  readonly spread: number;
  /** features that are not 0 in one context; all of them if absent */
  readonly active?: number;
  /** turns that w makes, from one random direction through another and so on round, from first step to last; 0 if absent */
  readonly turns?: number;
  /** mean number of steps (geometric) until a reward is known; 0 if absent */
  readonly meanDelay?: number;
  /** arms from this one on arrive late, evenly over the first three quarters */
  readonly earlyArms?: number;
}

/** Rates and delays are those of artwork: one impression in about eight is played, and most plays are long known when the same member comes back. */
const RECIPES = {
  'made-sparse': { steps: 6000, features: 60, arms: 8, bias: -2, spread: 1.2, active: 6 },
  'made-drifting': { steps: 6000, features: 12, arms: 6, bias: -1, spread: 1.5, turns: 0.5 },
  'made-delayed': { steps: 6000, features: 12, arms: 6, bias: -1, spread: 1.5, meanDelay: 400 },
  'made-late-arms': { steps: 6000, features: 12, arms: 10, bias: -1, spread: 1.5, earlyArms: 3 },
} as const satisfies Record<string, Recipe>;

export type MadeTable = keyof typeof RECIPES;
export const MADE_TABLES = Object.keys(RECIPES) as readonly MadeTable[];

/**
 * A problem made from a seed. Its comparator is the policy that knows every P(reward) as it is at each step, and plays the best arm offered.
 *
 * @param steps n, if other than the recipe's
 */
export function madeProblem(table: MadeTable, seed: number, steps?: number): Problem {
  const recipe: Recipe = { ...RECIPES[table], ...(steps === undefined ? {} : { steps }) };
  const rng = seededRng(seed).fork(table);
  const contexts = makeContexts(recipe, rng.fork('contexts'));
  const arrivals = makeArrivals(recipe);
  const { rewards, hindsightReward } = makeRewards(recipe, contexts, arrivals, rng.fork('rewards'));
  return {
    table,
    seed,
    steps: recipe.steps,
    dimension: recipe.features + 1,
    arms: recipe.arms,
    contexts,
    rewards,
    arrivals,
    delays: makeDelays(recipe, rng.fork('delays')),
    hindsightReward,
  };
}

/** Every feature has mean square 1; an inactive one is 0. */
function makeContexts({ steps, features, active = features }: Recipe, rng: Rng): Float32Array {
  const d = features + 1;
  const contexts = new Float32Array(steps * d);
  const size = Math.sqrt(features / active);
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < active; i++) {
      const feature = active === features ? i : rng.below(features);
      contexts[step * d + feature] = size * rng.normal();
    }
    contexts[(step + 1) * d - 1] = 1;
  }
  return contexts;
}

function makeArrivals({ steps, arms, earlyArms = arms }: Recipe): Int32Array {
  const late = arms - earlyArms;
  return Int32Array.from({ length: arms }, (_, arm) =>
    arm < earlyArms ? 0 : Math.floor((0.75 * steps * (arm - earlyArms + 1)) / late),
  );
}

function makeDelays({ steps, meanDelay = 0 }: Recipe, rng: Rng): Int32Array {
  const stay = Math.log(meanDelay / (meanDelay + 1));
  return Int32Array.from({ length: steps }, () =>
    meanDelay === 0 ? 0 : Math.floor(Math.log(rng.uniform()) / stay),
  );
}

function makeRewards(
  recipe: Recipe,
  contexts: Float32Array,
  arrivals: Int32Array,
  rng: Rng,
): { rewards: Uint8Array; hindsightReward: number } {
  const { steps, features, arms, bias, spread, turns = 0 } = recipe;
  const d = features + 1;
  const direction = (): Float64Array =>
    Float64Array.from({ length: features }, () => (spread * rng.normal()) / Math.sqrt(features));
  const from = Array.from({ length: arms }, direction);
  const to = Array.from({ length: arms }, direction);
  const rewards = new Uint8Array(steps * arms);
  let best = 0;
  for (let step = 0; step < steps; step++) {
    const angle = (2 * Math.PI * turns * step) / steps;
    let highest = 0;
    for (let arm = 0; arm < arms; arm++) {
      let logOdds = bias;
      for (let i = 0; i < features; i++) {
        const weight = Math.cos(angle) * from[arm]![i]! + Math.sin(angle) * to[arm]![i]!;
        logOdds += weight * contexts[step * d + i]!;
      }
      const probability = 1 / (1 + Math.exp(-logOdds));
      if (arrivals[arm]! <= step) highest = Math.max(highest, probability);
      rewards[step * arms + arm] = rng.uniform() < probability ? 1 : 0;
    }
    best += highest;
  }
  return { rewards, hindsightReward: best / steps };
}
