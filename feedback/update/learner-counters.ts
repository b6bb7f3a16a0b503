import { REFUSALS, type JoinOutcome, type RefusalCode } from '../join/join-outcome.js';

/** What has happened since the start: one count per outcome of the join, one per reason for a dead letter. */
export interface LearnerCounters {
  opened: number;
  trials: number;
  rewards: number;
  unchanged: number;
  duplicates: number;
  held: number;
  matured: number;
  evicted: number;
  /** labels that no model could learn from */
  unlearnable: number;
  /** partitions that another learner claimed while they were ours */
  lost: number;
  readonly refused: Record<RefusalCode, number>;
  checkpoints: number;
  snapshots: number;
}

export function emptyCounters(): LearnerCounters {
  return {
    opened: 0,
    trials: 0,
    rewards: 0,
    unchanged: 0,
    duplicates: 0,
    held: 0,
    matured: 0,
    evicted: 0,
    unlearnable: 0,
    lost: 0,
    refused: Object.fromEntries(REFUSALS.map((code) => [code, 0])) as Record<RefusalCode, number>,
    checkpoints: 0,
    snapshots: 0,
  };
}

export function count(counters: LearnerCounters, outcome: JoinOutcome): void {
  switch (outcome.kind) {
    case 'opened':
      counters.opened++;
      return;
    case 'trial':
      counters.trials++;
      return;
    case 'labelled':
      counters.rewards++;
      return;
    case 'unchanged':
      counters.unchanged++;
      return;
    case 'duplicate':
      counters.duplicates++;
      return;
    case 'held':
      counters.held++;
      return;
    case 'refused':
      counters.refused[outcome.code]++;
      return;
    case 'matured':
      counters.matured++;
      return;
    case 'evicted':
      counters.evicted++;
  }
}
