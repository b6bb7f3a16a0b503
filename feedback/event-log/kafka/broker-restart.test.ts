import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startKafka, type KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import { gate, record, take, textOf, until } from '../contract/log-fixture.contract.js';
import type { EventLog } from '../event-log.js';
import { freezeBroker, kafkaCanRun } from './kafka-broker.fixture.js';
import { kafkaEventLog } from './index.js';

const SESSION_TIMEOUT_MS = 6_000;
const FAILED = { code: 'log/failed' };

/** Until one is taken in: what was refused may have arrived all the same. */
async function appendAtLast(log: EventLog, text: string): Promise<void> {
  let acknowledged = false;
  while (!acknowledged) {
    acknowledged = await log.append('plays', [record('k', text)], 'synced').then(
      () => true,
      () => false,
    );
  }
}

const directories: string[] = [];
let running: KafkaServer | undefined;

/** One at a time; in the directory of one before it goes on with its log. */
async function start(options?: { readonly directory: string; readonly port: number }): Promise<KafkaServer> {
  const directory = options?.directory ?? mkdtempSync(join(tmpdir(), 'marquee-kafka-'));
  directories.push(directory);
  return (running = await startKafka({ ...options, directory }));
}

afterEach(async () => {
  await running?.stop('SIGKILL');
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function openLog(server: KafkaServer, sessionTimeoutMs = SESSION_TIMEOUT_MS): Promise<EventLog> {
  return kafkaEventLog({
    brokers: [server.broker],
    partitions: 1,
    replicationFactor: 1,
    maxRetryTimeMs: 1_000,
    requestTimeoutMs: 2_000,
    sessionTimeoutMs,
    heartbeatIntervalMs: 200,
  });
}

describe.runIf(kafkaCanRun)('a broker that is killed and comes back', () => {
  it('fails appends in bounded time, keeps what it acknowledged, and its consumers go on by themselves', async () => {
    const server = await start();
    const again = { directory: directories[0]!, port: Number(server.broker.split(':')[1]) };
    const log = await openLog(server);
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
    await expect(log.append('plays', [record('k', 'while away')], 'synced')).rejects.toMatchObject(FAILED);
    await start(again);
    await appendAtLast(log, 'after');
    await until(() => seen.includes('after'));
    expect(seen[0]).toBe('before');
    const { records } = await take(log, 'plays', seen.length, { group: 'again' });
    expect(records.map(textOf)).toEqual(seen);
    await consumer.close();
    await log.close();
  }, 600_000);

  it('is away for longer than a session: a consumer that keeps its own offsets is told, asked, and misses nothing', async () => {
    const server = await start();
    const again = { directory: directories[0]!, port: Number(server.broker.split(':')[1]) };
    const log = await openLog(server);
    const seen: string[] = [];
    const told: string[] = [];
    let next = 0;
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      startAt: () => {
        told.push(`asked, at ${next}`);
        return Promise.resolve(next);
      },
      onAssigned: async (partitions) => {
        await Promise.resolve(told.push(`given ${partitions.join()}`));
      },
      onRevoked: async (partitions) => {
        await Promise.resolve(told.push(`lost ${partitions.join()}`));
      },
      onBatch: async ({ records }) => {
        seen.push(...records.map(textOf));
        next = records.at(-1)!.offset + 1;
        await Promise.resolve();
      },
    });
    await log.append('plays', [record('k', 'before')], 'synced');
    await until(() => seen.length === 1);
    told.length = 0;
    const killedAtMs = performance.now();
    await server.stop('SIGKILL');
    while (performance.now() - killedAtMs < 2 * SESSION_TIMEOUT_MS)
      await expect(log.append('plays', [record('k', 'while away')], 'synced')).rejects.toMatchObject(FAILED);
    await start(again);
    await appendAtLast(log, 'after');
    await until(() => seen.includes('after'));
    expect(told.slice(0, 3)).toEqual(['lost 0', 'given 0', 'asked, at 1']);
    const { records } = await take(log, 'plays', seen.length, { group: 'again' });
    expect(records.map(textOf)).toEqual(seen);
    await consumer.close();
    await log.close();
  }, 600_000);

  it('is only slow to answer while a batch is worked at: the consumer, still a member, goes on', async () => {
    const server = await start();
    // Longer than the broker is stopped: it keeps the member.
    const log = await openLog(server, 60_000);
    const door = gate();
    const seen: string[] = [];
    let assignments = 0;
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      onAssigned: async () => {
        await Promise.resolve(assignments++);
      },
      onBatch: async ({ records }) => {
        seen.push(...records.map(textOf));
        if (seen.length === 1) await door.opened;
      },
    });
    await log.append('plays', [record('k', 'before')], 'synced');
    await until(() => seen.length === 1);
    await freezeBroker(server);
    // A request of the producer has timed out, so has one of the member's that began before it.
    await expect(log.append('plays', [record('k', 'while slow')], 'synced')).rejects.toMatchObject(FAILED);
    process.kill(server.pid, 'SIGCONT');
    door.open();
    await appendAtLast(log, 'after');
    await until(() => seen.includes('after'));
    expect(assignments).toBe(1);
    await consumer.close();
    await log.close();
  }, 600_000);
});
