import type { PolicySettings, RewardRange, ServiceSettings } from './service-settings.js';

export interface FoldOptions {
  /** until the log says otherwise */
  readonly service: ServiceSettings;
  readonly policy: PolicySettings;
  readonly range: RewardRange;
  readonly halfLifeMs: number;
}

/** What the log says beside the model and the open events. */
export interface FoldHead {
  /** offset of the next record */
  nextOffset: number;
  /** the latest time any record told */
  watermarkMs: number;
  /** null: as configured */
  service: ServiceSettings | null;
  policy: PolicySettings | null;
  /** null: nothing learned since */
  modelSinceMs: number | null;
  modelChangedMs: number | null;
  serviceChangedMs: number | null;
  /** records before this offset are not evaluated: the logs were deleted */
  logsFromOffset: number;
  counters: FoldCounters;
}

export interface FoldCounters {
  ranks: number;
  rewards: number;
  activations: number;
  /** examples the model learned */
  learned: number;
  /** Rank with the id of an event that is still open */
  repeatedRanks: number;
  /** rewards and activations of events that are unknown, closed, or have no such slot */
  unmatched: number;
  /** rewards that change nothing: not the earliest */
  ignoredRewards: number;
  foreign: number;
}

/** Before the first record. */
export function emptyHead(): FoldHead {
  return {
    ...{ nextOffset: 0, watermarkMs: 0, service: null, policy: null },
    ...{ modelSinceMs: null, modelChangedMs: null, serviceChangedMs: null, logsFromOffset: 0 },
    counters: {
      ...{ ranks: 0, rewards: 0, activations: 0, learned: 0 },
      ...{ repeatedRanks: 0, unmatched: 0, ignoredRewards: 0, foreign: 0 },
    },
  };
}
