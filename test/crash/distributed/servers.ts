import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startClickHouseFront, type ClickHouseFront } from '../../../scripts/clickhouse/clickhouse-front.js';
import { startKafka, type KafkaServer } from '../../../scripts/kafka/kafka-server.js';

/** Real servers, at addresses that stay theirs: a broker, a Redis, and the embedded engine behind ClickHouse's HTTP interface. */
export class Servers {
  #kafka: KafkaServer | undefined;
  #redis: ChildProcess | undefined;
  #clickhouse: ClickHouseFront | undefined;

  private constructor(
    readonly directory: string,
    readonly ports: Readonly<Record<'broker' | 'controller' | 'redis' | 'clickhouse', number>>,
  ) {}

  static async start(directory: string): Promise<Servers> {
    const [broker, controller, redis, clickhouse] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ]);
    const servers = new Servers(directory, { broker, controller, redis, clickhouse });
    mkdirSync(directory, { recursive: true });
    const started = await Promise.allSettled([
      servers.startKafka(),
      servers.startRedis(),
      servers.startClickHouse(),
    ]);
    const failed = started.find((result) => result.status === 'rejected');
    if (failed === undefined) return servers;
    await servers.stop();
    throw failed.reason;
  }

  get broker(): string {
    return `127.0.0.1:${this.ports.broker}`;
  }
  get redisUrl(): string {
    return `redis://127.0.0.1:${this.ports.redis}`;
  }
  get clickhouseUrl(): string {
    return `http://127.0.0.1:${this.ports.clickhouse}`;
  }

  async startKafka(): Promise<void> {
    const { broker: port, controller: controllerPort } = this.ports;
    this.#kafka = await startKafka({ directory: join(this.directory, 'kafka'), port, controllerPort });
  }

  async stopKafka(signal: NodeJS.Signals): Promise<void> {
    await this.#kafka?.stop(signal);
    this.#kafka = undefined;
  }

  async startRedis(): Promise<void> {
    const directory = join(this.directory, 'redis');
    mkdirSync(directory, { recursive: true });
    const port = String(this.ports.redis);
    this.#redis = spawn(
      'redis-server',
      ['--port', port, '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'yes'],
      { stdio: 'ignore' },
    );
    const ended = once(this.#redis, 'exit').then(([code]) => {
      throw new Error(`redis-server ended with ${code} instead of answering at ${this.redisUrl}`);
    });
    const client = new Redis(this.redisUrl, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    try {
      await Promise.race([client.ping(), ended]);
    } finally {
      client.disconnect();
      // It will end some day: when it is told to.
      ended.catch(() => undefined);
    }
  }

  /** @param keep what it has written down; false: it comes back empty */
  async stopRedis({ keep }: { readonly keep: boolean }): Promise<void> {
    await killed(this.#redis);
    this.#redis = undefined;
    if (!keep) rmSync(join(this.directory, 'redis'), { recursive: true, force: true });
  }

  async startClickHouse(): Promise<void> {
    const { clickhouse: port } = this.ports;
    this.#clickhouse = await startClickHouseFront({ directory: join(this.directory, 'clickhouse'), port });
  }

  async stopClickHouse(): Promise<void> {
    await this.#clickhouse?.stop('SIGKILL');
    this.#clickhouse = undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([this.stopKafka('SIGKILL'), this.stopRedis({ keep: true }), this.stopClickHouse()]);
  }
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
