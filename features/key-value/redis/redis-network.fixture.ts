import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { clientTls, makeCertificates } from '../../../test/support/certificates.js';
import { freePort } from '../../../test/support/free-port.js';
import { until } from '../../../test/support/until.js';
import type { RedisConnectionOptions } from './redis-connection.js';

export const PASSWORD = 'a secret/of: the@test';
const SLOTS = 16_384;

/** Servers that are reached over the network, with a password. */
export interface RedisNetwork {
  readonly connection: Pick<RedisConnectionOptions, 'urls' | 'tls'>;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

interface Node {
  readonly admin: Redis;
  readonly port: number;
  stop(): Promise<void>;
}

async function startNode(words: readonly string[], admin: (port: number) => Redis): Promise<Node> {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-redis-'));
  const port = await freePort();
  const own = ['--dir', directory, '--save', '', '--requirepass', PASSWORD, '--bind', '127.0.0.1'];
  const child = spawn('redis-server', [...words.map((w) => w.replace('PORT', String(port))), ...own], {
    stdio: 'ignore',
  });
  const client = admin(port).on('error', () => undefined);
  await client.ping();
  return {
    ...{ admin: client, port },
    async stop() {
      client.disconnect();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const PATIENT = { password: PASSWORD, retryStrategy: () => 20, maxRetriesPerRequest: null };

/** One server that speaks TLS alone, and only to clients with a certificate of its authority. */
export async function startSecuredRedis(): Promise<RedisNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-certificates-'));
  const files = makeCertificates(directory);
  const tls = clientTls(files);
  const { cert, key } = files.server;
  const node = await startNode(
    [
      ...['--port', '0', '--tls-port', 'PORT', '--tls-auth-clients', 'yes'],
      ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', files.ca],
    ],
    (port) => new Redis(port, '127.0.0.1', { ...PATIENT, tls }),
  );
  return {
    connection: { urls: [`rediss://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${node.port}`], tls },
    async flush() {
      await node.admin.flushall();
    },
    async stop() {
      await node.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Three nodes that share the slots, of which clients are told two. */
export async function startRedisCluster(): Promise<RedisNetwork> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const bus = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())];
      return await startNode(
        ['--port', 'PORT', ...bus, '--cluster-node-timeout', '5000'],
        (port) => new Redis(port, '127.0.0.1', PATIENT),
      );
    }),
  );
  const [first, ...others] = nodes;
  for (const [i, { admin }] of nodes.entries()) {
    const [from, to] = [i, i + 1].map((n) => Math.floor((n * SLOTS) / nodes.length));
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', from!, to! - 1);
  }
  for (const { admin, port } of others) {
    const [, bus] = (await admin.config('GET', 'cluster-port')) as [string, string];
    await first!.admin.call('CLUSTER', 'MEET', '127.0.0.1', port, bus);
  }
  await until(
    'the cluster',
    () => Promise.all(nodes.map(({ admin }) => admin.cluster('INFO'))),
    (infos) => infos.every((info) => /cluster_state:ok[^]*cluster_known_nodes:3/.test(info)),
  );
  const login = `:${encodeURIComponent(PASSWORD)}@`;
  return {
    connection: { urls: nodes.slice(0, 2).map(({ port }) => `redis://${login}127.0.0.1:${port}`) },
    async flush() {
      await Promise.all(nodes.map(({ admin }) => admin.flushall()));
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
