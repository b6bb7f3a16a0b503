import type { Batch, Consumer, EventLog, Topic } from '../event-log/event-log.js';
import { JOINED_TOPICS, type JoinedTopic } from '../join/join-outcome.js';
import type { LearnerPartition } from './learner-partition.js';

export interface JoinedReading {
  readonly group: string;
  readonly partitions: readonly LearnerPartition[];
  readonly maxBatchRecords: number;
  /** begin with the oldest the log has, which hands over again what was read before; default: where each partition was left */
  readonly fromOldest?: boolean;
  readonly onBatch: (partition: LearnerPartition, topic: JoinedTopic, batch: Batch) => Promise<void>;
}

/** Reads the topics that are joined, each partition from where it was left. */
export function readJoined(log: EventLog, reading: JoinedReading): Promise<Consumer> {
  const owned = new Map(reading.partitions.map((partition) => [partition.partition, partition]));
  return log.consume({
    group: reading.group,
    topics: JOINED_TOPICS,
    startAt: (topic, p) =>
      Promise.resolve(reading.fromOldest === true ? undefined : startOf(owned.get(p), topic)),
    maxBatchRecords: reading.maxBatchRecords,
    async onBatch(batch) {
      const partition = owned.get(batch.partition);
      if (partition !== undefined && isJoined(batch.topic))
        await reading.onBatch(partition, batch.topic, batch);
    },
  });
}

/** From 0 is from the oldest record there is: the reading group never commits. */
function startOf(partition: LearnerPartition | undefined, topic: Topic): number | undefined {
  const offset = partition !== undefined && isJoined(topic) ? partition.consumed[topic] : 0;
  return offset === 0 ? undefined : offset;
}

function isJoined(topic: Topic): topic is JoinedTopic {
  return JOINED_TOPICS.some((joined) => joined === topic);
}
