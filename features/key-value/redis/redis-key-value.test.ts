import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/until.js';
import { keyValueContract } from '../key-value.contract.js';
import { redisKeyValue } from './redis-key-value.js';
import { startLossyProxy } from './lossy-proxy.fixture.js';
import { redisIsThere, startRedis } from './redis-server.fixture.js';

if (redisIsThere) {
  const server = await startRedis();
  afterAll(() => server.stop());

  keyValueContract('redis', async () => {
    await server.flush();
    return redisKeyValue({ urls: [server.url], namespace: 'contract' });
  });

  describe('redis key-value', () => {
    it('keeps namespaces apart', async () => {
      await server.flush();
      const [one, other] = ['one', 'other'].map((namespace) =>
        redisKeyValue({ urls: [server.url], namespace }),
      );
      await one!.write({ puts: [['k', Uint8Array.of(1)]] });
      expect(await other!.getMany(['k'])).toEqual([undefined]);
      await Promise.all([one!.close(), other!.close()]);
    });

    it('forgets what has expired, in scans and in its index too', async () => {
      await server.flush();
      const store = redisKeyValue({ urls: [server.url], namespace: 'brief' });
      const value = Uint8Array.of(1);
      await store.write({
        puts: [
          ['kept', value],
          ['gone', value],
          ['again', value],
        ],
        expiresInMs: 1,
      });
      await store.write({ puts: [['kept', value]] });
      await until(
        'the entry',
        () => store.getMany(['gone']),
        ([held]) => held === undefined,
      );
      await store.write({ puts: [['again', value]], expiresInMs: 600_000 });
      const keys: string[] = [];
      for await (const [key] of store.scan('')) keys.push(key);
      expect(keys).toEqual(['again', 'kept']);
      expect(await server.command('ZRANGE', '{brief}:keys', '0', '-1')).toEqual(['again', 'kept']);
      expect(await server.command('ZRANGE', '{brief}:expiring', '0', '-1')).toEqual(['again']);
      await store.close();
    });

    it('takes a conditional write that is sent twice, because its first answer was lost, as one', async () => {
      await server.flush();
      const lossy = await startLossyProxy(server.url);
      const store = redisKeyValue({ urls: [lossy.url], namespace: 'twice', maxReconnectDelayMs: 5 });
      await store.write({ puts: [['n', Uint8Array.of(1)]] });
      lossy.loseNextAnswer();
      await store.write({ expect: [['n', Uint8Array.of(1)]], puts: [['n', Uint8Array.of(2)]] });
      expect(await store.getMany(['n'])).toEqual([Uint8Array.of(2)]);
      expect(lossy.lost()).toBe(1);
      await store.close();
      await lossy.close();
    });
  });
}

describe('redis that is not there', () => {
  it('fails as unavailable after its retries, without naming the address', async () => {
    const store = redisKeyValue({
      urls: ['redis://:secret@127.0.0.1:1'],
      namespace: 'n',
      maxRetries: 1,
      maxReconnectDelayMs: 1,
    });
    const failed: unknown = await store.getMany(['a']).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'store/unavailable' });
    expect(String(failed)).not.toContain('secret');
    await store.close();
  });

  it('refuses to begin without an address', () => {
    expect(() => redisKeyValue({ urls: [], namespace: 'n' })).toThrow(/at least one redis/);
  });
});
