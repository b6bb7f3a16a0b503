import { afterEach, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { until } from '../../test/support/until.js';
import type { EventLog } from '../event-log/event-log.js';
import { decodeDeadLetter } from '../events/avro.js';
import type { DeadLetterEvent } from '../events/events.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  playOf,
  playRecord,
  REVISIONS,
  SCHEMA,
  type TopicRecord,
} from '../join/joined-events.fixture.js';
import type { Learner } from './learner-options.js';
import { startLearner } from './start-learner.js';

const LIMIT_BYTES = 2_048;
const EVENT_BYTES = 1_024;
const PATIENCE_MS = 120_000;

export interface PoisonedLog {
  /** of one partition, new and empty, that appends no more than `maxRecordBytes` */
  readonly log: EventLog;
  /** as a producer does that writes to the topics itself */
  readonly put: (record: TopicRecord) => Promise<unknown>;
  /** of a record that `put` takes, over what is an event's limit */
  readonly oversizedBytes: number;
}

const garbage = (bytes: number): Uint8Array => new Uint8Array(bytes).map((_, i) => (i * 7 + 1) % 256);
const wide = decisionOf(7, { memberVector: new Float32Array(EVENT_BYTES / 4) });
/** What a producer that writes to the topics itself may put there. */
const POISON: readonly TopicRecord[] = [
  // as large as the log takes at all: with its envelope it fits nowhere
  { topic: 'plays', key: 'm0', value: garbage(LIMIT_BYTES - 2), timestampMs: NOON_MS },
  { topic: 'impressions', key: 'm'.repeat(LIMIT_BYTES - 3), value: garbage(3), timestampMs: NOON_MS },
  { topic: 'impressions', key: '', value: new Uint8Array(0), timestampMs: NaN },
  // an event like any other, but for its size: its label would not fit into the log
  decisionRecord(wide),
  // an Avro string that says it is 2 GB long
  {
    topic: 'decisions',
    key: 'm0',
    value: Uint8Array.of(0xa4, 1, 2, 0, 254, 255, 255, 255, 15),
    timestampMs: 0,
  },
  playRecord(playOf(0, 0, 40_000)),
];

/** One page: decided, seen, played to the end. */
const page = (request: number): TopicRecord[] => [
  decisionRecord(decisionOf(request)),
  impressionRecord(impressionOf(request, 0)),
  playRecord(playOf(request, 0, 400)),
];

/** What is wrong with a record of any topic, made of one that is right. */
function poisonLike({ value, ...good }: TopicRecord, oversizedBytes: number): TopicRecord[] {
  const ofSchema = (version: number): Uint8Array => {
    const bytes = Uint8Array.from(value);
    new DataView(bytes.buffer).setUint16(2, version, true);
    return bytes;
  };
  return [
    garbage(100),
    // a version of the schema that there is not, and another that there will not be
    ofSchema(0),
    ofSchema(60_000),
    value.subarray(0, value.length >> 1),
    garbage(oversizedBytes),
  ].map((bytes) => ({ ...good, value: bytes }));
}

/**
 * What cannot be used goes to the dead letters with its reason, once, and its neighbours are learned: on any event log.
 *
 * @param open a log that this suite closes
 */
