import type { Clock } from '../../core/clock.js';
import type { Analytics } from '../analytics/analytics.js';
import type { Topic } from '../event-log/event-log.js';
import type { FenceState } from '../events/label-fence.js';
import { partitionKey, type PartitionOffset } from './row-batch.js';

/** How far a topic partition is written. */
export interface StoredOffset {
  /** the next record to read */
  readonly offset: number;
  /** of a partition of `labels`: as its fence is there; who the owner is does not matter to who only reads */
  readonly fence: FenceState;
}

interface OffsetRow {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly fence_epoch: number;
  readonly fence_sequence: number;
}

/** How far this group has come, as the tables themselves remember it. */
export interface SinkOffsets {
  /** by partitionKey */
  stored(): Promise<ReadonlyMap<string, StoredOffset>>;
  store(offsets: Iterable<PartitionOffset>): Promise<void>;
}

export function sinkOffsets(analytics: Analytics, group: string, clock: Clock): SinkOffsets {
  return {
    async stored() {
      const rows = await analytics.query<OffsetRow>(
        'SELECT topic, partition, offset, fence_epoch, fence_sequence FROM marquee.sink_offsets FINAL WHERE consumer_group = {group:String}',
        { group },
      );
      return new Map(
        rows.map(({ topic, partition, offset, fence_epoch: epoch, fence_sequence: sequence }) => [
          partitionKey(topic, partition),
          { offset, fence: { epoch, owner: '', sequence } },
        ]),
      );
    },
    async store(offsets) {
      const columns = { consumer_group: group, written_at: clock.nowMs() };
      await analytics.insert(
        'sink_offsets',
        Array.from(offsets, ({ topic, partition, offset, fence }) => ({
          ...columns,
          topic,
          partition,
          offset,
          fence_epoch: fence?.epoch ?? 0,
          fence_sequence: fence?.sequence ?? 0,
        })),
      );
    },
  };
}
