import { AppError, shown } from '../../core/errors.js';
import { hashString, mix32 } from '../../core/hash.js';
import type { SlateBuffers } from './slate-buffers.js';

/** One decision. Of arrays, entry i belongs to the i-th arm offered. */
export interface Choice {
  /** the arm drawn */
  arm: string;
  /** p(arm): log it with the decision; nothing can compute it afterwards */
  propensity: number;
  /** the arms offered: in the order of the contexts given, or of the bandit's arms */
  arms: readonly string[];
  /** shape (K): what the draw was made from, summing to 1 */
  propensities: Float64Array;
  /** shape (K): posterior means, plays per impression */
  means: Float64Array;
}

const NONE = new Float64Array(0);

/** Writes the decision into the choice given, or a new one; arrays are kept where they have the right length. */
export function writeChoice(slate: SlateBuffers, drawn: number, into: Choice | undefined): Choice {
  const { size, ids, scores } = slate;
  const choice = into ?? { arm: '', propensity: 0, arms: [], propensities: NONE, means: NONE };
  if (choice.propensities.length !== size) {
    choice.propensities = new Float64Array(size);
    choice.means = new Float64Array(size);
  }
  if (!sameIds(ids, choice.arms)) choice.arms = ids.slice();
  for (let a = 0; a < size; a++) {
    choice.propensities[a] = scores.propensities[a]!;
    choice.means[a] = scores.means[a]!;
  }
  choice.arm = ids[drawn]!;
  choice.propensity = scores.propensities[drawn]!;
  return choice;
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i === a.length && i === b.length;
}

/** 32 bits of a draw's key. @throws AppError `bandit/bad-shape` unless the key is a string or a safe integer */
export function drawKey(key: string | number, seed: number): number {
  if (typeof key === 'string') return hashString(key, seed);
  if (!Number.isSafeInteger(key))
    throw new AppError('bandit/bad-shape', `key is ${shown(key)}; expected a string or a safe integer`);
  return mix32(mix32((key >>> 0) ^ seed) + (Math.floor(key / 2 ** 32) >>> 0));
}
