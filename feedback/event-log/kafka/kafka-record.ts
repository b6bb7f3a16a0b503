import type { KafkaMessage, Message } from 'kafkajs';
import type { LogRecord, NewRecord } from '../event-log.js';
import type { Wire } from './wire.js';

/** The record's own time as a little-endian float64: Kafka's timestamps are whole milliseconds, and here the broker's. */
const TIME_HEADER = 'marquee-time';

/** @returns a copy: what the caller does with its bytes afterwards changes nothing */
export function toMessage(
  { key, value, timestampMs }: NewRecord,
  partition: number,
  wire: Wire,
): Message & { readonly partition: number } {
  const time = Buffer.alloc(8);
  time.writeDoubleLE(timestampMs);
  return {
    key: Buffer.from(key, 'utf8'),
    value: Buffer.from(wire.toWire(value)),
    partition,
    headers: { [TIME_HEADER]: time },
  };
}

/** Records from other producers have no header: theirs is the broker's time. A record without a value is an empty one. */
export async function toRecords(messages: readonly KafkaMessage[], wire: Wire): Promise<LogRecord[]> {
  const records = messages.map(toRecord);
  const values = records.map(({ value }) => wire.fromWire(value));
  // One that has to be asked for is rare: without it there is nothing to wait for.
  if (!values.some((value) => value instanceof Promise))
    return records.map((record, i) => ({ ...record, value: values[i] as Uint8Array }));
  return await Promise.all(records.map(async (record, i) => ({ ...record, value: await values[i]! })));
}

function toRecord({ key, value, timestamp, headers, offset }: KafkaMessage): LogRecord {
  const header = headers?.[TIME_HEADER];
  const own = Buffer.isBuffer(header) && header.length === 8 ? header.readDoubleLE() : Number(timestamp);
  return {
    key: key?.toString('utf8') ?? '',
    value: value ?? Buffer.alloc(0),
    timestampMs: own,
    offset: Number(offset),
  };
}
