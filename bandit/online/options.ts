import { AppError, shown } from '../../core/errors.js';
import { MAX_ARMS, type PolicyName } from '../policy.js';
import type { SharedBlockOptions } from './shared-block.js';

export interface BanditOptions {
  /** one of POLICY_NAMES */
  readonly policy: PolicyName;
  /** d of the contexts, integer in [1, 256] */
  readonly dimension: number;
  /** the policy's settings by name; what is missing takes its stated default */
  readonly settings?: Readonly<Record<string, number>>;
  /** ids of the arms there are at first; default none */
  readonly arms?: readonly string[];
  /** at most so many arms at a time, integer in [1, 200]; default 200 */
  readonly maxArms?: number;
  /** the same seed and key draw the same; any safe integer, default 0 */
  readonly seed?: number;
  /** an example counts half after so many milliseconds (of `atMs`), > 0; default Infinity: nothing is forgotten */
  readonly halfLifeMs?: number;
  /** what a new arm starts from */
  readonly shared?: SharedBlockOptions;
}

/** Options with their defaults, frozen. What the policy and its settings may be is checked by `createPolicy`. @throws AppError `bandit/bad-setting` */
export function checkBanditOptions(options: BanditOptions): CheckedOptions {
  const {
    policy,
    dimension,
    settings = {},
    arms = [],
    maxArms = MAX_ARMS,
    seed = 0,
    halfLifeMs = Infinity,
  } = options;
  whole('dimension', dimension, 1, 256);
  whole('maxArms', maxArms, 1, MAX_ARMS);
  if (!Number.isSafeInteger(seed)) refuse('seed', seed, 'a safe integer');
  const {
    enabled = true,
    refreshShare = 1 / 8,
    refreshAtLeast = Math.max(16, 2 * dimension),
  } = options.shared ?? {};
  const { lambda = 1, meanRewardGuess = 0.1, guessTrials = 10 } = options.shared ?? {};
  if (!(refreshShare > 0 && refreshShare < Infinity))
    refuse('shared.refreshShare', refreshShare, 'a finite number > 0');
  whole('shared.refreshAtLeast', refreshAtLeast, 1, 2 ** 30);
  const shared = { enabled, refreshShare, refreshAtLeast, lambda, meanRewardGuess, guessTrials };
  return { policy, dimension, settings: { ...settings }, arms: [...arms], maxArms, seed, halfLifeMs, shared };
}

export interface CheckedOptions extends Required<BanditOptions> {
  readonly shared: Required<SharedBlockOptions>;
}

function whole(name: string, value: unknown, least: number, most: number): void {
  if (!(Number.isInteger(value) && (value as number) >= least && (value as number) <= most))
    refuse(name, value, `an integer in [${least}, ${most}]`);
}

function refuse(name: string, value: unknown, expected: string): never {
  throw new AppError('bandit/bad-setting', `${name} is ${shown(value)}; expected ${expected}`);
}
