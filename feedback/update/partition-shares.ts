import type { Clock } from '../../core/clock.js';
import type { CheckpointWriter } from './checkpoint-writer.js';
import type { LearnerPartition } from './learner-partition.js';
import type { OwnedPartitions } from './owned-partitions.js';
import { recoverPartition } from './partition-recovery.js';

/** Losses of one partition within this time … */
const LOSS_WINDOW_MS = 600_000;
/** … of which so many are one too many: somebody who is not of our group learns from it too. */
const MOST_LOSSES = 3;

export interface PartitionSharesOptions {
  readonly owned: OwnedPartitions;
  readonly clock: Clock;
  readonly partitionOf: (partition: number) => LearnerPartition;
  readonly checkpoint: CheckpointWriter;
  /** runs its work between two batches */
  readonly between: <T>(work: () => T) => Promise<T>;
  /** what is known of them is to be handed on before they go */
  readonly onLeaving: (partitions: readonly LearnerPartition[]) => Promise<void>;
  /** the partitions are others now */
  readonly onMoved: () => void;
}

/** Takes partitions over, gives them up, loses them. */
export class PartitionShares {
  #moving = 0;
  #isClosed = false;
  readonly #lostAtMs = new Map<number, readonly number[]>();

  constructor(readonly options: PartitionSharesOptions) {}

  /** Partitions are on their way here or away from here. */
  get isMoving(): boolean {
    return this.#moving > 0;
  }

  /** Recovers and claims them, all at once: most of it is waiting. */
  take(partitions: readonly number[]): Promise<void> {
    return this.#move(async () => {
      const { owned, clock, partitionOf } = this.options;
      await Promise.all(
        partitions.map(async (number) => {
          const partition = partitionOf(number);
          const isOurs = await recoverPartition(partition, clock.nowMs(), () => !this.#isClosed);
          if (isOurs) owned.add(partition);
        }),
      );
    });
  }

  /** Keeps what is known of them, and forgets them. */
  give(partitions: readonly number[]): Promise<void> {
    return this.#move(async () => {
      const { owned, checkpoint, between, onLeaving } = this.options;
      const given = partitions.flatMap((partition) => owned.find(partition) ?? []);
      if (given.length === 0) return;
      await onLeaving(given);
      await checkpoint.write(between, () => given.filter((partition) => owned.has(partition)));
      for (const partition of given) this.#forget(partition);
    });
  }

  /** Another has claimed it: nothing of it is kept. @returns whether that is too much */
  lose(partition: LearnerPartition): boolean {
    const nowMs = this.options.clock.nowMs();
    this.#forget(partition);
    this.options.onMoved();
    const before = this.#lostAtMs.get(partition.partition) ?? [];
    const lostAtMs = [...before.filter((atMs) => nowMs - atMs < LOSS_WINDOW_MS), nowMs];
    this.#lostAtMs.set(partition.partition, lostAtMs);
    return lostAtMs.length >= MOST_LOSSES;
  }

  /** Claims nothing any more. */
  close(): void {
    this.#isClosed = true;
  }

  async #move(work: () => Promise<void>): Promise<void> {
    this.#moving++;
    try {
      await work();
    } finally {
      this.#moving--;
    }
    this.options.onMoved();
  }

  #forget(partition: LearnerPartition): void {
    partition.labels.release();
    this.options.owned.remove(partition);
  }
}
