import { afterAll, beforeAll, describe } from 'vitest';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { eventLogContract } from '../event-log.contract.js';
import { kafkaCanRun, startBroker } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';

/** The first time the broker's packages are fetched. */
const START_LIMIT_MS = 600_000;

describe.runIf(kafkaCanRun)('on a real broker', () => {
  let server: KafkaServer;
  let logs = 0;
  beforeAll(async () => {
    server = await startBroker();
  }, START_LIMIT_MS);
  afterAll(() => server.stop());

  // Every log of the suite is an empty one: topics and groups of its own on one broker.
  eventLogContract('kafka', (limits) =>
    kafkaEventLog({
      ...limits,
      brokers: [server.broker],
      prefix: `contract-${++logs}.`,
      replicationFactor: 1,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 100,
      fetchWaitMs: 50,
    }),
  );
});