export function poisonContract(
  open: (limits: { readonly partitions: 1; readonly maxRecordBytes: number }) => Promise<PoisonedLog>,
): void {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });
  const openLog = async (): Promise<PoisonedLog> => {
    const poisoned = await open({ partitions: 1, maxRecordBytes: LIMIT_BYTES });
    opened.push(poisoned.log);
    return poisoned;
  };
  const start = async (log: EventLog, store: KeyValueStore): Promise<Learner> => {
    const learner = await openLearner(log, store);
    opened.push(learner);
    return learner;
  };

  it('puts poison among the dead letters, whole where it fits, and goes on', async () => {
    const { log, put } = await openLog();
    const learner = await start(log, memoryKeyValue());
    const [decided, seen] = page(0);
    const last = [impressionRecord(impressionOf(0, 1)), playRecord(playOf(0, 1, 400))];
    for (const record of [decided!, seen!, ...POISON, ...last]) await put(record);
    await learner.drained();
    expect(learner.totals('home/best')).toEqual({ trials: 2, rewardSum: 1 });
    const letters = await deadLetters(log);
    const told = letters.map(({ reason, topic, offset, payload }) => [reason, topic, offset, payload.length]);
    expect(told.sort()).toEqual([
      ['bandit/bad-reward', 'plays', 1, POISON[5]!.value.length],
      ['event/too-large', 'decisions', 1, POISON[3]!.value.length],
      ['event/too-large', 'plays', 0, 0],
      ['event/unreadable', 'decisions', 2, 9],
      ['event/unreadable', 'impressions', 1, 0],
      ['event/unreadable', 'impressions', 2, 0],
    ]);
    // It is still there and goes on.
    for (const record of [decisionRecord(decisionOf(1)), impressionRecord(impressionOf(1, 0))])
      await put(record);
    await learner.drained();
    expect(learner.totals('home/best').trials).toBe(3);
  }, 300_000);

  it('learns what stands before and after poison of each kind in each topic, and reads none of it twice', async () => {
    const { log, put, oversizedBytes } = await openLog();
    const store = memoryKeyValue();
    const learner = await start(log, store);
    const poison = page(0).map((record) => poisonLike(record, oversizedBytes));
    for (const [i, record] of page(0).entries()) {
      await put(record);
      for (const one of poison[i]!) await put(one);
      await put(page(1)[i]!);
    }
    await learner.drained();
    expect(learner.totals('home/best')).toEqual({ trials: 2, rewardSum: 2 });
    const letters = await deadLetters(log);
    // After a good record each, in this order; what is larger than the log takes is named and not kept.
    const expected = poison.flatMap((records) =>
      records.map(({ topic, value: { length } }, i) =>
        length > EVENT_BYTES
          ? ['event/too-large', topic, i + 1, 0]
          : ['event/unreadable', topic, i + 1, length],
      ),
    );
    const told = letters.map(({ reason, topic, offset, payload }) => [reason, topic, offset, payload.length]);
    expect(told.sort()).toEqual(expected.sort());
    await learner.close();
    const again = await start(log, store);
    for (const record of page(2)) await put(record);
    await again.drained();
    expect(again.totals('home/best')).toEqual({ trials: 3, rewardSum: 3 });
    expect(await deadLetters(log)).toHaveLength(expected.length);
  }, 300_000);
}

async function openLearner(log: EventLog, store: KeyValueStore): Promise<Learner> {
  const clock = manualClock(NOON_MS + 3_600_000);
  const learner = await startLearner({
    ...{ log, clock, schema: SCHEMA, revisions: REVISIONS, store },
    timers: manualTimers(clock),
    models: [
      {
        key: 'home/best',
        policy: createPolicy('best-unpersonalised', {}, SCHEMA.dimension),
        target: 'title',
        learnsFrom: () => true,
        lambda: 1,
      },
    ],
    reward: 'watchedSeconds <= 36000 ? (watchedSeconds >= 360 ? 1 : 0) : 2',
    settings: { maxEventBytes: EVENT_BYTES, maxBatchRecords: 100 },
    onSnapshot: () => undefined,
  });
  await until(
    'a learner that has its partition',
    () => learner.stats().partitions.length,
    (partitions) => partitions === 1,
    PATIENCE_MS,
  );
  return learner;
}

async function deadLetters(log: EventLog): Promise<DeadLetterEvent[]> {
  const letters: DeadLetterEvent[] = [];
  const [end] = await log.endOffsets('dead-letter');
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const consumer = await log.consume({
    group: 'letters',
    topics: ['dead-letter'],
    onBatch({ records }) {
      letters.push(...records.map(({ value }) => decodeDeadLetter(value)));
      if (letters.length === end) finish();
      return Promise.resolve();
    },
  });
  await finished;
  await consumer.close();
  return letters;
}
