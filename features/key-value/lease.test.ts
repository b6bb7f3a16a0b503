import { afterEach, describe, expect, it } from 'vitest';
import { manualClock, type ManualClock } from '../../core/clock.js';
import { manualTimers, type ManualTimers } from '../../core/timers.js';
import type { KeyValueStore } from './key-value.js';
import { keepLease, type KeptLease, type Lease } from './lease.js';
import { memoryKeyValue } from './memory/index.js';

const TTL_MS = 900;

interface Process {
  readonly timers: ManualTimers;
  readonly clock: ManualClock;
  readonly told: string[];
  readonly kept: KeptLease;
  lease(): Lease;
}

describe('lease', () => {
  const store = memoryKeyValue();
  const kept: KeptLease[] = [];
  let name = '';
  let names = 0;
  afterEach(() => Promise.all(kept.splice(0).map((one) => one.close())));

  /** Each has a clock of its own, as processes do. */
  async function start(holder: string, over: KeyValueStore = store): Promise<Process> {
    const clock = manualClock(1_000 * holder.length);
    const timers = manualTimers(clock);
    const told: string[] = [];
    const one = await keepLease({
      ...{ store: over, name, holder, ttlMs: TTL_MS, clock, timers },
      onHeld: ({ token }) => told.push(`held ${token}`),
      onLost: () => told.push('lost'),
      onFault: (error) => told.push(String(error)),
    });
    kept.push(one);
    const lease = (): Lease => {
      if (one.lease === undefined) throw new Error(`${holder} has no lease`);
      return one.lease;
    };
    return { timers, clock, told, kept: one, lease };
  }

  const fresh = (): void => {
    name = `n${names++}`;
  };

  it('is the first one’s for as long as it gives signs of life', async () => {
    fresh();
    const [a, b] = [await start('a'), await start('bb')];
    for (let i = 0; i < 40; i++) {
      await a.timers.advance(TTL_MS / 4);
      await b.timers.advance(TTL_MS / 4);
    }
    expect([a.told, b.told]).toEqual([['held 1'], []]);
  });

  it('goes to another, once, when its holder stands still, whose guarded writes are then refused', async () => {
    fresh();
    const [a, b, c] = [await start('a'), await start('bb'), await start('ccc')];
    const old = a.lease();
    await store.write({ expect: old.guard(), puts: [['work', Uint8Array.of(1)]] });
    await b.timers.advance(TTL_MS - 1);
    expect(b.told).toEqual([]);
    await b.timers.advance(TTL_MS);
    await c.timers.advance(3 * TTL_MS);
    expect([b.told, c.told]).toEqual([['held 2'], ['held 3']]);
    await expect(
      store.write({ expect: old.guard(), puts: [['work', Uint8Array.of(9)]] }),
    ).rejects.toMatchObject({ code: 'store/conflict' });
    await store.write({ expect: c.lease().guard(), puts: [['work', Uint8Array.of(3)]] });
    expect(await store.getMany(['work'])).toEqual([Uint8Array.of(3)]);
    await a.timers.advance(TTL_MS);
    expect(a.told).toEqual(['held 1', 'lost']);
    expect(a.kept.lease).toBeUndefined();
  });

  it('goes on at once when it is given up', async () => {
    fresh();
    const [a, b] = [await start('a'), await start('bb')];
    await a.kept.close();
    await b.timers.advance(TTL_MS / 3);
    expect([a.told, b.told]).toEqual([['held 1', 'lost'], ['held 2']]);
  });

  it('is found to be held when the answer to taking it was lost', async () => {
    fresh();
    const deaf = failingOnce(store);
    const a = await start('a', deaf);
    expect(a.told).toEqual(['Error: no answer']);
    await a.timers.advance(TTL_MS / 3);
    expect(a.told.slice(1)).toEqual(['held 1']);
  });

  it('keeps its tokens growing through a store that lost everything', async () => {
    fresh();
    const a = await start('a');
    await a.kept.close();
    const b = await start('bb');
    expect(b.lease().token).toBe(2);
    await store.write({ deletes: [`lease/${name}`, `lease-beat/${name}`] });
    await b.timers.advance(TTL_MS);
    expect(b.told).toEqual(['held 2', 'lost', 'held 3']);
  });

  it('is left alone where its record cannot be read, and refuses what cannot be kept', async () => {
    fresh();
    await store.write({ puts: [[`lease/${name}`, Buffer.from('{"token":"many"}')]] });
    const a = await start('a');
    expect(a.told).toEqual([expect.stringContaining('expected {"token":…,"holder":…}')]);
    await expect(start('')).rejects.toMatchObject({ code: 'config/bad-value' });
  });
});

/** Does what it is asked, but the first write's answer does not come. */
function failingOnce(store: KeyValueStore): KeyValueStore {
  let failed = false;
  return {
    ...store,
    async write(batch) {
      await store.write(batch);
      if (failed) return;
      failed = true;
      throw new Error('no answer');
    },
  };
}
