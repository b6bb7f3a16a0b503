import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startKafka } from '../../../scripts/kafka/kafka-server.js';
import { record, take, textOf, until } from '../contract/log-fixture.contract.js';
import { kafkaCanRun } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';

describe.runIf(kafkaCanRun)('a broker that is killed and comes back', () => {
  it('fails appends in bounded time, keeps what it acknowledged, and its consumers go on by themselves', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'marquee-kafka-'));
    let server = await startKafka({ directory });
    const port = Number(server.broker.split(':')[1]);
    const log = await kafkaEventLog({
      brokers: [server.broker],
      partitions: 1,
      replicationFactor: 1,
      maxRetryTimeMs: 1_000,
      requestTimeoutMs: 2_000,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 200,
    });
    const seen: string[] = [];
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      onBatch: async ({ records }) => {
        seen.push(...records.map(textOf));
        await Promise.resolve();
      },
    });
    await log.append('plays', [record('k', 'before')], 'synced');
    await until(() => seen.length === 1);
    await server.stop('SIGKILL');
    await expect(log.append('plays', [record('k', 'while away')], 'synced')).rejects.toMatchObject({
      code: 'log/failed',
    });
    server = await startKafka({ directory, port });
    // What was refused may have arrived all the same; what is acknowledged must be there.
    let acknowledged = false;
    while (!acknowledged) {
      acknowledged = await log.append('plays', [record('k', 'after')], 'synced').then(
        () => true,
        () => false,
      );
    }
    await until(() => seen.includes('after'));
    expect(seen[0]).toBe('before');
    const { records } = await take(log, 'plays', seen.length, { group: 'again' });
    expect(records.map(textOf)).toEqual(seen);
    await consumer.close();
    await log.close();
    await server.stop('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }, 600_000);
});
