import type { Clock } from '../../core/clock.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { Consumer, EventLog } from '../event-log/event-log.js';
import { JOINED_TOPICS } from '../join/join-outcome.js';
import type { LearnerPartition } from './learner-partition.js';
import { Turnstile } from './turnstile.js';

/** Between two commits of what may be dropped from the log. */
const COMMIT_INTERVAL_MS = 10_000;

/** Has committed what the checkpoints cover. */
const keeperGroup = (group: string): string => `${group}-checkpoint`;

/**
 * Has a new log keep everything for the learner, though it may run only later, in another role's absence: a group that never committed would hold
 * nothing back. To be called whenever the log is opened; one that has records is left as it is.
 */
export async function keepForLearner(log: EventLog, group = 'learner'): Promise<void> {
  const topics = [...JOINED_TOPICS, 'labels' as const];
  const ends = await Promise.all(topics.map((topic) => log.endOffsets(topic)));
  if (ends.flat().some((end) => end > 0)) return;
  const keeper = await log.consume({
    group: keeperGroup(group),
    topics: [],
    onBatch: () => Promise.resolve(),
  });
  await Promise.all(topics.flatMap((topic, t) => ends[t]!.map((_end, p) => keeper.commit(topic, p, 0))));
  await keeper.close();
}

/** Writes checkpoints, one at a time, and tells the log what they no longer need. */
export class CheckpointWriter {
  readonly #saving = new Turnstile();
  /** reads nothing: it holds the offsets behind which the log may drop what it keeps */
  #keeper: Consumer | undefined;
  #committedAtMs = -Infinity;
  writtenAtMs: number;

  constructor(
    readonly log: EventLog,
    readonly store: KeyValueStore,
    readonly clock: Clock,
    readonly group: string,
  ) {
    this.writtenAtMs = clock.nowMs();
  }

  /**
   * @param between runs its work between two batches: encoding sees no half-learned batch, writing goes on beside the next
   * @param partitions asked for then
   */
  write(
    between: <T>(work: () => T) => Promise<T>,
    partitions: () => readonly LearnerPartition[],
  ): Promise<void> {
    return this.#saving.pass(async () => {
      const encoded = await between(() =>
        partitions().map((partition) => ({
          partition,
          batch: partition.encodeCheckpoint(),
          offsets: { ...partition.consumed, labels: partition.labelsOffset },
        })),
      );
      // A barrier: what the checkpoint builds on must be on disk before it, or a power loss would leave it ahead of the log.
      await this.log.append('labels', [], 'synced');
      await this.store.write({
        puts: encoded.flatMap(({ batch }) => [...batch.puts]),
        deletes: encoded.flatMap(({ batch }) => [...batch.deletes]),
      });
      for (const { partition } of encoded) partition.saved();
      this.writtenAtMs = this.clock.nowMs();
      if (this.writtenAtMs - this.#committedAtMs < COMMIT_INTERVAL_MS) return;
      this.#committedAtMs = this.writtenAtMs;
      // Should it fail (the group is sharing anew) the log keeps more than it must until the next.
      await this.#commit(encoded).catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    await this.#saving.pass(async () => {
      await this.#keeper?.close();
    });
  }

  /** In a group of its own, so that the reading group's start is always the checkpoint's to say. */
  async #commit(
    encoded: readonly {
      partition: LearnerPartition;
      offsets: Readonly<Record<'labels' | (typeof JOINED_TOPICS)[number], number>>;
    }[],
  ): Promise<void> {
    this.#keeper ??= await this.log.consume({
      group: keeperGroup(this.group),
      topics: [],
      onBatch: () => Promise.resolve(),
    });
    const keeper = this.#keeper;
    await Promise.all(
      encoded.flatMap(({ partition: { partition }, offsets }) =>
        [...JOINED_TOPICS, 'labels' as const].map((topic) => keeper.commit(topic, partition, offsets[topic])),
      ),
    );
  }
}
