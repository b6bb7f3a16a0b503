import type { OurConfiguration } from './ours.js';
import type { RivalName } from './rivals.js';

/** One configuration of Vowpal Wabbit: arguments beside those of rivals.py, and the costs that rewards 1 and 0 become. */
export interface VowpalWabbitConfiguration {
  readonly id: string;
  readonly arguments: string;
  readonly costs: readonly [rewarded: number, unrewarded: number];
}

/** One configuration of MABWiser or contextualbandits: a class and its arguments. */
export interface ClassConfiguration {
  readonly id: string;
  readonly policy: string;
  readonly settings: Readonly<Record<string, number>>;
}

type Settings = Readonly<Record<string, number>>;

const LAMBDAS = [1, 10];

/** Half-life in steps (the tables have 683 to 6,000), and whether arms start from what all arms have in common. */
const MEMORIES = [
  { halfLifeMs: Infinity, shared: false },
  { halfLifeMs: Infinity, shared: true },
  { halfLifeMs: 2000, shared: false },
  { halfLifeMs: 2000, shared: true },
  { halfLifeMs: 1000, shared: false },
];

/** How each policy explores; λ and memory are crossed with it. From plain to elaborate. */
const EXPLORATIONS: readonly (readonly [policy: OurConfiguration['policy'], settings: Settings])[] = [
  ['epsilon-greedy', { epsilon: 0, floor: 0 }],
  ['epsilon-greedy', { epsilon: 0.02, floor: 0 }],
  ['epsilon-greedy', { epsilon: 1, decay: 0.5, floor: 0 }],
  ['softmax', { temperature: 0.02, floor: 0 }],
  ['softmax', { temperature: 0.5, decay: 0.5, floor: 0 }],
  ['squarecb', { gamma: 100, floor: 0 }],
  ['squarecb', { gamma: 1000, floor: 0 }],
  ['linucb', { noise: 1, alpha: 0.1, floor: 0 }],
  ['linucb', { noise: 1, alpha: 0.3, floor: 0 }],
  ['regcb', { noise: 1, confidence: 0.001, floor: 0 }],
  ['linear-thompson', { noise: 0.03, floor: 0 }],
  ['linear-thompson', { noise: 0.1, floor: 0 }],
];

export const OUR_GRID: readonly OurConfiguration[] = EXPLORATIONS.flatMap(([policy, settings]) =>
  LAMBDAS.flatMap((lambda) =>
    MEMORIES.map(({ halfLifeMs, shared }) => ({
      id: `${policy} ${shownSettings({ lambda, ...settings })} half-life=${halfLifeMs}${shared ? ' shared' : ''}`,
      policy,
      settings: { lambda, ...settings },
      halfLifeMs,
      shared: { enabled: shared },
    })),
  ),
);

const VOWPAL_WABBIT_EXPLORATIONS = [
  '--epsilon 0',
  '--epsilon 0.02',
  '--epsilon 0.02 --cb_type ips',
  '--epsilon 0.02 --cb_type dr',
  '--first 100',
  '--bag 4 --epsilon 0',
  '--cover 4 --nounif',
  '--squarecb --gamma_scale 100',
  '--squarecb --gamma_scale 1000',
  '--regcb --mellowness 0.01',
  '--regcbopt --mellowness 0.01',
  '--regcbopt --mellowness 0.001',
  '--softmax --lambda 10',
];
const LEARNING_RATES = [0.5, 2];
const COSTS = [
  [-1, 0],
  [0, 1],
] as const;

const VOWPAL_WABBIT_GRID: readonly VowpalWabbitConfiguration[] = VOWPAL_WABBIT_EXPLORATIONS.flatMap(
  (exploration) =>
    LEARNING_RATES.flatMap((rate) =>
      COSTS.map((costs) => ({
        id: `${exploration} -l ${rate} costs ${costs.join('/')}`,
        arguments: `${exploration} -l ${rate}`,
        costs,
      })),
    ),
);

const MABWISER_GRID: readonly ClassConfiguration[] = LAMBDAS.flatMap((lambda) => [
  named('LinGreedy', { epsilon: 0.02, l2_lambda: lambda }),
  named('LinUCB', { alpha: 0.1, l2_lambda: lambda }),
  named('LinUCB', { alpha: 0.3, l2_lambda: lambda }),
  named('LinTS', { alpha: 0.1, l2_lambda: lambda }),
]);

const CONTEXTUALBANDITS_GRID: readonly ClassConfiguration[] = LAMBDAS.flatMap((lambda) => [
  named('LinUCB', { alpha: 0.1, lambda_: lambda }),
  named('LinUCB', { alpha: 0.3, lambda_: lambda }),
  named('LinTS', { v_sq: 0.01, lambda_: lambda }),
  named('LinTS', { v_sq: 0.1, lambda_: lambda }),
]);

export const RIVAL_GRIDS: Readonly<
  Record<RivalName, readonly (VowpalWabbitConfiguration | ClassConfiguration)[]>
> = {
  vowpalwabbit: VOWPAL_WABBIT_GRID,
  mabwiser: MABWISER_GRID,
  contextualbandits: CONTEXTUALBANDITS_GRID,
};

function named(policy: string, settings: Settings): ClassConfiguration {
  return { id: `${policy} ${shownSettings(settings)}`, policy, settings };
}

function shownSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
