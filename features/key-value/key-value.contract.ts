import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { conditionsContract } from './conditions.contract.js';
import type { KeyValueStore } from './key-value.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

async function scanned(store: KeyValueStore, prefix: string): Promise<[string, number[]][]> {
  const found: [string, number[]][] = [];
  for await (const [key, value] of store.scan(prefix)) found.push([key, [...value]]);
  return found;
}

/** What every key-value adapter promises. `factory` opens an empty store. */
export function keyValueContract(name: string, factory: () => Promise<KeyValueStore>): void {
  describe(`${name} key-value contract`, () => {
    let store: KeyValueStore;
    beforeEach(async () => {
      store = await factory();
    });
    afterEach(() => store.close());

    readsAndWrites(() => store);
    scans(() => store);
    conditionsContract(() => store);
    refusals(() => store);
  });
}

function readsAndWrites(store: () => KeyValueStore): void {
  it('reads what was written, in the order asked, undefined where there is none', async () => {
    await store().write({
      puts: [
        ['a', bytes(1)],
        ['b', bytes()],
      ],
    });
    expect(await store().getMany(['b', 'missing', 'a'])).toEqual([bytes(), undefined, bytes(1)]);
    expect(await store().getMany([])).toEqual([]);
  });

  it('overwrites and deletes in one batch; a key both put and deleted is deleted', async () => {
    await store().write({
      puts: [
        ['a', bytes(1)],
        ['b', bytes(2)],
      ],
    });
    await store().write({
      puts: [
        ['a', bytes(3)],
        ['c', bytes(4)],
      ],
      deletes: ['b', 'c', 'never-there'],
    });
    expect(await store().getMany(['a', 'b', 'c'])).toEqual([bytes(3), undefined, undefined]);
  });

  it('applies concurrent batches in the order of the calls', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => store().write({ puts: [['k', bytes(i)]] })));
    expect(await store().getMany(['k'])).toEqual([bytes(49)]);
  });

  it('takes an empty batch', async () => {
    await store().write({});
    expect(await scanned(store(), '')).toEqual([]);
  });

  it('keeps its own copy of what it was given and gives away copies', async () => {
    const given = bytes(1, 2);
    const writing = store().write({ puts: [['a', given]] });
    given.fill(9);
    await writing;
    const [taken] = await store().getMany(['a']);
    expect(taken).toEqual(bytes(1, 2));
    taken!.fill(7);
    await store().write({ puts: [['b', bytes(5)]] });
    expect(await store().getMany(['a', 'b'])).toEqual([bytes(1, 2), bytes(5)]);
  });

  it('keeps values of a megabyte', async () => {
    const large = new Uint8Array(1_048_576).map((_, i) => i % 251);
    await store().write({
      puts: [
        ['large', large],
        ['small', bytes(1)],
      ],
    });
    const [readLarge, readSmall] = await store().getMany(['large', 'small']);
    expect(Buffer.compare(readLarge!, large)).toBe(0);
    expect(readSmall).toEqual(bytes(1));
  });
}

function scans(store: () => KeyValueStore): void {
  it('gives away copies of values of any size', async () => {
    // Stores copy small values, those of a few pages and large ones in ways of their own.
    const sizes = [0, 1, 100, 2_000, 4_512, 8_192, 40_000, 300_000];
    const entries = sizes.map((size, i) => [`size/${i}`, new Uint8Array(size).fill(i + 1)] as const);
    await store().write({ puts: entries });
    const kept: Uint8Array[] = [];
    for await (const [, value] of store().scan('size/')) kept.push(value);
    await store().write({ puts: entries.map(([key, value]) => [key, value.map(() => 200)] as const) });
    for await (const [, value] of store().scan('size/')) value.fill(9);
    expect(kept.map((value, i) => Buffer.compare(value, entries[i]![1]))).toEqual(sizes.map(() => 0));
    const [after] = await store().getMany(['size/4']);
    expect(after!.every((byte) => byte === 200)).toBe(true);
  });

  it('scans a prefix in byte order, not in UTF-16 order', async () => {
    // U+FF5E is EF BD 9E in UTF-8, U+1F600 is F0 9F 98 80: bytes order them so, UTF-16 units the other way round (D83D < FF5E).
    const keys = ['p/～', 'p/😀', 'p/', 'p/a', 'p', 'q', 'o~', 'p/Z', 'p0'];
    await store().write({ puts: keys.map((key, i) => [key, bytes(i)] as const) });
    expect((await scanned(store(), 'p/')).map(([key]) => key)).toEqual(['p/', 'p/Z', 'p/a', 'p/～', 'p/😀']);
    expect((await scanned(store(), '')).map(([key]) => key)).toEqual([
      'o~',
      'p',
      'p/',
      'p/Z',
      'p/a',
      'p/～',
      'p/😀',
      'p0',
      'q',
    ]);
    expect(await scanned(store(), 'nothing')).toEqual([]);
  });

  it('scans thousands of entries, each once', async () => {
    const keys = Array.from({ length: 2_000 }, (_, i) => `member/${String(i).padStart(5, '0')}`);
    await store().write({ puts: keys.map((key, i) => [key, bytes(i % 256)] as const) });
    expect(await scanned(store(), 'member/')).toEqual(keys.map((key, i) => [key, [i % 256]]));
  });

  it('agrees with a sorted map over random batches', async () => {
    const key = fc.string({
      minLength: 1,
      maxLength: 4,
      unit: fc.constantFrom('a', 'b', '\u00ff', '😀', '\0'),
    });
    const batch = fc.record({
      puts: fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 8 }))),
      deletes: fc.array(key),
    });
    const model = new Map<string, Uint8Array>();
    await fc.assert(
      fc.asyncProperty(batch, async ({ puts, deletes }) => {
        await store().write({ puts, deletes });
        for (const [k, v] of puts) model.set(k, v);
        for (const k of deletes) model.delete(k);
        const sorted = [...model].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await scanned(store(), '')).toEqual(sorted.map(([k, v]) => [k, [...v]]));
      }),
      { seed: 1, numRuns: 40 },
    );
  });
}

function refusals(store: () => KeyValueStore): void {
  it('refuses keys outside 1–500 bytes, and nothing of their batch is written', async () => {
    const longest = 'ä'.repeat(250);
    await store().write({ puts: [[longest, bytes(1)]] });
    expect(await store().getMany([longest])).toEqual([bytes(1)]);
    for (const bad of ['', `${longest}x`]) {
      await expect(
        store().write({
          puts: [
            ['fine', bytes(2)],
            [bad, bytes(3)],
          ],
        }),
      ).rejects.toMatchObject({ code: 'store/bad-key' });
    }
    expect(await store().getMany(['fine'])).toEqual([undefined]);
  });

  it('writes nothing when the batch cannot be read to its end', async () => {
    function* breaking(): Generator<[string, Uint8Array]> {
      yield ['first', bytes(1)];
      throw new Error('the source broke');
    }
    await expect(store().write({ puts: breaking() })).rejects.toThrow('the source broke');
    expect(await store().getMany(['first'])).toEqual([undefined]);
  });

  it('closes twice without complaint and then refuses everything', async () => {
    const writing = store().write({ puts: [['a', bytes(1)]] });
    await store().close();
    await store().close();
    await writing;
    await expect(store().write({ puts: [['a', bytes(1)]] })).rejects.toMatchObject({ code: 'store/closed' });
    await expect(store().getMany(['a'])).rejects.toMatchObject({ code: 'store/closed' });
    await expect(scanned(store(), '')).rejects.toMatchObject({ code: 'store/closed' });
  });
}
