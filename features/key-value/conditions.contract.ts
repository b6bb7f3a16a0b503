import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Expectation, KeyValueStore } from './key-value.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** What every key-value adapter promises of `expect` and `expiresInMs`. Part of `keyValueContract`. */
export function conditionsContract(store: () => KeyValueStore): void {
  expectations(store);
  order(store);
  lifetimes(store);
}

function expectations(store: () => KeyValueStore): void {
  it('writes when every key holds what is expected, and nothing when one does not', async () => {
    await store().write({
      puts: [
        ['a', bytes(1)],
        ['empty', bytes()],
      ],
    });
    const wrong: Expectation[][] = [
      [['a', bytes(2)]],
      [['a', bytes()]],
      [['a', bytes(1, 0)]],
      [['a', undefined]],
      [['empty', undefined]],
      [['missing', bytes()]],
      [
        ['a', bytes(1)],
        ['missing', bytes(1)],
      ],
      [
        ['a', bytes(1)],
        ['a', bytes(2)],
      ],
    ];
    for (const expected of wrong) {
      const writing = store().write({ expect: expected, puts: [['b', bytes(9)]], deletes: ['a'] });
      await expect(writing).rejects.toMatchObject({ code: 'store/conflict' });
    }
    expect(await store().getMany(['a', 'b'])).toEqual([bytes(1), undefined]);
    await store().write({
      expect: [
        ['a', bytes(1)],
        ['empty', bytes()],
        ['missing', undefined],
      ],
      puts: [['missing', bytes(3)]],
      deletes: ['a'],
    });
    expect(await store().getMany(['a', 'missing'])).toEqual([undefined, bytes(3)]);
  });

  it('takes a batch of expectations alone', async () => {
    await store().write({ expect: [['a', undefined]] });
    await expect(store().write({ expect: [['a', bytes()]] })).rejects.toMatchObject({
      code: 'store/conflict',
    });
    expect(await store().getMany(['a'])).toEqual([undefined]);
  });

  it('refuses what it cannot read to its end, and bad keys, before it looks', async () => {
    function* breaking(): Generator<Expectation> {
      yield ['a', undefined];
      throw new Error('the source broke');
    }
    await expect(store().write({ expect: breaking(), puts: [['b', bytes(1)]] })).rejects.toThrow(
      'the source broke',
    );
    await expect(store().write({ expect: [['', undefined]] })).rejects.toMatchObject({
      code: 'store/bad-key',
    });
    expect(await store().getMany(['b'])).toEqual([undefined]);
  });

  it('agrees with a map over random conditional batches', async () => {
    const key = fc.constantFrom('a', 'b', 'ä😀');
    const value = fc.uint8Array({ maxLength: 1 }).map((v) => Uint8Array.from(v, (b) => b % 2));
    const batch = fc.record({
      puts: fc.array(fc.tuple(key, value), { maxLength: 3 }),
      deletes: fc.array(key, { maxLength: 1 }),
      expect: fc.array(fc.tuple(key, fc.option(value, { nil: undefined })), { maxLength: 2 }),
    });
    const model = new Map<string, Uint8Array>();
    const shownBytes = (v: Uint8Array | undefined): string => (v === undefined ? 'none' : v.join());
    await fc.assert(
      fc.asyncProperty(batch, async (given) => {
        const fits = given.expect.every(([k, v]) => shownBytes(model.get(k)) === shownBytes(v));
        const outcome = await store()
          .write(given)
          .then(
            () => 'written',
            (error: unknown) => error,
          );
        if (fits) {
          expect(outcome).toBe('written');
          for (const [k, v] of given.puts) model.set(k, v);
          for (const k of given.deletes) model.delete(k);
        } else expect(outcome).toMatchObject({ code: 'store/conflict' });
        const keys = ['a', 'b', 'ä😀'];
        expect((await store().getMany(keys)).map(shownBytes)).toEqual(
          keys.map((k) => shownBytes(model.get(k))),
        );
      }),
      { seed: 4, numRuns: 150 },
    );
  });
}

function order(store: () => KeyValueStore): void {
  it('lets exactly one of many through that expect the same', async () => {
    const writing = Array.from({ length: 20 }, (_, i) =>
      store().write({ expect: [['turn', undefined]], puts: [['turn', bytes(i)]] }),
    );
    const outcomes = await Promise.allSettled(writing);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store().getMany(['turn'])).toEqual([bytes(0)]);
  });

  it('sees what earlier calls wrote, conditional or not, though nobody waited for them', async () => {
    const steps = Array.from({ length: 30 }, (_, i) =>
      store().write({
        ...(i % 3 === 0 ? {} : { expect: [['n', bytes(i - 1)]] as const }),
        puts: [['n', bytes(i)]],
      }),
    );
    await Promise.all(steps);
    expect(await store().getMany(['n'])).toEqual([bytes(29)]);
  });
}

function lifetimes(store: () => KeyValueStore): void {
  it('keeps what expires until it does, and what is put again without for good', async () => {
    const day = 86_400_000;
    await store().write({
      puts: [
        ['a', bytes(1)],
        ['b', bytes(2)],
      ],
      expiresInMs: day,
    });
    await store().write({ puts: [['b', bytes(3)]] });
    await store().write({
      expect: [['a', bytes(1)]],
      puts: [['c', bytes(4)]],
      deletes: ['b'],
      expiresInMs: day,
    });
    expect(await store().getMany(['a', 'b', 'c'])).toEqual([bytes(1), undefined, bytes(4)]);
    const keys: string[] = [];
    for await (const [key] of store().scan('')) keys.push(key);
    expect(keys).toEqual(['a', 'c']);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('refuses a life of %d ms', async (expiresInMs) => {
    await expect(store().write({ puts: [['a', bytes(1)]], expiresInMs })).rejects.toMatchObject({
      code: 'config/bad-value',
    });
    expect(await store().getMany(['a'])).toEqual([undefined]);
  });
}
