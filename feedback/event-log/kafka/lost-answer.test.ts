import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { record, take, textOf } from '../contract/log-fixture.contract.js';
import { kafkaCanRun, startBroker } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';

describe.runIf(kafkaCanRun)('a broker that takes records in and does not answer in time', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startBroker();
  }, 600_000);
  afterAll(() => server.stop());

  it('does not take what is appended next for a repeat of them', async () => {
    const log = await kafkaEventLog({
      brokers: [server.broker],
      partitions: 1,
      replicationFactor: 1,
      maxRetryTimeMs: 1_000,
      requestTimeoutMs: 1_000,
      maxRequestBytes: 1_000,
    });
    await log.append('plays', [record('k', 'first')], 'synced');
    process.kill(server.pid, 'SIGSTOP');
    // Two requests by size: were the second sent after the first failed, it would come before the repeat of the first.
    const long = 'x'.repeat(600);
    const inDoubt = log.append('plays', [record('k', `a${long}`), record('k', `b${long}`)], 'synced');
    await expect(inDoubt).rejects.toMatchObject({ code: 'log/failed' });
    process.kill(server.pid, 'SIGCONT');
    const texts = ['next', 'and next', 'last'];
    for (const text of texts) {
      let acknowledged = false;
      while (!acknowledged)
        acknowledged = await log.append('plays', [record('k', text)], 'synced').then(
          () => true,
          () => false,
        );
    }
    const [end = 0] = await log.endOffsets('plays');
    const { records } = await take(log, 'plays', end);
    const found = records.map(textOf).map((text) => text.replace(long, ''));
    expect(found).toEqual(expect.arrayContaining(['first', ...texts]));
    expect(found.includes('b') && !found.includes('a')).toBe(false);
    await log.close();
  }, 120_000);
});
