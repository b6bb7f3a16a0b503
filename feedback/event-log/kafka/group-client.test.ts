import { Kafka, logLevel, type Consumer as KafkaConsumer } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { record, textOf, until } from '../contract/log-fixture.contract.js';
import type { Consumer, EventLog } from '../event-log.js';
import { kafkaCanRun, startBroker } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';

const PREFIX = 'failing.';

describe.runIf(kafkaCanRun)('a consumer that its group refuses', () => {
  let server: KafkaServer;
  let stranger: KafkaConsumer;
  let log: EventLog;
  let lines: string[];
  beforeAll(async () => {
    server = await startBroker();
  }, 600_000);
  afterAll(() => server.stop());
  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    await stranger.disconnect();
    await log.close();
  });

  const open = async (maxConsumerFailures: number): Promise<void> => {
    log = await kafkaEventLog({
      brokers: [server.broker],
      prefix: PREFIX,
      partitions: 1,
      replicationFactor: 1,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 200,
      maxConsumerFailures,
      onLog: (line) => lines.push(line),
    });
  };
  /** Joins first, and shares in another way than ours: the broker answers INCONSISTENT_GROUP_PROTOCOL to who comes later, which kafkajs does not try again. */
  const occupy = async (group: string): Promise<void> => {
    stranger = new Kafka({ brokers: [server.broker], logLevel: logLevel.NOTHING }).consumer({
      groupId: PREFIX + group,
    });
    await stranger.connect();
    await stranger.subscribe({ topics: [`${PREFIX}plays`] });
    const joined = new Promise((resolve) => stranger.on(stranger.events.GROUP_JOIN, resolve));
    await stranger.run({ eachMessage: () => Promise.resolve() });
    await joined;
  };
  const seen: string[] = [];
  const consume = (group: string): Promise<Consumer> =>
    log.consume({
      group,
      topics: ['plays'],
      onBatch: async ({ records }) => {
        await Promise.resolve(seen.push(...records.map(textOf)));
      },
    });

  it('is made anew, and takes its share once it may', async () => {
    await open(5);
    await occupy('for a while');
    const consumer = await consume('for a while');
    await until(() => lines.some((line) => line.includes('a new one joins in')));
    await stranger.disconnect();
    await log.append('plays', [record('k', 'at last')], 'synced');
    await until(() => seen.includes('at last'));
    await consumer.close();
    await expect(consumer.stopped).resolves.toBeUndefined();
  }, 120_000);

  it('gives up after as many failures in a row as were allowed, and says so', async () => {
    await open(1);
    await occupy('for good');
    const consumer = await consume('for good');
    await expect(consumer.stopped).rejects.toMatchObject({
      code: 'log/failed',
      message: expect.stringContaining('the consumer failed 2 times in a row') as string,
    });
    expect(lines.filter((line) => line.includes('a new one joins in'))).toHaveLength(1);
  }, 120_000);
});
