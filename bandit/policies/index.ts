import { AppError, shown } from '../../core/errors.js';
import { POLICY_NAMES, type Policy, type PolicyName } from '../policy.js';
import { BEST_UNPERSONALISED_SETTINGS, bestUnpersonalised } from './best-unpersonalised.js';
import { EPSILON_GREEDY_SETTINGS, epsilonGreedy } from './epsilon-greedy.js';
import { HYBRID_THOMPSON_SETTINGS, hybridThompson } from './hybrid-thompson.js';
import { LINEAR_THOMPSON_SETTINGS, linearThompson } from './linear-thompson.js';
import { LINUCB_HYBRID_SETTINGS, linUcbHybrid } from './linucb-hybrid.js';
import { LINUCB_SETTINGS, linUcb } from './linucb.js';
import { REGCB_SETTINGS, regCb } from './regcb.js';
import { ONLINE_BAGGING_SETTINGS, onlineBagging } from './online-bagging.js';
import { readSettings, type Setting } from './settings.js';
import { SOFTMAX_SETTINGS, softmax } from './softmax.js';
import { SQUARECB_SETTINGS, squareCbPolicy } from './squarecb.js';
import { uniform } from './uniform.js';

export { bestUnpersonalised, type BestUnpersonalisedOptions } from './best-unpersonalised.js';
export type { CountModel } from './count-model.js';
export { epsilonGreedy, type EpsilonGreedyOptions } from './epsilon-greedy.js';
export { HybridModel } from './hybrid-model.js';
export { hybridThompson, type HybridThompsonOptions } from './hybrid-thompson.js';
export { LinearModel } from './linear-model.js';
export { armsOf, scoreMeans } from './linear-scores.js';
export { linearThompson, type LinearThompsonOptions } from './linear-thompson.js';
export { linUcbHybrid, type LinUcbHybridOptions } from './linucb-hybrid.js';
export { linUcb, type LinUcbOptions } from './linucb.js';
export { neuralLinear, type RepresentedModel } from './neural-linear.js';
export { onlineBagging, type OnlineBaggingOptions } from './online-bagging.js';
export { regCb, type RegCbOptions } from './regcb.js';
export { softmax, type SoftmaxOptions } from './softmax.js';
export { squareCbPolicy, type SquareCbOptions } from './squarecb.js';
export { uniform, type UniformModel } from './uniform.js';
export { isWeightedModel, type WeightedModel } from './weighted-model.js';

interface PolicyEntry {
  readonly settings: Readonly<Record<string, Setting>>;
  create(settings: Readonly<Record<string, number>>, dimension: number): Policy;
}

/** Every policy there is: the one list that config, experiments and the command line read. */
const ENTRIES: Readonly<Record<PolicyName, PolicyEntry>> = {
  uniform: { settings: {}, create: () => uniform() },
  'best-unpersonalised': {
    settings: BEST_UNPERSONALISED_SETTINGS,
    create: (settings) => bestUnpersonalised(settings),
  },
  'linear-thompson': {
    settings: LINEAR_THOMPSON_SETTINGS,
    create: (settings, dimension) => linearThompson({ ...settings, dimension }),
  },
  'epsilon-greedy': {
    settings: EPSILON_GREEDY_SETTINGS,
    create: (settings, dimension) => epsilonGreedy({ ...settings, dimension }),
  },
  softmax: {
    settings: SOFTMAX_SETTINGS,
    create: (settings, dimension) => softmax({ ...settings, dimension }),
  },
  linucb: {
    settings: LINUCB_SETTINGS,
    create: (settings, dimension) => linUcb({ ...settings, dimension }),
  },
  'linucb-hybrid': {
    settings: LINUCB_HYBRID_SETTINGS,
    create: (settings, dimension) => linUcbHybrid({ ...settings, dimension }),
  },
  squarecb: {
    settings: SQUARECB_SETTINGS,
    create: (settings, dimension) => squareCbPolicy({ ...settings, dimension }),
  },
  regcb: {
    settings: REGCB_SETTINGS,
    create: (settings, dimension) => regCb({ ...settings, dimension }),
  },
  'hybrid-thompson': {
    settings: HYBRID_THOMPSON_SETTINGS,
    create: (settings, dimension) => hybridThompson({ ...settings, dimension }),
  },
  'online-bagging': {
    settings: ONLINE_BAGGING_SETTINGS,
    create: (settings, dimension) => onlineBagging({ ...settings, dimension }),
  },
};

/** The settings a policy takes, by name, with their defaults. */
export function policySettings(name: PolicyName): Readonly<Record<string, Setting>> {
  return ENTRIES[name].settings;
}

/**
 * A policy by name, from settings as a config or an experiment states them.
 *
 * @param name      one of POLICY_NAMES
 * @param settings  numbers by name; what is missing takes its stated default
 * @param dimension d of the contexts; policies that learn from counts alone ignore it
 * @throws AppError `bandit/bad-setting`, naming the policy or setting, its value and what was expected
 * @example createPolicy('best-unpersonalised', { floor: 0.2 }, 32).floor // => 0.2
 */
export function createPolicy(
  name: string,
  settings: Readonly<Record<string, unknown>>,
  dimension: number,
): Policy {
  if (!isPolicyName(name)) {
    throw new AppError(
      'bandit/bad-setting',
      `policy is ${shown(name)}; expected one of: ${POLICY_NAMES.join(', ')}`,
    );
  }
  const entry = ENTRIES[name];
  return entry.create(readSettings(name, entry.settings, settings), dimension);
}

function isPolicyName(name: string): name is PolicyName {
  return (POLICY_NAMES as readonly string[]).includes(name);
}
