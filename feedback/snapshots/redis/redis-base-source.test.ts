import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../../../features/key-value/key-value.js';
import { redisKeyValue } from '../../../features/key-value/redis/index.js';
import { redisIsThere, startRedis } from '../../../features/key-value/redis/redis-server.fixture.js';
import { baseChunks, baseExtent } from '../base-chunks.js';
import type { BaseSource, NamedBase } from '../base-source.js';
import { chunkKey } from '../snapshot-keys.js';
import { redisBaseSource } from './redis-base-source.js';

if (redisIsThere) {
  const server = await startRedis();
  afterAll(() => server.stop());

  describe('bases by another thread', () => {
    const options = { urls: [server.url], namespace: 'bases' };
    let store: KeyValueStore;
    let bases: BaseSource;
    beforeAll(() => {
      store = redisKeyValue(options);
      bases = redisBaseSource(options);
    });
    afterAll(() => Promise.all([store.close(), bases.close()]));

    async function put(version: number, parts: readonly Uint8Array[]): Promise<NamedBase> {
      const name = { token: 1, version };
      const cuts = [...baseChunks(parts)];
      for (const [i, { chunk }] of cuts.entries())
        await store.write({ puts: [[chunkKey('m', name, i), chunk]] });
      return { modelKey: 'm', base: { ...name, ...baseExtent(parts), crc32: cuts[cuts.length - 1]!.crc32 } };
    }

    async function taken(base: NamedBase): Promise<{ isThere: boolean; parts: Uint8Array[] }> {
      const parts: Uint8Array[] = [];
      const isThere = await bases.read(base, async (part) => {
        parts.push(Uint8Array.from(part));
        await new Promise((resolve) => setImmediate(resolve));
      });
      return { isThere, parts };
    }

    const filled = (length: number, seed: number): Uint8Array =>
      new Uint8Array(length).map((_, i) => (i * 31 + seed) % 251);
    /** less and more than a buffer of 1 MiB, and together more than two */
    const PARTS = [10, 0, 300_001, 700_000, 2_500_000, 1_048_576, 3, 900_000].map(filled);

    it('gives the parts in order, whatever their sizes, and several bases asked for at once each whole', async () => {
      const [one, other] = [await put(1, PARTS), await put(2, [...PARTS].reverse())];
      const [a, b, again] = await Promise.all([taken(one), taken(other), taken(one)]);
      expect([a.isThere, b.isThere, again.isThere]).toEqual([true, true, true]);
      for (const [found, parts] of [
        [a, PARTS],
        [b, [...PARTS].reverse()],
        [again, PARTS],
      ] as const) {
        expect(found.parts.map(({ length }) => length)).toEqual(parts.map(({ length }) => length));
        expect(Buffer.compare(Buffer.concat(found.parts), Buffer.concat([...parts]))).toBe(0);
      }
    });

    it('says that a chunk is missing, or damaged, and goes on with the next base', async () => {
      const [missing, damaged, fine] = [await put(3, PARTS), await put(4, PARTS), await put(5, PARTS)];
      await store.write({ deletes: [chunkKey('m', missing.base, 7)] });
      await store.write({ puts: [[chunkKey('m', damaged.base, 7), filled(262_144, 1)]] });
      expect((await taken(missing)).isThere).toBe(false);
      await expect(taken(damaged)).rejects.toMatchObject({ code: 'snapshot/corrupt' });
      expect((await taken(fine)).parts).toHaveLength(PARTS.length);
    });

    it('stops when a part is not taken, with the reason', async () => {
      const base = await put(6, PARTS);
      let count = 0;
      const refusing = bases.read(base, () => {
        if (++count === 3) throw new Error('not this one');
        return Promise.resolve();
      });
      await expect(refusing).rejects.toThrow('not this one');
      expect(count).toBe(3);
      expect((await taken(base)).parts).toHaveLength(PARTS.length);
    });

    it('fails what is read when it is closed, and what is asked for afterwards', async () => {
      const base = await put(7, PARTS);
      const closing = redisBaseSource(options);
      let begin: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const reading = closing.read(base, () => {
        begin();
        return new Promise(() => undefined);
      });
      await begun;
      await Promise.all([
        expect(reading).rejects.toMatchObject({ code: 'store/unavailable' }),
        closing.close(),
      ]);
      await expect(closing.read(base, () => Promise.resolve())).rejects.toMatchObject({
        code: 'store/closed',
      });
    });
  });
}
