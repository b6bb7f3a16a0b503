import { join } from 'node:path';
import { readRecords } from '../../feedback/event-log/embedded/index.js';
import type { EventLog, LogRecord, Topic } from '../../feedback/event-log/event-log.js';
import { decodeDecision, decodeImpression, decodePlay } from '../../feedback/events/avro.js';
import type { DecisionEvent, ImpressionEvent, LabelEvent, PlayEvent } from '../../feedback/events/events.js';
import { LabelFence } from '../../feedback/events/label-fence.js';
import { decodeLabelsRecord } from '../../feedback/events/labels-record.js';

/** Everything a log holds, as its bytes say: read without any of the service's own state. */
export interface LogContent {
  /** in partition and offset order */
  readonly records: Readonly<Record<ReadTopic, readonly PlacedRecord[]>>;
  /** by request id */
  readonly decisions: ReadonlyMap<string, DecisionEvent>;
  /** by event id, the first of each */
  readonly impressions: ReadonlyMap<string, ImpressionEvent>;
  readonly plays: ReadonlyMap<string, PlayEvent>;
  /** those that count */
  readonly labels: readonly LabelEvent[];
  /** what a former owner wrote, or a retry wrote twice */
  readonly voided: number;
}

export interface PlacedRecord extends LogRecord {
  readonly partition: number;
}

const READ_TOPICS = ['decisions', 'impressions', 'plays', 'labels', 'dead-letter'] as const satisfies Topic[];
export type ReadTopic = (typeof READ_TOPICS)[number];

/** From the files of an embedded log whose owner has nothing left to write. */
export async function readLogFiles(dataDirectory: string, partitions: number): Promise<LogContent> {
  const records = emptyRecords();
  for (const topic of READ_TOPICS)
    for (let partition = 0; partition < partitions; partition++)
      for await (const record of readRecords({ directory: join(dataDirectory, 'log'), topic, partition }))
        records[topic].push({ ...record, partition });
  return logContent(records);
}

/** From a log that several processes share, up to where it ends now. @param group of consumers that nobody else is in */
export async function readSharedLog(log: EventLog, group: string): Promise<LogContent> {
  const records = emptyRecords();
  const left = new Map<string, number>();
  for (const topic of READ_TOPICS)
    for (const [partition, end] of (await log.endOffsets(topic)).entries())
      if (end > 0) left.set(`${topic}/${partition}`, end);
  let finished = (): void => undefined;
  const done = new Promise<void>((resolve) => (finished = resolve));
  const consumer = await log.consume({
    ...{ group, topics: READ_TOPICS, startAt: () => Promise.resolve(0) },
    onBatch({ topic, partition, records: batch }) {
      const place = `${topic}/${partition}`;
      const end = left.get(place) ?? 0;
      for (const record of batch)
        if (record.offset < end) records[topic as ReadTopic].push({ ...record, partition });
      if (batch.at(-1)!.offset + 1 >= end) left.delete(place);
      if (left.size === 0) finished();
      return Promise.resolve();
    },
  });
  if (left.size > 0) await Promise.race([done, consumer.stopped]);
  await consumer.close();
  for (const topic of READ_TOPICS)
    records[topic].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return logContent(records);
}

function emptyRecords(): Record<ReadTopic, PlacedRecord[]> {
  return { decisions: [], impressions: [], plays: [], labels: [], 'dead-letter': [] };
}

export function logContent(records: LogContent['records']): LogContent {
  const values = (topic: ReadTopic): Uint8Array[] => records[topic].map(({ value }) => value);
  return {
    records,
    decisions: firstOf(values('decisions').map(decodeDecision), ({ requestId }) => requestId),
    impressions: firstOf(values('impressions').map(decodeImpression), ({ eventId }) => eventId),
    plays: firstOf(values('plays').map(decodePlay), ({ eventId }) => eventId),
    ...countedLabels(records.labels),
  };
}

function countedLabels(records: readonly PlacedRecord[]): Pick<LogContent, 'labels' | 'voided'> {
  const fences = new Map<number, LabelFence>();
  const labels: LabelEvent[] = [];
  let voided = 0;
  for (const { partition, value } of records) {
    const fence = fences.get(partition) ?? new LabelFence();
    fences.set(partition, fence);
    const record = decodeLabelsRecord(value);
    const verdict = fence.take(record);
    if (verdict === 'void') voided++;
    if (verdict === 'counts' && record.kind === 'label') labels.push(record.label);
  }
  return { labels, voided };
}

function firstOf<Event>(events: readonly Event[], idOf: (event: Event) => string): Map<string, Event> {
  const first = new Map<string, Event>();
  for (const event of events) if (!first.has(idOf(event))) first.set(idOf(event), event);
  return first;
}

/**
 * What must have been learned, said as plainly as it can be: a slot counts once if its page was decided and it was displayed; its reward is 1 if any of its plays
 * was good, by the default reward expression written out here by hand. (Windows are days and the campaign minutes: nothing is late.)
 *
 * @returns reward by "requestId:slot"
 */
export function expectedRewards({ decisions, impressions, plays }: LogContent): Map<string, number> {
  const rewards = new Map<string, number>();
  for (const { requestId, slot } of impressions.values())
    if (decisions.has(requestId)) rewards.set(`${requestId}:${slot}`, 0);
  for (const { requestId, slot, watchedSeconds, watchedFraction } of plays.values()) {
    const key = `${requestId}:${slot}`;
    if (rewards.has(key) && (watchedSeconds >= 360 || watchedFraction >= 0.7)) rewards.set(key, 1);
  }
  return rewards;
}
