import { AppError } from '../../core/errors.js';
import type { EventLog, LogRecord } from '../event-log/event-log.js';

/**
 * Hands over the records of one partition of `labels` from `from`, or the oldest that is kept if that is later, up to, not including, `to`, in
 * offset order.
 *
 * @param group a consumer group nobody else uses: its offsets are never committed
 */
export async function readLabels(
  log: EventLog,
  partition: number,
  range: { readonly from: number; readonly to: number; readonly group: string },
  onRecords: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  if (range.from >= range.to) return;
  try {
    await readRange(log, partition, range, onRecords);
  } catch (error) {
    if (!isOutOfRange(error) || range.from === 0) throw error;
    await readRange(log, partition, { ...range, from: 0 }, onRecords);
  }
}

/** The log has dropped what was asked for: there is nothing better than the oldest it has. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof AppError && error.code === 'log/offset-out-of-range';
}

async function readRange(
  log: EventLog,
  partition: number,
  range: { readonly from: number; readonly to: number; readonly group: string },
  onRecords: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  const ends = await log.endOffsets('labels');
  // Asked again when a broker was away and the group has made itself anew: what was handed on is not handed on twice.
  let next = range.from;
  let finished = (): void => undefined;
  const done = new Promise<void>((resolve) => (finished = resolve));
  const consumer = await log.consume({
    group: range.group,
    topics: ['labels'],
    // From 0 is from the oldest there is: the group never commits. The other partitions begin at their ends: nothing of them is read.
    startAt: (_topic, p) => Promise.resolve(p === partition ? (next === 0 ? undefined : next) : ends[p]),
    async onBatch(batch) {
      if (batch.partition !== partition) return;
      const wanted = batch.records.filter((record) => record.offset < range.to);
      if (wanted.length > 0) await onRecords(wanted);
      next = batch.records.at(-1)!.offset + 1;
      if (next >= range.to) finished();
    },
  });
  try {
    await Promise.race([done, consumer.stopped]);
  } finally {
    await consumer.close();
  }
}
