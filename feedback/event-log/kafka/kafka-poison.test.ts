import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe } from 'vitest';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { poisonContract } from '../../update/poison.contract.js';
import { kafkaCanRun, startBroker } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';

describe.runIf(kafkaCanRun)('poison in the topics of a real broker', () => {
  let server: KafkaServer;
  let producer: Producer;
  let logs = 0;
  beforeAll(async () => {
    server = await startBroker();
    // Any other program's, which knows neither our limits nor our formats.
    producer = new Kafka({ brokers: [server.broker], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
  }, 600_000);
  afterAll(async () => {
    await producer.disconnect();
    await server.stop();
  });

  poisonContract(async (limits) => {
    const prefix = `poison-${++logs}.`;
    const log = await kafkaEventLog({
      ...limits,
      brokers: [server.broker],
      prefix,
      replicationFactor: 1,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 100,
      fetchWaitMs: 50,
    });
    return {
      log,
      put: ({ topic, key, value }) =>
        producer.send({
          topic: prefix + topic,
          messages: [{ key, value: Buffer.from(value), partition: 0 }],
        }),
      oversizedBytes: 300_000,
    };
  });
});
