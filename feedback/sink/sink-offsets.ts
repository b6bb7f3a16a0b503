import type { Clock } from '../../core/clock.js';
import type { Analytics } from '../analytics/analytics.js';
import type { Topic } from '../event-log/event-log.js';
import { partitionKey, type PartitionOffset } from './row-batch.js';

/** How far this group has come, as the tables themselves remember it. */
export interface SinkOffsets {
  /** by partitionKey: the next record to read */
  stored(): Promise<ReadonlyMap<string, number>>;
  store(offsets: Iterable<PartitionOffset>): Promise<void>;
}

export function sinkOffsets(analytics: Analytics, group: string, clock: Clock): SinkOffsets {
  return {
    async stored() {
      const rows = await analytics.query<{ topic: Topic; partition: number; offset: number }>(
        'SELECT topic, partition, offset FROM marquee.sink_offsets FINAL WHERE consumer_group = {group:String}',
        { group },
      );
      return new Map(rows.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]));
    },
    async store(offsets) {
      const columns = { consumer_group: group, written_at: clock.nowMs() };
      await analytics.insert(
        'sink_offsets',
        Array.from(offsets, ({ topic, partition, offset }) => ({ ...columns, topic, partition, offset })),
      );
    },
  };
}
