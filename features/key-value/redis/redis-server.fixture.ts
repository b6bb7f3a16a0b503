import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findCommand } from '../../../test/support/find-command.js';

export interface RedisServer {
  /** path of its socket */
  readonly url: string;
  flush(): Promise<void>;
  /** any command, as an administrator would give it */
  command(name: string, ...args: string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export const redisIsThere = findCommand('redis-server', 'the Redis contracts');

/** A Redis of our own on a socket in a new directory: every test file has one, and none needs a port. */
export async function startRedis(): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-redis-'));
  const socket = join(directory, 'redis.sock');
  const server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', socket, '--dir', directory, '--save', '', '--appendonly', 'yes'],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const admin = new Redis(socket, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  await admin.ping();
  return {
    url: socket,
    async flush() {
      await admin.flushall();
    },
    command: (name, ...args) => admin.call(name, ...args),
    async stop() {
      admin.disconnect();
      server.kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
