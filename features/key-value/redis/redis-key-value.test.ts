import { afterAll, describe, expect, it } from 'vitest';
import { keyValueContract } from '../key-value.contract.js';
import { redisKeyValue } from './redis-key-value.js';
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
