import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { record, take, textOf } from '../contract/log-fixture.contract.js';
import { freezeBroker, kafkaCanRun, startBroker } from './kafka-broker.fixture.js';
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
      // A call waits for longer than kafkajs asks: the request fails, and the call with it.
      maxRetryTimeMs: 30_000,
      requestTimeoutMs: 1_000,
      maxRequestBytes: 1_000,
    });
    await log.append('plays', [record('k', 'first')], 'synced');
    await freezeBroker(server);
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

  it('keeps nobody waiting for longer than was said, and the order of what it was given', async () => {
    const log = await kafkaEventLog({
      brokers: [server.broker],
      partitions: 1,
      prefix: 'patience.',
      replicationFactor: 1,
      maxRetryTimeMs: 500,
      requestTimeoutMs: 1_000,
    });
    await log.append('plays', [record('k', 'first')], 'synced');
    await freezeBroker(server);
    const refused = {
      code: 'log/failed',
      message: expect.stringContaining('not acknowledged within 1500 ms') as string,
    };
    // kafkajs would ask nine times, a second each.
    const underWay = log.append('plays', [record('k', 'under way')], 'synced');
    await Promise.resolve();
    const waiting = log.append('plays', [record('k', 'waiting')], 'synced');
    await Promise.all([underWay, waiting].map((call) => expect(call).rejects.toMatchObject(refused)));
    process.kill(server.pid, 'SIGCONT');
    while (
      !(await log.append('plays', [record('k', 'last')], 'synced').then(
        () => true,
        () => false,
      ))
    );
    const [end = 0] = await log.endOffsets('plays');
    const { records } = await take(log, 'plays', end);
    const texts = records.map(textOf).filter((text, i, all) => text !== all[i - 1]);
    // What was refused before it was sent is not there.
    expect(['first,under way,last', 'first,last']).toContain(texts.join());
    await log.close();
  }, 120_000);
});
