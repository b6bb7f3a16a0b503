import { afterAll, describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../key-value.js';
import { redisKeyValue } from './redis-key-value.js';
import { redisIsThere, startRedis } from './redis-server.fixture.js';
import { redisValues } from './redis-values.js';
import { redisAddress } from './redis-address.js';

describe('the address of a Redis', () => {
  it('is what its URL says', () => {
    expect(redisAddress('/run/redis.sock')).toMatchObject({ path: '/run/redis.sock', isTls: false });
    expect(redisAddress('redis://one')).toEqual({ host: 'one', port: 6379, isTls: false });
    expect(redisAddress('one:7000')).toEqual({ host: 'one', port: 7000, isTls: false });
    expect(redisAddress('rediss://ann:p%40ss@[::1]:6380/3')).toEqual({
      ...{ host: '::1', port: 6380, isTls: true, username: 'ann', password: 'p@ss', database: 3 },
    });
    expect(redisAddress('redis://:only@one')).toEqual({
      ...{ host: 'one', port: 6379, isTls: false, password: 'only' },
    });
  });
});

if (redisIsThere) {
  const server = await startRedis();
  afterAll(() => server.stop());
  const options = { urls: [server.url], namespace: 'values' };
  const filled = (length: number, seed: number): Uint8Array =>
    new Uint8Array(length).map((_, i) => (i * 31 + seed) % 251);

  describe('values read into buffers that are used again', () => {
    it('are what a store of the same options holds, whatever their size', async () => {
      const [store, values] = [redisKeyValue(options), redisValues(options)];
      for (const [i, length] of [0, 1, 65_536, 300_000, 2_500_000, 7].entries()) {
        await store.write({ puts: [[`k${i}`, filled(length, i)]] });
        expect(Buffer.compare((await values.getMany([`k${i}`]))[0]!, filled(length, i))).toBe(0);
      }
      expect(await values.getMany(['absent'])).toEqual([undefined]);
      await closeBoth(store, values);
    });

    it('are read again after the server has gone and come back', async () => {
      const [store, values] = [redisKeyValue({ ...options, maxReconnectDelayMs: 5 }), redisValues(options)];
      expect(await values.getMany(['k'])).toEqual([undefined]);
      await server.restartEmpty();
      await store.write({ puts: [['k', Uint8Array.of(1)]] });
      // The connection may be found to have ended only when it is used.
      await values.getMany(['k']).catch(() => undefined);
      expect(await values.getMany(['k'])).toEqual([Buffer.of(1)]);
      await closeBoth(store, values);
    });

    it('need a password where the server has one', async () => {
      const set = await server.command('ACL', 'SETUSER', 'ann', 'on', '>secret', '~*', '+@all');
      expect(set).toBe('OK');
      const port = await server.listen();
      const reading = async (login: string): Promise<unknown> => {
        const values = redisValues({ ...options, urls: [`redis://${login}127.0.0.1:${port}/0`] });
        return await values.getMany(['absent']).finally(() => values.close());
      };
      expect(await reading('ann:secret@')).toEqual([undefined]);
      const refused = expect.objectContaining({ code: 'store/unavailable' }) as Error;
      await expect(reading('ann:wrong@')).rejects.toEqual(refused);
    });
  });
}

describe('values of a server that is not there', () => {
  it('fail as unavailable without naming the address, and not at all after they were closed', async () => {
    const values = redisValues({ urls: ['redis://:secret@127.0.0.1:1'], namespace: 'n' });
    const failed: unknown = await values.getMany(['a']).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'store/unavailable' });
    expect(String(failed)).not.toContain('secret');
    await values.close();
    await expect(values.getMany(['a'])).rejects.toMatchObject({ code: 'store/closed' });
  });
});

async function closeBoth(...both: Pick<KeyValueStore, 'close'>[]): Promise<void> {
  await Promise.all(both.map((one) => one.close()));
}
