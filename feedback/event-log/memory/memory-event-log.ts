import { AppError, shown } from '../../../core/errors.js';
import { partitionOf } from '../../../core/hash.js';
import { checkTopic, consumerGroups, type Cursor, type RecordSource } from '../consumer-groups.js';
import { type EventLog, type LogRecord, type NewRecord, type Topic, TOPICS } from '../event-log.js';

export interface MemoryEventLogOptions {
  /** default 4 */
  readonly partitions?: number;
  /** most bytes of key + value, default 1 MiB */
  readonly maxRecordBytes?: number;
}

/** The event log in arrays, for tests: nothing survives the process, nothing is ever dropped, `written` and `synced` are the same. */
export function memoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  const { partitions = 4, maxRecordBytes = 1_048_576 } = options;
  const records = new Map(
    TOPICS.map((topic) => [topic, Array.from({ length: partitions }, (): LogRecord[] => [])]),
  );
  const recordsOf = (topic: Topic, partition: number): LogRecord[] => records.get(topic)![partition]!;
  const source: RecordSource = {
    partitions,
    startOffset: () => 0,
    endOffset: (topic, partition) => recordsOf(topic, partition).length,
    cursor: (topic, partition, offset) => arrayCursor(recordsOf(topic, partition), offset),
  };
  const groups = consumerGroups(source, memoryOffsets());
  let open = true;
  let closing = false;
  const mustBeOpen = (): void => {
    if (!open) throw closed();
  };
  return {
    partitions,
    async append(topic, batch) {
      mustBeOpen();
      checkTopic(topic);
      checkSizes(batch, maxRecordBytes);
      const positions = batch.map((record) => {
        const partition = partitionOf(record.key, partitions);
        const target = recordsOf(topic, partition);
        const offset = target.length;
        target.push({
          key: record.key,
          value: record.value.slice(),
          timestampMs: record.timestampMs,
          offset,
        });
        return { partition, offset };
      });
      await Promise.resolve();
      groups.grown(topic);
      return positions;
    },
    async consume(consumeOptions) {
      // While the log closes its consumers may still append; a new one would never be stopped.
      if (closing) throw closed();
      return await groups.consume(consumeOptions);
    },
    async endOffsets(topic) {
      checkTopic(topic);
      return await Promise.resolve(records.get(topic)!.map((partition) => partition.length));
    },
    async close() {
      closing = true;
      await groups.close();
      open = false;
    },
  };
}

function arrayCursor(records: readonly LogRecord[], offset: number): Cursor {
  let nextOffset = offset;
  return {
    get nextOffset() {
      return nextOffset;
    },
    async read(maxRecords) {
      const batch = records.slice(nextOffset, nextOffset + maxRecords);
      nextOffset += batch.length;
      return await Promise.resolve(batch);
    },
    close: () => Promise.resolve(),
  };
}

function memoryOffsets() {
  const offsets = new Map<string, number>();
  const keyOf = (group: string, topic: Topic, partition: number): string =>
    JSON.stringify([group, topic, partition]);
  return {
    committed: (group: string, topic: Topic, partition: number) =>
      offsets.get(keyOf(group, topic, partition)),
    async commit(group: string, topic: Topic, partition: number, offset: number) {
      offsets.set(keyOf(group, topic, partition), offset);
      await Promise.resolve();
    },
  };
}

function checkSizes(batch: readonly NewRecord[], maxRecordBytes: number): void {
  for (const { key, value } of batch) {
    const bytes = Buffer.byteLength(key) + value.length;
    if (bytes > maxRecordBytes) {
      throw new AppError(
        'log/record-too-large',
        `a record of ${bytes} bytes (${shown(value.length)} of value); expected at most ${maxRecordBytes}`,
      );
    }
  }
}

function closed(): AppError {
  return new AppError('log/closed', 'the memory event log is closed; expected an open log');
}
