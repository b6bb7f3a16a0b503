import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import { encodeLabel } from '../events/avro.js';
import { encodeClaim } from '../events/labels-record.js';
import { DEFAULT_JOIN_SETTINGS } from '../join/join-outcome.js';
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
import { PartitionJoin } from '../join/partition-join.js';
import { readRecord } from '../join/record-reading.js';
import { rewardExpression } from '../join/reward-expression.js';
import { countedLabels } from './counted-labels.fixture.js';
import type { Learner } from './learner-options.js';
import { startLearner } from './start-learner.js';

/** What a learner had seen when it wrote the fixtures. */
const SEEN: readonly TopicRecord[] = [
  // Page 0 was displayed twice and played; a play waits for its slot's impression.
  decisionRecord(decisionOf(0)),
  impressionRecord(impressionOf(0, 0)),
  impressionRecord(impressionOf(0, 1)),
  playRecord(playOf(0, 0, 400)),
  playRecord(playOf(0, 2, 700)),
  // Nothing had happened to page 1.
  decisionRecord(decisionOf(1)),
  // Page 2's decision had not come.
  impressionRecord(impressionOf(2, 0)),
  playRecord(playOf(2, 0, 600)),
];

async function fixtureStore(version: number): Promise<KeyValueStore> {
  const text = readFileSync(new URL(`./fixtures/checkpoint-v${version}.txt`, import.meta.url), 'utf8');
  const store = memoryKeyValue();
  const entries = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]);
  await store.write({ puts: entries.map(([key, hex]) => [key, Buffer.from(hex, 'hex')] as const) });
  return store;
}

/** The log as it was then: its labels are of a time when nobody claimed partitions, and since format 2 somebody has. */
async function logThen(version: number): Promise<EventLog> {
  const log = memoryEventLog({ partitions: 1 });
  const join = new PartitionJoin(DEFAULT_JOIN_SETTINGS, rewardExpression());
  for (const [offset, { topic, ...record }] of SEEN.entries()) {
    await log.append(topic, [record], 'synced');
    for (const outcome of join.take(readRecord({ topic, offset, ...record })))
      if (outcome.kind === 'trial' || outcome.kind === 'labelled') {
        const { memberId, atMs } = outcome.label;
        const value = encodeLabel(outcome.label);
        await log.append('labels', [{ key: memberId, value, timestampMs: atMs }], 'synced');
      }
  }
  if (version === 1) return log;
  const value = encodeClaim({ partition: 0, ownerEpoch: 1, owner: 'then', atMs: NOON_MS });
  await log.append('labels', [{ key: 'claim', value, timestampMs: NOON_MS }], 'synced');
  return log;
}

function learnerOn(log: EventLog, store: KeyValueStore): Promise<Learner> {
  const clock = manualClock(NOON_MS + 3_600_000);
  const policy = createPolicy('best-unpersonalised', {}, SCHEMA.dimension);
  const model = { key: 'home/best', policy, target: 'title', learnsFrom: () => true, lambda: 1 } as const;
  return startLearner({
    ...{ log, store, clock, schema: SCHEMA, revisions: REVISIONS, models: [model] },
    timers: manualTimers(clock),
    onSnapshot: () => undefined,
  });
}

describe.each([1, 2])('a checkpoint of format %i', (version) => {
  it('is gone on from: what was open is open, what waits goes on waiting, nothing counts twice', async () => {
    const [log, store] = [await logThen(version), await fixtureStore(version)];
    let learner = await learnerOn(log, store);
    expect(learner.stats()).toMatchObject({ openJoins: 2, heldEvents: 3 });
    expect(learner.totals('home/best')).toEqual({ trials: 2, rewardSum: 1 });
    // From here on it is a checkpoint of the newest format.
    await learner.close();
    learner = await learnerOn(log, store);
    expect(learner.stats()).toMatchObject({ openJoins: 2, heldEvents: 3 });
    const news = [
      ...SEEN,
      impressionRecord(impressionOf(0, 2)),
      impressionRecord(impressionOf(1, 0)),
      decisionRecord(decisionOf(2)),
    ];
    for (const { topic, ...record } of news) await log.append(topic, [record], 'synced');
    await learner.drained();
    const labels = await countedLabels(log);
    expect(
      labels.map(({ requestId, slot, rewardAfter }) => `${requestId}/${slot} ${rewardAfter}`).sort(),
    ).toEqual(['r0/0 0', 'r0/0 1', 'r0/1 0', 'r0/2 0', 'r0/2 1', 'r1/0 0', 'r2/0 0', 'r2/0 1']);
    expect(learner.totals('home/best')).toEqual({ trials: 5, rewardSum: 3 });
    expect(learner.stats()).toMatchObject({ openJoins: 3, heldEvents: 0 });
    await learner.close();
  });
});
