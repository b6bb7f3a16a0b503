import { afterAll, describe, expect, it } from 'vitest';
import { certificatesCanBeMade } from '../../../test/support/certificates.js';
import { freePort } from '../../../test/support/free-port.js';
import { announcementsContract } from '../../announcements/announcements.contract.js';
import { redisAnnouncements } from '../../announcements/redis/index.js';
import { keyValueContract } from '../key-value.contract.js';
import { redisKeyValue } from './redis-key-value.js';
import { startRedisCluster, startSecuredRedis, type RedisNetwork } from './redis-network.fixture.js';
import { redisIsThere } from './redis-server.fixture.js';
import { redisValues } from './redis-values.js';

/** What the ports promise over TLS, and of a cluster, on real servers. */
function contractsOn(name: string, network: RedisNetwork): void {
  const { connection } = network;
  keyValueContract(name, async () => {
    await network.flush();
    return redisKeyValue({ ...connection, namespace: 'contract' });
  });
  const open = () => redisAnnouncements({ ...connection, namespace: 'contract', maxReconnectDelayMs: 20 });
  announcementsContract(name, () => Promise.resolve([open(), open()]));

  describe(`${name}: values read into buffers`, () => {
    it('are found, whichever node has them', async () => {
      // Each namespace is one slot: some of these are of every node.
      for (const namespace of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const [store, values] = [
          redisKeyValue({ ...connection, namespace }),
          redisValues({ ...connection, namespace }),
        ];
        const value = new Uint8Array(300_000).fill(namespace.charCodeAt(0));
        await store.write({ puts: [['k', value]] });
        expect(Buffer.compare((await values.getMany(['k']))[0]!, value)).toBe(0);
        expect(await values.getMany(['absent'])).toEqual([undefined]);
        await Promise.all([store.close(), values.close()]);
      }
    });
  });
}

if (redisIsThere && certificatesCanBeMade) {
  const secured = await startSecuredRedis();
  afterAll(() => secured.stop());
  contractsOn('redis over TLS', secured);

  describe('redis over TLS', () => {
    it('is refused without its authority, and without a certificate to show', async () => {
      const { urls, tls } = secured.connection;
      for (const less of [{}, { tls: { ca: tls!.ca! } }]) {
        const options = { urls, ...less, namespace: 'n', maxRetries: 0, maxReconnectDelayMs: 1 };
        for (const store of [redisKeyValue(options), redisValues(options)]) {
          await expect(store.getMany(['k'])).rejects.toMatchObject({ code: 'store/unavailable' });
          await store.close();
        }
      }
    });
  });
}

if (redisIsThere) {
  const cluster = await startRedisCluster();
  afterAll(() => cluster.stop());
  contractsOn('redis cluster', cluster);

  describe('redis cluster', () => {
    it('is known by one address too, where that is said', async () => {
      const [url] = cluster.connection.urls;
      for (const namespace of ['a', 'b', 'c', 'd', 'e', 'f']) {
        await cluster.flush();
        const store = redisKeyValue({ urls: [url!], cluster: true, namespace });
        await store.write({ expect: [['k', undefined]], puts: [['k', Uint8Array.of(1)]] });
        expect(await store.getMany(['k'])).toEqual([Uint8Array.of(1)]);
        await store.write({ deletes: ['k'] });
        await store.close();
      }
    });

    it('fails as unavailable where none of its nodes is there', async () => {
      const urls = [`redis://127.0.0.1:${await freePort()}`, `redis://127.0.0.1:${await freePort()}`];
      const store = redisKeyValue({
        ...{ urls, namespace: 'n', commandTimeoutMs: 50, maxRetries: 1, maxReconnectDelayMs: 5 },
      });
      await expect(store.getMany(['k'])).rejects.toMatchObject({ code: 'store/unavailable' });
      await store.close();
    });
  });
}
