import { afterEach } from 'vitest';
import type { Batch, ConsumeOptions, EventLog, LogRecord, NewRecord, Topic } from '../event-log.js';

export type LogFactory = (limits: { partitions: number; maxRecordBytes: number }) => Promise<EventLog>;

/** Opens logs for one suite and closes them after each test. */
export function logOpener(
  factory: LogFactory,
): (partitions?: number, maxRecordBytes?: number) => Promise<EventLog> {
  const opened: EventLog[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()));
  });
  return async (partitions = 4, maxRecordBytes = 1_048_576) => {
    const log = await factory({ partitions, maxRecordBytes });
    opened.push(log);
    return log;
  };
}

export function record(key: string, text: string, timestampMs = 1_700_000_000_000): NewRecord {
  return { key, value: new TextEncoder().encode(text), timestampMs };
}

export function records(keys: number, each: number): NewRecord[] {
  return Array.from({ length: keys * each }, (_, i) =>
    record(`member-${i % keys}`, String(Math.floor(i / keys))),
  );
}

export function textOf({ value }: LogRecord): string {
  return new TextDecoder().decode(value);
}

/** Waits for a condition, a turn of the event loop at a time; the runner's own time limit is the only one. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Consumes until `count` records have come, then closes. */
export async function take(
  log: EventLog,
  topic: Topic,
  count: number,
  options: Partial<ConsumeOptions> = {},
): Promise<{ batches: Batch[]; records: LogRecord[] }> {
  const batches: Batch[] = [];
  let seen = 0;
  const consumer = await log.consume({
    group: 'take',
    topics: [topic],
    ...options,
    onBatch: async (batch) => {
      batches.push(batch);
      seen += batch.records.length;
      await Promise.resolve();
    },
  });
  await Promise.race([until(() => seen >= count), consumer.stopped]);
  await consumer.close();
  return { batches, records: batches.flatMap((batch) => batch.records) };
}

/** A door that holds whoever waits until it is opened. */
export function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
