import type fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { manualClock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { manualTimers } from '../core/timers.js';
import { until } from '../test/support/until.js';
import { memoryAnnouncements } from './announcements/memory/index.js';
import { CATALOGUE_CHANNEL, keepFollowing } from './catalogue-following.js';
import { Catalogue } from './catalogue.js';
import { contextSchema } from './context-vector.js';
import type { KeyValueStore } from './key-value/key-value.js';
import { memoryKeyValue } from './key-value/memory/index.js';
import { redisKeyValue } from './key-value/redis/index.js';
import { redisIsThere, startRedis } from './key-value/redis/redis-server.fixture.js';
import { sharedCatalogueLaws } from './shared-catalogue.contract.js';

/** Each call waits for its turn, which the scheduler gives in a random order. */
function disturbed(store: KeyValueStore, scheduler: fc.Scheduler): KeyValueStore {
  return {
    ...store,
    getMany: (keys) => scheduler.schedule(Promise.resolve()).then(() => store.getMany(keys)),
    write: (batch) => scheduler.schedule(Promise.resolve()).then(() => store.write(batch)),
  };
}

sharedCatalogueLaws(
  'memory',
  300,
  () => {
    const store = memoryKeyValue();
    const handle = { ...store, close: () => Promise.resolve() };
    return Promise.resolve({
      connect: () => handle,
      async lose() {
        for await (const [key] of store.scan('')) await store.write({ deletes: [key] });
      },
    });
  },
  disturbed,
);

if (redisIsThere) {
  const server = await startRedis();
  afterAll(() => server.stop());
  let begun = 0;
  sharedCatalogueLaws('redis', 20, () => {
    const namespace = `shared-${++begun}`;
    return Promise.resolve({
      connect: () => redisKeyValue({ urls: [server.url], namespace }),
      lose: () => server.flush(),
    });
  });
}

const schema = contextSchema(['horror']);
const titles = ['alien', 'brazil'].map((titleId) => ({ titleId, name: titleId, themes: {}, artworks: [] }));

it('is followed at once where changes are announced, and at the next look where one was missed', async () => {
  const store = memoryKeyValue();
  const announcements = memoryAnnouncements();
  const clock = manualClock(0);
  const timers = manualTimers(clock);
  const open = (onWritten: () => void): Promise<Catalogue> =>
    Catalogue.open(schema, store, { maxArtworksPerTitle: 1 }, { isShared: true, onWritten });
  let isHeard = true;
  const writer = await open(() => {
    if (isHeard) announcements.announce(CATALOGUE_CHANNEL, new Uint8Array());
  });
  const reader = await open(() => undefined);
  const faults: unknown[] = [];
  const following = keepFollowing(reader, {
    ...{ timers, announcements, intervalMs: 1_000 },
    onFault: (error) => faults.push(error),
  });
  await writer.putTitles(titles.slice(0, 1));
  await until(
    'the announced change',
    () => reader.titleCount,
    (count) => count === 1,
  );
  isHeard = false;
  await writer.putTitles(titles);
  expect(reader.titleCount).toBe(1);
  await timers.advance(1_000);
  expect(reader.titleCount).toBe(2);
  await store.close();
  await timers.advance(1_000);
  expect(faults).toEqual([expect.objectContaining({ code: 'store/closed' })]);
  await following.close();
});

it('takes a change whose answer was lost as made, when it is asked for again', async () => {
  const store = memoryKeyValue();
  let isLossy = true;
  const lossy: KeyValueStore = {
    ...store,
    async write(batch) {
      await store.write(batch);
      if (isLossy) throw new AppError('store/unavailable', 'the answer was lost; expected one');
    },
  };
  const catalogue = await Catalogue.open(
    schema,
    lossy,
    { maxArtworksPerTitle: 1 },
    { isShared: true, newOrigin: () => 'o' },
  );
  await expect(catalogue.putTitles(titles)).rejects.toMatchObject({ code: 'store/unavailable' });
  isLossy = false;
  expect(await catalogue.putTitles(titles)).toEqual({ stored: 2, rejected: [] });
  expect(catalogue.revisionCount).toBe(2);
});
