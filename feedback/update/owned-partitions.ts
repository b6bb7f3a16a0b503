import { AppError, shown } from '../../core/errors.js';
import type { LearnerPartition } from './learner-partition.js';
import type { LearnerOptions } from './learner-options.js';

/** The partitions that are a learner's at present. */
export class OwnedPartitions {
  #all: readonly LearnerPartition[] = [];

  /** Ascending. */
  get all(): readonly LearnerPartition[] {
    return this.#all;
  }

  find(partition: number): LearnerPartition | undefined {
    return this.#all.find((owned) => owned.partition === partition);
  }

  /** This very one: a partition that went and came back is another. */
  has(partition: LearnerPartition): boolean {
    return this.#all.includes(partition);
  }

  add(partition: LearnerPartition): void {
    this.#all = [...this.#all, partition].sort((a, b) => a.partition - b.partition);
  }

  remove(partition: LearnerPartition): void {
    this.#all = this.#all.filter((owned) => owned !== partition);
  }

  sum(of: (partition: LearnerPartition) => number): number {
    return this.#all.reduce((total, partition) => total + of(partition), 0);
  }
}

/** Σ n and Σ r of one model over the partitions. @throws AppError `config/bad-value` */
export function totalsOf(
  owned: OwnedPartitions,
  models: LearnerOptions['models'],
  modelKey: string,
): { trials: number; rewardSum: number } {
  const keys = models.map(({ key }) => key);
  const m = keys.indexOf(modelKey);
  if (m < 0)
    throw new AppError('config/bad-value', `model ${shown(modelKey)}; expected one of ${shown(keys)}`);
  const totals = { trials: 0, rewardSum: 0 };
  for (const { models: statistics } of owned.all) {
    const { trials, rewardSum } = statistics[m]!.arms.totals();
    totals.trials += trials;
    totals.rewardSum += rewardSum;
  }
  return totals;
}
