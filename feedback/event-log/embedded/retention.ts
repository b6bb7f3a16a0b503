import type { Topic } from '../event-log.js';
import type { PartitionLog } from './partition-log.js';

/**
 * What is kept of each partition. The oldest closed segment goes when it is older than `maxAgeMs` (since it was closed) or the partition holds
 * more than `maxBytes`, but only once every group that has ever committed on the partition has committed past it: what a group has not read is kept,
 * up to `unreadMaxBytes`, which bounds the disk whatever happens. A group that never committed holds nothing back.
 * The segment being written always stays, so a partition may exceed a limit by one segment.
 */
export interface Retention {
  /** default 7 days */
  readonly maxAgeMs: number;
  /** per partition, default 1 GiB */
  readonly maxBytes: number;
  /** per partition, default 8 GiB */
  readonly unreadMaxBytes: number;
}

export interface Dropped {
  readonly topic: Topic;
  readonly partition: number;
  readonly fromOffset: number;
  /** exclusive */
  readonly toOffset: number;
  /** records among them that some group had not read: it goes on with the oldest that is left */
  readonly unread: number;
}

/** Drops what may go, oldest first. @param committed the least any group has committed, if one has */
export async function applyRetention(
  log: PartitionLog,
  retention: Retention,
  nowMs: number,
  committed: number | undefined,
): Promise<Dropped | undefined> {
  let bytes = log.activeSizeBytes;
  for (const size of log.closedBytes.values()) bytes += size;
  let count = 0;
  for (; count < log.segments.length - 1; count++) {
    const next = log.segments[count + 1]!;
    if (nowMs - next.madeAtMs <= retention.maxAgeMs && bytes <= retention.maxBytes) break;
    const isRead = committed === undefined || committed >= next.baseOffset;
    if (!isRead && bytes <= retention.unreadMaxBytes) break;
    bytes -= log.closedBytes.get(log.segments[count]!.path) ?? 0;
  }
  if (count === 0) return undefined;
  const fromOffset = log.startOffset;
  await log.dropOldest(count);
  const toOffset = log.startOffset;
  const unread = committed === undefined ? 0 : Math.max(0, toOffset - Math.max(committed, fromOffset));
  return { topic: log.topic, partition: log.partition, fromOffset, toOffset, unread };
}
