import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.js';
import type { EventLog, Topic } from '../event-log/event-log.js';
import { partitionKey } from './row-batch.js';
import type { StoredOffset } from './sink-offsets.js';

export interface DrainOptions {
  readonly log: EventLog;
  readonly topics: readonly Topic[];
  /** writes what is held */
  readonly flush: () => Promise<void>;
  /** next record to write, as far as this sink knows; undefined for a partition it never read */
  readonly position: (topic: Topic, partition: number) => number | undefined;
  /** the same by partitionKey, as the tables know it: the partitions of the group's other sinks too */
  readonly stored: () => Promise<ReadonlyMap<string, StoredOffset>>;
  readonly hasEnded: () => boolean;
}

const POLL_MS = 10;
/** Other sinks' progress costs a query, so it is looked at less often. */
const POLLS_PER_STORED = 20;

/**
 * Waits until every record that is in the log now is written.
 * @throws AppError `log/closed` when the sink ends before that
 */
export async function drain(options: DrainOptions): Promise<void> {
  let open = await allEnds(options.log, options.topics);
  for (let poll = 1; ; poll++) {
    await options.flush();
    open = open.filter(({ topic, partition, end }) => (options.position(topic, partition) ?? 0) < end);
    if (open.length > 0 && poll % POLLS_PER_STORED === 0) {
      const stored = await options.stored();
      open = open.filter(
        ({ topic, partition, end }) => (stored.get(partitionKey(topic, partition))?.offset ?? 0) < end,
      );
    }
    if (open.length === 0) return;
    if (options.hasEnded()) {
      throw new AppError(
        'log/closed',
        'the sink has ended; expected it to run until all that was in the log is written',
      );
    }
    await sleep(POLL_MS);
  }
}

async function allEnds(log: EventLog, topics: readonly Topic[]) {
  const perTopic = await Promise.all(
    topics.map(async (topic) => {
      const ends = await log.endOffsets(topic);
      return ends.map((end, partition) => ({ topic, partition, end }));
    }),
  );
  return perTopic.flat();
}
