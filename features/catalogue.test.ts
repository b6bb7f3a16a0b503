import { expect, test } from 'vitest';
import type { Title } from '../client/types.js';
import { Catalogue } from './catalogue.js';
import { contextSchema } from './context-vector.js';
import { eligibilityRules, ineligibility } from './eligibility-rules.js';
import { memoryKeyValue } from './key-value/memory/index.js';

const schema = contextSchema(['horror', 'romance']);
const title = (titleId: string, more: Partial<Title> = {}): Title => ({
  titleId,
  name: titleId.toUpperCase(),
  themes: { horror: 1 },
  artworks: [
    { artworkId: 'dark', url: '/dark.svg', themes: { horror: 1 } },
    { artworkId: 'soft', url: '/soft.svg', themes: { romance: 0.5 } },
  ],
  ...more,
});
const open = (store = memoryKeyValue()) => Catalogue.open(schema, store, { maxArtworksPerTitle: 3 });

test('a change makes a new revision; the old one, and the artworks’ model rows, stay', async () => {
  const store = memoryKeyValue();
  const catalogue = await open(store);
  await catalogue.putTitles([title('alien'), title('brazil')]);
  await catalogue.putTitles([title('alien')]);
  expect(catalogue.revisionCount).toBe(2);
  const [dark, soft] = title('alien').artworks;
  await catalogue.putTitles([
    title('alien', { artworks: [soft!, { artworkId: 'new', url: '/n.svg', themes: {} }, dark!] }),
  ]);
  for (const c of [catalogue, await open(store)]) {
    expect([...c.revision(0)!.artworkRows]).toEqual([0, 1]);
    expect([...c.title('alien')!.artworkRows]).toEqual([1, 4, 0]);
    expect([...c.title('alien')!.artworkVectors]).toEqual([0, 0.5, 0, 0, 1, 0]);
    expect(c.title('alien')!.titleRow).toBe(0);
    expect(c.revision(0)!.title.artworks[0]!.artworkId).toBe('dark');
    expect(c.titleCount).toBe(2);
  }
});

test('what is not valid is refused with the reason, the rest is stored', async () => {
  const catalogue = await open();
  const { stored, rejected } = await catalogue.putTitles([
    title('a'),
    title('a'),
    title('b', { themes: { western: 1 } }),
    title('c', { artworks: [...title('c').artworks, ...title('c').artworks] }),
    title('d', { defaultArtworkId: 'gone' }),
    title('e', { availability: [{ from: 'soon' }] }),
  ]);
  expect(stored).toBe(1);
  expect(rejected.map((r) => [r.index, r.code])).toEqual([
    [1, 'catalogue/duplicate-id'],
    [2, 'catalogue/unknown-theme'],
    [3, 'catalogue/too-many-artworks'],
    [4, 'request/invalid'],
    [5, 'request/invalid'],
  ]);
  expect(rejected[1]!.message).toBe('theme "western" of title "b"; expected one of horror, romance');
  await expect(catalogue.putRows([{ rowId: 'r', name: 'R', titleIds: ['a', 'zzz'] }])).rejects.toThrow(
    'row "r" names title "zzz"; expected a title loaded before',
  );
});

test.each([
  [{ maturityRating: 18 }, 'GB', 12, 'maturity'],
  [{ maturityRating: 12 }, 'GB', 12, undefined],
  [{ artworks: [] }, 'GB', 99, 'no-artwork'],
  [{ availability: [{ countries: ['FR'] }] }, 'GB', 99, 'rights'],
  [
    { availability: [{ countries: ['FR'] }, { countries: ['GB'], until: '2026-01-02T00:00:00Z' }] },
    'GB',
    99,
    undefined,
  ],
  [{ availability: [{ from: '2026-01-02T00:00:00Z' }] }, 'GB', 99, 'rights'],
  [{ availability: [{ until: '2026-01-01T00:00:00Z' }] }, 'GB', 99, 'rights'],
] as const)('eligibility of %j in %s up to age %d: %s', (more, country, limit, expected) => {
  const t = title('t', more);
  expect(ineligibility(eligibilityRules(t), t.artworks.length, country, limit, Date.UTC(2026, 0, 1))).toBe(
    expected,
  );
});

test('a revision is served only once it is durable, and titles loaded at the same time get numbers of their own', async () => {
  const store = memoryKeyValue();
  let commit = (): void => undefined;
  const slow = {
    ...store,
    write: (batch: Parameters<typeof store.write>[0]) =>
      new Promise<void>((resolve) => (commit = resolve)).then(() => store.write(batch)),
  };
  const catalogue = await open(slow);
  const first = catalogue.putTitles([title('alien'), title('brazil')]);
  const second = catalogue.putTitles([title('casablanca'), title('alien', { name: 'Aliens' })]);
  await Promise.resolve();
  expect(catalogue.titleCount).toBe(0);
  commit();
  await first;
  expect(catalogue.titleCount).toBe(2);
  await Promise.resolve();
  expect(catalogue.title('alien')!.title.name).toBe('ALIEN');
  commit();
  await second;
  for (const c of [catalogue, await open(store)]) {
    expect([...c.titles].map((t) => [t.title.titleId, t.revision, t.titleRow, ...t.artworkRows])).toEqual([
      ['alien', 3, 0, 0, 1],
      ['brazil', 1, 1, 2, 3],
      ['casablanca', 2, 2, 4, 5],
    ]);
  }
});

test('what could not be stored is not served, and the next load is not held up by it', async () => {
  const store = memoryKeyValue();
  let isFull = true;
  const catalogue = await open({
    ...store,
    write: (batch) => (isFull ? Promise.reject(new Error('disk full')) : store.write(batch)),
  });
  await expect(catalogue.putTitles([title('alien')])).rejects.toThrow('disk full');
  expect(catalogue.title('alien')).toBeUndefined();
  isFull = false;
  await catalogue.putTitles([title('brazil')]);
  expect(catalogue.title('brazil')).toMatchObject({ revision: 0, titleRow: 0 });
});
