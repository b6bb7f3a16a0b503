import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../scripts/kafka/kafka-server.js';
import { LOAD_CORE, startProcess } from './processes.js';
import { experimentOf, freePort, serviceCommand, untilReady, type ServiceOptions } from './service.js';

export interface DistributedLoop {
  /** with which a process serves beside the learner that runs here */
  readonly settings: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** A broker, a Redis and a learner as processes of their own: what a service needs that only serves. */
export async function startDistributedLoop(options: ServiceOptions): Promise<DistributedLoop> {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-loop-'));
  const closers: (() => Promise<unknown>)[] = [
    () => rm(directory, { recursive: true, force: true, maxRetries: 10 }),
  ];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const kafka = await startKafka({ directory: join(directory, 'kafka') });
    closers.push(() => kafka.stop('SIGKILL'));
    const redis = startRedis(directory);
    closers.push(() => redis.stop());
    const shared = sharedSettings(kafka.broker, redis.socket);
    const port = await freePort();
    const learning = {
      ...shared,
      ...{ roles: ['learn'], server: { host: '127.0.0.1', port }, log: { level: 'warn' } },
      data: { directory: join(directory, 'learner') },
      experiment: experimentOf(options),
    };
    const file = join(directory, 'learner.json');
    await writeFile(file, JSON.stringify(learning));
    const learner = startProcess({ command: serviceCommand(options, file), core: LOAD_CORE });
    closers.push(() => learner.stop());
    await untilReady(learner, `http://127.0.0.1:${port}`);
    return { settings: { ...shared, roles: ['serve'] }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sharedSettings(broker: string, redis: string) {
  const key = (): string => randomBytes(32).toString('hex');
  return {
    eventLog: { adapter: 'kafka', kafka: { brokers: [broker], replicationFactor: 1 } },
    store: { adapter: 'redis', redis: { urls: [redis] } },
    secrets: { tokenKey: key(), drawKey: key() },
  };
}

/** The first command waits for it: a client connects by itself. */
function startRedis(directory: string): { readonly socket: string; stop(): Promise<void> } {
  const socket = join(directory, 'redis.sock');
  const server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', socket, '--dir', directory, '--save', '', '--appendonly', 'yes'],
    { stdio: 'ignore' },
  );
  const ended = once(server, 'exit');
  return {
    socket,
    async stop() {
      server.kill();
      await ended;
    },
  };
}
