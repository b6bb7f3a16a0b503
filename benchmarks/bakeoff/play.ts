import type { Stream } from './problem.js';

/** A system under test: it is told when an arm arrives, chooses, and learns what a choice of its earned. */
export interface Player {
  arrive(arm: number): void;
  /** @returns the arm chosen */
  choose(step: number): number;
  /** @param decided the step at which it was chosen */
  learn(decided: number, arm: number, reward: number): void;
}

export interface Played {
  /** shape (n): the arm chosen at each step */
  readonly chosen: Int32Array;
  readonly averageReward: number;
}

/**
 * Progressive validation: at each step what has become known is learned, arms that arrive are announced, one arm is chosen and its reward counted; a reward
 * without delay is learned before the next step. rivals.py does the same. Rewards that would arrive after the last step are never learned.
 */
export function play(problem: Stream, player: Player): Played {
  const { steps, arms, rewards, delays, arrivals } = problem;
  const chosen = new Int32Array(steps);
  const due = new Map<number, number[]>();
  let earned = 0;
  const learn = (step: number): void =>
    player.learn(step, chosen[step]!, rewards[step * arms + chosen[step]!]!);
  for (let step = 0; step < steps; step++) {
    for (const decided of due.get(step) ?? []) learn(decided);
    due.delete(step);
    for (let arm = 0; arm < arms; arm++) if (arrivals[arm] === step) player.arrive(arm);
    const arm = player.choose(step);
    chosen[step] = arm;
    earned += rewards[step * arms + arm]!;
    if (delays[step] === 0) {
      learn(step);
      continue;
    }
    const at = step + delays[step]!;
    const others = due.get(at);
    if (others === undefined) due.set(at, [step]);
    else others.push(step);
  }
  return { chosen, averageReward: earned / steps };
}
