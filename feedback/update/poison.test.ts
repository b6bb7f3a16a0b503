import { expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
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
import { startLearner } from './start-learner.js';

const LIMIT_BYTES = 2_048;
const EVENT_BYTES = 1_024;

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

it('puts poison among the dead letters, whole where it fits, and goes on', async () => {
  const log = memoryEventLog({ partitions: 1, maxRecordBytes: LIMIT_BYTES });
  const clock = manualClock(NOON_MS + 3_600_000);
  const learner = await startLearner({
    ...{ log, clock, schema: SCHEMA, revisions: REVISIONS, store: memoryKeyValue() },
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
    reward: 'watchedSeconds <= 36000 ? 1 : 2',
    settings: { maxEventBytes: EVENT_BYTES, maxBatchRecords: 100 },
    onSnapshot: () => undefined,
  });
  const all = [
    decisionRecord(decisionOf(0)),
    impressionRecord(impressionOf(0, 0)),
    ...POISON,
    impressionRecord(impressionOf(0, 1)),
    playRecord(playOf(0, 1, 400)),
  ];
  for (const { topic, ...record } of all) await log.append(topic, [record], 'synced');
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
  for (const { topic, ...record } of [decisionRecord(decisionOf(1)), impressionRecord(impressionOf(1, 0))])
    await log.append(topic, [record], 'synced');
  await learner.drained();
  expect(learner.totals('home/best').trials).toBe(3);
  await learner.close();
});
