import type { MathNode } from 'mathjs';
import { parse } from 'mathjs/number';
import { AppError, shown } from '../../core/errors.js';
import { compileNode, REWARD_GRAMMAR } from './reward-grammar.js';

/** What a reward may look at. */
export interface RewardFields {
  /** ≥ 0 */
  readonly watchedSeconds: number;
  /** in [0, 1] */
  readonly watchedFraction: number;
}

export interface RewardExpression {
  readonly text: string;
  /** The play's reward; a caller keeps only finite values in [0, 1]. Pure, no allocation, never throws. */
  evaluate(play: RewardFields): number;
}

/** A play of six minutes or of most of the title is a good one: clickbait earns nothing. */
export const DEFAULT_REWARD = 'watchedSeconds >= 360 or watchedFraction >= 0.7';

const MAX_LENGTH = 500;
const MAX_NODES = 100;
const SAMPLE_SECONDS = [0, 1, 30, 359, 360, 600, 3_600, 7_200, 36_000];
const SAMPLE_FRACTIONS = [0, 0.01, 0.25, 0.5, 0.69, 0.7, 0.99, 1];

/**
 * A reward is an expression over the fields of a play, in mathjs' syntax: numbers, true, false, `watchedSeconds`, `watchedFraction`,
 * + − * / ^, comparisons, and, or, not, `a ? b : c`, min, max, if. A truth value counts as 0 or 1.
 *
 * mathjs parses it once; only the node types above are let through, so there is nothing to import, assign, define or reach into.
 * What was let through is compiled to closures over numbers, because mathjs' own evaluation costs 1 to 6 µs a play (measured) and a
 * closure some 10 ns. Comparisons are exact, where mathjs treats numbers within 1e-12 of each other as equal.
 *
 * @param text at most 500 characters, at most 100 nodes
 * @throws AppError `reward/bad-expression` when it does not parse, uses anything else, or leaves [0, 1] at a sampled play
 * @example rewardExpression('min(1, watchedSeconds / 600)').evaluate({ watchedSeconds: 150, watchedFraction: 0 }) // => 0.25
 */
export function rewardExpression(text: string = DEFAULT_REWARD): RewardExpression {
  if (text.trim() === '' || text.length > MAX_LENGTH) {
    throw bad(text, `it has ${text.length} characters; expected 1 to ${MAX_LENGTH}`);
  }
  const root = parsed(text);
  let nodes = 0;
  root.traverse(() => {
    nodes++;
  });
  if (nodes > MAX_NODES) throw bad(text, `it has ${nodes} parts; expected at most ${MAX_NODES}`);
  const compiled = compileNode(root, (found) =>
    bad(text, `it contains ${found}; expected only ${REWARD_GRAMMAR}`),
  );
  for (const watchedSeconds of SAMPLE_SECONDS) {
    for (const watchedFraction of SAMPLE_FRACTIONS) {
      const reward = compiled({ watchedSeconds, watchedFraction });
      if (!isReward(reward)) {
        throw bad(
          text,
          `it is ${reward} when ${shown({ watchedSeconds, watchedFraction })}; expected a number in [0, 1]`,
        );
      }
    }
  }
  return { text, evaluate: compiled };
}

export function isReward(value: number): boolean {
  return value >= 0 && value <= 1;
}

function parsed(text: string): MathNode {
  try {
    return parse(text);
  } catch (cause) {
    throw bad(text, cause instanceof Error ? cause.message : 'it does not parse', cause);
  }
}

function bad(text: string, why: string, cause?: unknown): AppError {
  return new AppError(
    'reward/bad-expression',
    `reward expression ${shown(text)}: ${why}`,
    { expression: text },
    cause,
  );
}
