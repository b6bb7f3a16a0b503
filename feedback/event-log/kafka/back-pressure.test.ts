import { setTimeout as work } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../../core/clock.js';
import { asId, type MemberId } from '../../../core/ids.js';
import { memoryKeyValue } from '../../../features/key-value/memory/index.js';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { LEARNED_MODEL } from '../../../test/learners/learned-model.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  REVISIONS,
  SCHEMA,
} from '../../join/joined-events.fixture.js';
import { countedLabels } from '../../update/counted-labels.fixture.js';
import { startLearner } from '../../update/start-learner.js';
import { until } from '../contract/log-fixture.contract.js';
import type { Consumer, EventLog, NewRecord } from '../event-log.js';
import { kafkaCanRun, startBroker } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';

const PARTITIONS = 4;
const SESSION_TIMEOUT_MS = 6_000;
/** at once, and of each partition */
const FETCH_BYTES = 256 << 10;
const PARTITION_BYTES = 128 << 10;
/** of Kafka's envelope around the records of four partitions */
const ENVELOPE_BYTES = 4 << 10;

describe.runIf(kafkaCanRun)('a consumer that is slower than its topic', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startBroker();
  }, 600_000);
  afterAll(() => server.stop());

  const open = (prefix: string): Promise<EventLog> =>
    kafkaEventLog({
      ...{ brokers: [server.broker], prefix, partitions: PARTITIONS, replicationFactor: 1 },
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      maxFetchBytes: FETCH_BYTES,
      maxFetchBytesPerPartition: PARTITION_BYTES,
      maxRequestBytes: PARTITION_BYTES,
    });

  it('holds no more than one fetch, stays in its group and is handed each record once', async () => {
    const log = await open('slow-consumer.');
    // Thirty fetches and more.
    const records = Array.from({ length: 800 }, (_, i): NewRecord => {
      return { key: `member-${i}`, value: new Uint8Array(10_000).fill(i), timestampMs: i };
    });
    const positions = await log.append('plays', records, 'synced');
    const [taken, lost]: [string[], number[]] = [[], []];
    const next = new Map<number, number>();
    let peakBytes = 0;
    let assignments = 0;
    let isFirst = true;
    const made: Consumer[] = [];
    const consumer = await log.consume({
      group: 'slow',
      topics: ['plays'],
      maxBatchRecords: 20,
      onAssigned: async () => {
        await Promise.resolve(assignments++);
      },
      onRevoked: async (partitions) => {
        await Promise.resolve(lost.push(...partitions));
      },
      onBatch: async (batch) => {
        if (isFirst && taken.length > 100) {
          isFirst = false;
          await work(1.5 * SESSION_TIMEOUT_MS);
        }
        taken.push(...batch.records.map(({ offset }) => `${batch.partition}:${offset}`));
        next.set(batch.partition, batch.records.at(-1)!.offset + 1);
        peakBytes = Math.max(peakBytes, made[0]?.heldBytes ?? 0);
      },
    });
    made.push(consumer);
    await until(() => taken.length >= records.length);
    expect(taken.sort()).toEqual(positions.map(({ partition, offset }) => `${partition}:${offset}`).sort());
    expect([isFirst, assignments, lost]).toEqual([false, 1, []]);
    // Refused by the group if it had given this member up.
    for (const [partition, offset] of next) await consumer.commit('plays', partition, offset);
    // It was full, and never more than that: all of the topic is 8 MB.
    expect(peakBytes).toBeGreaterThan(PARTITION_BYTES / 2);
    expect(peakBytes).toBeLessThanOrEqual(FETCH_BYTES + ENVELOPE_BYTES);
    await log.close();
  }, 300_000);

  it('is a learner whose labels are slow to be taken in: it keeps its partitions and learns each event once', async () => {
    const log = await open('slow-labels.');
    const requests = Array.from({ length: 600 }, (_, i) => i);
    const of = (request: number) => ({ memberId: asId<MemberId>(`m${request % 50}`) });
    await log.append(
      'decisions',
      requests.map((request) => decisionRecord(decisionOf(request, of(request)))),
      'synced',
    );
    await log.append(
      'impressions',
      requests.flatMap((request) =>
        [0, 1].map((slot) => impressionRecord(impressionOf(request, slot, of(request)))),
      ),
      'synced',
    );
    let peakBytes = 0;
    let slowAppends = 0;
    const learner = await startLearner({
      log: slowLabels(log, {
        onHeld: (bytes) => (peakBytes = Math.max(peakBytes, bytes)),
        beforeLabels: async () => {
          // Twice as long as the session, in the middle of two batches.
          if (slowAppends++ % 4 === 2 && slowAppends < 8) await work(2 * SESSION_TIMEOUT_MS);
        },
      }),
      store: memoryKeyValue(),
      clock: manualClock(NOON_MS),
      ...{ schema: SCHEMA, revisions: REVISIONS, models: [LEARNED_MODEL] },
      settings: { maxBatchRecords: 50 },
      onSnapshot: () => undefined,
    });
    await until(() => learner.stats().partitions.length === PARTITIONS);
    await learner.drained();
    expect(slowAppends).toBeGreaterThan(8);
    expect(learner.stats()).toMatchObject({ partitions: [0, 1, 2, 3], voided: 0, lag: 0 });
    const counted = (await countedLabels(log)).map(({ requestId, slot }) => `${requestId}/${slot}`);
    expect(counted.sort()).toEqual(requests.flatMap((request) => [`r${request}/0`, `r${request}/1`]).sort());
    expect(peakBytes).toBeGreaterThan(0);
    expect(peakBytes).toBeLessThanOrEqual(FETCH_BYTES + ENVELOPE_BYTES);
    await learner.close();
    await log.close();
  }, 300_000);
});

interface Watch {
  readonly onHeld: (bytes: number) => void;
  /** awaited before records are appended to `labels` */
  readonly beforeLabels: () => Promise<void>;
}

/** The log, but for the time that labels take. */
function slowLabels(log: EventLog, { onHeld, beforeLabels }: Watch): EventLog {
  return {
    partitions: log.partitions,
    append: async (topic, records, durability) => {
      if (topic === 'labels' && records.length > 0) await beforeLabels();
      return log.append(topic, records, durability);
    },
    consume: async (options) => {
      // A batch may come before `consume` resolves.
      const made: Consumer[] = [];
      const consumer = await log.consume({
        ...options,
        onBatch: async (batch) => {
          onHeld(made[0]?.heldBytes ?? 0);
          await options.onBatch(batch);
        },
      });
      made.push(consumer);
      return consumer;
    },
    endOffsets: (topic) => log.endOffsets(topic),
    close: () => log.close(),
  };
}
