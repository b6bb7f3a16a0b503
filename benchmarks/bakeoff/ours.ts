import { createBandit, type Bandit, type BanditOptions, type Choice } from '../../bandit/index.js';
import type { Player } from './play.js';
import type { Stream } from './problem.js';

/** What is chosen for all tables at once; the dimension, the arms and the seed are the problem's. Time is counted in steps: a half-life of 1000 is 1000 steps. */
export interface OurConfiguration extends Pick<
  BanditOptions,
  'policy' | 'settings' | 'halfLifeMs' | 'shared'
> {
  readonly id: string;
}

/** Through the façade that anybody uses: `createBandit`, one context for all arms. */
export function ourPlayer(problem: Stream, { id: _, ...options }: OurConfiguration): Player {
  const { steps, dimension, contexts, arms, seed } = problem;
  const bandit: Bandit = createBandit({ ...options, dimension, seed, maxArms: arms });
  const names = Array.from({ length: arms }, (_unused, arm) => `arm-${arm}`);
  const numbers = new Map(names.map((name, arm) => [name, arm]));
  const views = Array.from({ length: steps }, (_unused, step) =>
    contexts.subarray(step * dimension, (step + 1) * dimension),
  );
  let choice: Choice | undefined;
  const time = { atMs: 0 };
  return {
    arrive(arm) {
      bandit.addArm(names[arm]!);
    },
    choose(step) {
      choice = bandit.choose(views[step]!, step, choice);
      return numbers.get(choice.arm)!;
    },
    learn(decided, arm, reward) {
      time.atMs = decided;
      bandit.learn(names[arm]!, views[decided]!, reward, time);
    },
  };
}
