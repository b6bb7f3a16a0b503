import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../../test/support/free-port.js';
import { findCommand } from '../../../test/support/find-command.js';

export interface RedisServer {
  /** path of its socket */
  readonly url: string;
  flush(): Promise<void>;
  /** any command, as an administrator would give it */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** Listens on a free port of 127.0.0.1 too. @returns the port */
  listen(): Promise<number>;
  /** Kills it and starts another on the same socket, with nothing of what it held. */
  restartEmpty(): Promise<void>;
  stop(): Promise<void>;
}

export const redisIsThere = findCommand('redis-server', 'the Redis contracts');

/** A Redis of our own on a socket in a new directory: every test file has one, and none needs a port. */
export async function startRedis(): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-redis-'));
  const socket = join(directory, 'redis.sock');
  const start = (): ChildProcess =>
    spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', socket, '--dir', directory, '--save', '', '--appendonly', 'yes'],
      { stdio: 'ignore' },
    );
  let server = start();
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  const admin = new Redis(socket, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  await admin.ping();
  return {
    url: socket,
    async flush() {
      await admin.flushall();
    },
    command: (name, ...args) => admin.call(name, ...args),
    async listen() {
      const port = await freePort();
      await admin.config('SET', 'port', port);
      return port;
    },
    async restartEmpty() {
      await kill('SIGKILL');
      rmSync(join(directory, 'appendonlydir'), { recursive: true, force: true });
      server = start();
      await admin.ping();
    },
    async stop() {
      admin.disconnect();
      await kill('SIGTERM');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
