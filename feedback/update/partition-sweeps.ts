import type { Clock } from '../../core/clock.js';
import { HorizonSweep, joinedEnds } from './horizon-sweep.js';
import type { LearnerPartition } from './learner-partition.js';
import type { RunningLearner } from './running-learner.js';

/** Gives up what is out of its windows, as far as the log has been read. */
export class PartitionSweeps {
  readonly #horizons: HorizonSweep;

  constructor(
    readonly learner: Pick<RunningLearner, 'change' | 'checkpointNow' | 'options' | 'settings'>,
    clock: Clock,
  ) {
    this.#horizons = new HorizonSweep(clock);
  }

  async sweep(partitions: readonly LearnerPartition[]): Promise<void> {
    const times = partitions.map((partition) => this.#horizons.timeIn(partition));
    const ends = await joinedEnds(this.learner.options.log);
    for (const [i, partition] of partitions.entries()) {
      await this.learner.change(partition, () => {
        const horizonMs = this.#horizons.horizon(partition, times[i]!, ends);
        return horizonMs === undefined ? [] : partition.join.advanceHorizon(horizonMs);
      });
      await this.#sweepStored(partition);
    }
  }

  /** What is out of its windows and not in memory: a slice at a time, so that batches come in between. */
  async #sweepStored(partition: LearnerPartition): Promise<void> {
    const { settings } = this.learner;
    const slices = partition.joins.sweep();
    for (let isDone = false; !isDone;) {
      // Should the partition go meanwhile, the work is not done any more, and that is the end of it.
      isDone = true;
      await this.learner.change(partition, async () => {
        const slice = await slices.next();
        isDone = slice.done === true;
        return slice.value ?? [];
      });
      if (partition.join.table.resident.unsavedBytes >= settings.maxUnsavedJoinBytes)
        await this.learner.checkpointNow();
    }
  }
}
