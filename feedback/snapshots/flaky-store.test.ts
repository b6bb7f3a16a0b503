import { describe, expect, it } from 'vitest';
import { seededRng } from '../../core/rng.js';
import { memoryAnnouncements } from '../../features/announcements/memory/index.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { LearnedModel } from './learned-model.fixture.js';
import { MODEL, SnapshotWorld } from './snapshot-world.fixture.js';
import { FlakyStore } from './troubled-stores.fixture.js';

describe('snapshots over a store that often does not answer', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('arrive whole in the end, seed %d', async (seed) => {
    const rng = seededRng(seed);
    const store = memoryKeyValue();
    const announcements = memoryAnnouncements();
    const world = new SnapshotWorld({
      connect: () => ({ store, announcements }),
      empty: () => Promise.resolve(),
    });
    const [writing, reading] = ['writing', 'reading'].map((name) => new FlakyStore(store, rng.fork(name)));
    const learned = new LearnedModel(MODEL, 20, seed);
    const putting = world.publish({
      store: writing!.flaky,
      settings: { checkIntervalMs: 2 },
      onBaseNeeded: () => {
        putting.publisher.put(learned.base());
      },
    });
    const following = await world.follow({ store: reading!.flaky, settings: { pollIntervalMs: 3 } });
    writing!.probability = reading!.probability = 0.4;
    for (let i = 0; i < 120; i++) {
      const drawn = rng.uniform();
      if (drawn < 0.1) putting.publisher.put(learned.base());
      else if (drawn < 0.7) putting.publisher.put(learned.delta());
      else await new Promise((resolve) => setImmediate(resolve));
    }
    writing!.probability = reading!.probability = 0;
    putting.publisher.put(learned.delta());
    await following.serves(learned);
    await putting.publisher.settled();
    expect(new Set([...putting.faults, ...following.faults])).toEqual(new Set(['store/unavailable']));
    // What is stored is what the head names: two bases of one chunk each, with their deltas.
    const keys = await world.keys();
    expect(keys.filter((key) => /^\d+-\d+\/0$/.test(key)).length).toBeLessThanOrEqual(2);
    expect(keys).toContain('head');
    expect(keys).not.toContain('pending');
    await world.close();
    await store.close();
  });
});
