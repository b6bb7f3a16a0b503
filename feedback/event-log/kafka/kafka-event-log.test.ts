import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import type { Batch } from '../event-log.js';
import { eventLogContract } from '../event-log.contract.js';
import { kafkaCanRun, startBroker } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';
import { startRegistryFront } from './registry.fixture.js';

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

  it('carries events through a schema registry', async () => {
    const registry = await startRegistryFront();
    const log = await kafkaEventLog({
      ...{ brokers: [server.broker], partitions: 1, replicationFactor: 1, fetchWaitMs: 50 },
      prefix: 'registered.',
      schemaRegistry: { url: registry.url },
    });
    const hex = readFileSync(new URL('../../events/fixtures/play.v1.hex', import.meta.url), 'utf8');
    const value = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
    await log.append('plays', [{ key: 'member', value, timestampMs: 5 }], 'synced');
    const seen = await new Promise<Uint8Array>((resolve, reject) => {
      const onBatch = async ({ records }: Batch): Promise<void> => {
        await Promise.resolve(records[0]!.value).then(resolve);
      };
      log.consume({ group: 'reader', topics: ['plays'], onBatch }).catch(reject);
    });
    expect(Buffer.from(seen)).toEqual(value);
    await log.close();
    await registry.close();
  }, 60_000);
});
