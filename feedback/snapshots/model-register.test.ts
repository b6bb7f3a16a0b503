import { describe, expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryAnnouncements } from '../../features/announcements/memory/index.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { LearnedModel } from './learned-model.fixture.js';
import { REGISTER_KEY } from './model-register.js';
import { SnapshotPublisherStore } from './snapshot-publisher.js';

const DAY_MS = 86_400_000;
const CHECK_MS = 600_000;
const BEGIN_MS = Date.UTC(2026, 0, 1);

async function keysOf(store: KeyValueStore, modelKey: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of store.scan(`snapshot/${encodeURIComponent(modelKey)}/`)) keys.push(key);
  return keys;
}

async function registered(store: KeyValueStore): Promise<Record<string, number>> {
  const [held] = await store.getMany([REGISTER_KEY]);
  return JSON.parse(Buffer.from(held!).toString('utf8')) as Record<string, number>;
}

/** A store, and publishers that follow one another by one clock. */
function world() {
  const [store, announcements, clock] = [memoryKeyValue(), memoryAnnouncements(), manualClock(BEGIN_MS)];
  const timers = manualTimers(clock);
  const faults: unknown[] = [];
  const publish = (modelKeys: string[], publishesInto = store): SnapshotPublisherStore =>
    new SnapshotPublisherStore({
      ...{ store: publishesInto, announcements, clock, timers, modelKeys },
      onBaseNeeded: () => undefined,
      onFault: (error) => faults.push(error),
      settings: { checkIntervalMs: CHECK_MS },
    });
  return { store, timers, clock, faults, publish };
}

describe('models that nobody publishes any more', () => {
  it('are removed with all they consist of once they are seven days old; the others stay', async () => {
    const { store, timers, faults, publish } = world();
    const [kept, ended] = [new LearnedModel('home/kept', 20, 1), new LearnedModel('home/ended', 20, 2)];
    const first = publish(['home/kept', 'home/ended']);
    for (const model of [kept, ended]) {
      first.put(model.base());
      first.put(model.delta());
      first.put(model.base());
      first.put(model.delta());
    }
    await first.settled();
    await timers.advance(CHECK_MS);
    expect(Object.keys(await registered(store)).sort()).toEqual(['home/ended', 'home/kept']);
    await first.close();

    const before = await keysOf(store, 'home/kept');
    const second = publish(['home/kept']);
    await timers.advance(6 * DAY_MS);
    expect(await keysOf(store, 'home/ended')).not.toEqual([]);
    await timers.advance(DAY_MS + 2 * 3_600_000);
    expect(await keysOf(store, 'home/ended')).toEqual([]);
    expect(await keysOf(store, 'home/kept')).toEqual(before);
    expect(Object.keys(await registered(store))).toEqual(['home/kept']);
    expect(faults).toEqual([]);
    await second.close();
  });

  it('are finished with by the next publisher, where the one before died over it', async () => {
    const { store, timers, faults, publish } = world();
    const ended = new LearnedModel('home/ended', 20, 2);
    const first = publish(['home/ended']);
    first.put(ended.base());
    await first.settled();
    await timers.advance(CHECK_MS);
    await first.close();

    let left = 1;
    const dying: KeyValueStore = {
      ...store,
      write: (batch) => {
        const removes = [...(batch.deletes ?? [])].length > 0;
        return removes && left-- <= 0 ? Promise.reject(new Error('dead')) : store.write(batch);
      },
    };
    const second = publish(['home/kept'], dying);
    await timers.advance(7 * DAY_MS + 2 * 3_600_000);
    // Its chunks are gone, its head is still there to say what it was.
    expect(await keysOf(store, 'home/ended')).toEqual(['snapshot/home%2Fended/head']);
    expect(faults).not.toEqual([]);
    await second.close();
    const third = publish(['home/kept']);
    await timers.advance(CHECK_MS);
    expect(await keysOf(store, 'home/ended')).toEqual([]);
    await third.close();
  });

  it('stay where somebody else publishes them, who does not say so here', async () => {
    const { store, timers, clock, publish } = world();
    const other = new LearnedModel('home/other', 20, 2);
    const first = publish(['home/other']);
    first.put(other.base());
    await first.settled();
    await timers.advance(CHECK_MS);
    const second = publish(['home/mine']);
    const told = await registered(store);
    await timers.advance(4 * DAY_MS);
    first.put(other.delta());
    await first.settled();
    const publishedAtMs = clock.nowMs();
    // As by a version that keeps no register.
    await first.close();
    await store.write({ puts: [[REGISTER_KEY, Buffer.from(JSON.stringify(told))]] });
    await timers.advance(4 * DAY_MS);
    expect(await keysOf(store, 'home/other')).not.toEqual([]);
    expect(await registered(store)).toMatchObject({ 'home/other': publishedAtMs });
    await second.close();
  });
});
