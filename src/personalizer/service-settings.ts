import { AppError, shown } from '../../core/errors.js';
import { LEARNING_MODES, type LearningMode } from '../../feedback/events/personalizer-events.js';
import type { ModelSettings } from './shared-model.js';

export const AGGREGATIONS = ['earliest', 'sum'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/** What the API calls the service configuration, as far as it has an effect here. */
export interface ServiceSettings {
  /** rewards later than this after their Rank do not count */
  readonly rewardWaitMs: number;
  /** of an event that earns no reward in time */
  readonly defaultReward: number;
  readonly rewardAggregation: Aggregation;
  /** ε in [0, 1] */
  readonly explorationPercentage: number;
  readonly learningMode: LearningMode;
}

/** What the API calls the policy, or learning settings. */
export interface PolicySettings {
  readonly name: string;
  readonly model: Omit<ModelSettings, 'exploration'>;
}

export interface RewardRange {
  readonly lowest: number;
  readonly highest: number;
}

/** A reward as it is learned: brought into the range and stated as a share of it. */
export function scaledReward(value: number, { lowest, highest }: RewardRange): number {
  return (Math.min(highest, Math.max(lowest, value)) - lowest) / (highest - lowest);
}

/** What Personalizer takes, or what the range allows where that is more. @throws AppError `request/invalid` */
export function checkReward(value: number, { lowest, highest }: RewardRange): void {
  const [from, to] = [Math.min(-1, lowest), Math.max(1, highest)];
  if (!(value >= from && value <= to))
    throw new AppError(
      'request/invalid',
      `the reward is ${shown(value)}; expected a number from ${from} to ${to}`,
    );
}

const MIN_WAIT_MS = 5_000;
const MAX_WAIT_MS = 2 * 86_400_000;

/** @throws AppError `request/invalid` */
export function checkService(settings: ServiceSettings): ServiceSettings {
  const { rewardWaitMs, defaultReward, rewardAggregation, explorationPercentage, learningMode } = settings;
  const must = (holds: boolean, name: string, value: unknown, expected: string): void => {
    if (!holds) throw new AppError('request/invalid', `${name} is ${shown(value)}; expected ${expected}`);
  };
  const isWait = rewardWaitMs >= MIN_WAIT_MS && rewardWaitMs <= MAX_WAIT_MS;
  must(isWait, 'rewardWaitTime in ms', rewardWaitMs, 'between 5 seconds and 2 days');
  must(Math.abs(defaultReward) <= 1, 'defaultReward', defaultReward, 'a number in [-1, 1]');
  must(
    AGGREGATIONS.includes(rewardAggregation),
    'rewardAggregation',
    rewardAggregation,
    AGGREGATIONS.join(' or '),
  );
  const isShare = explorationPercentage >= 0 && explorationPercentage <= 1;
  must(isShare, 'explorationPercentage', explorationPercentage, 'a number in [0, 1]');
  must(LEARNING_MODES.includes(learningMode), 'learningMode', learningMode, LEARNING_MODES.join(', '));
  return settings;
}
