import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { memoryAnnouncements } from '../../features/announcements/memory/index.js';
import { redisAnnouncements } from '../../features/announcements/redis/index.js';
import { lmdbKeyValue } from '../../features/key-value/lmdb/index.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { redisKeyValue } from '../../features/key-value/redis/index.js';
import { redisIsThere, startRedis } from '../../features/key-value/redis/redis-server.fixture.js';
import type { Carrier, Client } from './snapshot-world.fixture.js';
import { redisBaseSource } from './redis/index.js';
import { snapshotsContract } from './snapshots.contract.js';

/** One store for all clients: it and its channels are closed by nobody but the last. */
function shared(store: KeyValueStore): Carrier {
  const announcements = memoryAnnouncements();
  const close = (): Promise<void> => Promise.resolve();
  return {
    connect: () => ({ store: { ...store, close }, announcements: { ...announcements, close } }),
    async empty() {
      const keys: string[] = [];
      for await (const [key] of store.scan('')) keys.push(key);
      await store.write({ deletes: keys });
    },
  };
}

snapshotsContract('memory', () => Promise.resolve(shared(memoryKeyValue())));

const opened: { store: KeyValueStore; path: string }[] = [];
afterAll(async () => {
  for (const { store, path } of opened) {
    await store.close();
    await rm(path, { recursive: true, force: true });
  }
});

snapshotsContract('lmdb', async () => {
  const path = await mkdtemp(join(tmpdir(), 'marquee-snapshots-'));
  const store = lmdbKeyValue({ path });
  opened.push({ store, path });
  return shared(store);
});

if (redisIsThere) {
  const server = await startRedis();
  afterAll(() => server.stop());

  const options = {
    ...{ urls: [server.url], namespace: 'snapshots', maxReconnectDelayMs: 20, commandTimeoutMs: 1_000 },
  };
  const connect = (): Client => ({
    store: redisKeyValue(options),
    announcements: redisAnnouncements(options),
  });
  const carrier = async (client: () => Client): Promise<Carrier> => {
    await server.flush();
    return { connect: client, empty: () => server.restartEmpty() };
  };
  snapshotsContract('redis', () => carrier(connect));
  snapshotsContract('redis, bases by another thread', () =>
    carrier(() => ({ ...connect(), bases: redisBaseSource(options) })),
  );
}
