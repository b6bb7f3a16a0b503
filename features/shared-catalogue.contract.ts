import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { CatalogueRow, Title } from '../client/types.js';
import { Catalogue } from './catalogue.js';
import { contextSchema } from './context-vector.js';
import type { KeyValueStore } from './key-value/key-value.js';

const schema = contextSchema(['horror', 'romance']);
const TITLES = ['alien', 'brazil', 'casablanca', 'duel'];

/** One store as several processes see it. */
export interface SharedStore {
  /** a connection of its own, where the adapter has connections */
  connect(): KeyValueStore;
  /** everything in it is gone, as after a restart of a server without persistence */
  lose(): Promise<void>;
}

type Change =
  | { readonly kind: 'titles'; readonly titles: readonly Title[] }
  | { readonly kind: 'rows'; readonly rows: readonly CatalogueRow[] }
  | { readonly kind: 'follow' };

const title = fc
  .record({
    titleId: fc.constantFrom(...TITLES),
    name: fc.constantFrom('one', 'two'),
    pictures: fc.uniqueArray(fc.constantFrom('dark', 'soft', 'loud'), { maxLength: 3 }),
  })
  .map(({ titleId, name, pictures }): Title => ({
    titleId,
    name,
    themes: { horror: 1 },
    artworks: pictures.map((artworkId) => ({ artworkId, url: `/${artworkId}`, themes: {} })),
  }));
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .uniqueArray(title, { selector: (t) => t.titleId, minLength: 1, maxLength: 3 })
      .map((titles) => ({ kind: 'titles' as const, titles })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('top', 'new')
      .map((rowId) => ({ kind: 'rows' as const, rows: [{ rowId, name: rowId, titleIds: [] }] })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'follow' as const }) },
);
/** What each process does, one after the other. */
const programs = fc.array(fc.array(change, { maxLength: 5 }), { minLength: 2, maxLength: 3 });

function apply(catalogue: Catalogue, made: Change): Promise<unknown> {
  switch (made.kind) {
    case 'titles':
      return catalogue.putTitles(made.titles);
    case 'rows':
      return catalogue.putRows(made.rows);
    case 'follow':
      return catalogue.follow();
  }
}

/** Everything by number: what decisions, labels and models go by. */
function numbered(catalogue: Catalogue): readonly unknown[] {
  return Array.from({ length: catalogue.revisionCount }, (_, n) => {
    const { revision, titleRow, artworkRows, title: held } = catalogue.revision(n)!;
    return { revision, titleRow, artworkRows: [...artworkRows], title: held };
  });
}

/** A model row is one title's, or one artwork's, for ever. */
function expectRowsOfTheirOwn(catalogue: Catalogue): void {
  const owners = new Map<string, string>();
  for (let n = 0; n < catalogue.revisionCount; n++) {
    const { titleRow, artworkRows, title: held } = catalogue.revision(n)!;
    const rows: [string, string][] = held.artworks.map((a, arm) => [
      `artwork ${artworkRows[arm]!}`,
      `${held.titleId}/${a.artworkId}`,
    ]);
    rows.push([`title ${titleRow}`, held.titleId]);
    for (const [row, owner] of rows) {
      expect(owners.get(row) ?? owner).toBe(owner);
      owners.set(row, owner);
    }
  }
}

/**
 * What holds of a catalogue that several processes change through one store.
 *
 * @param runs random programs tried
 * @param disturbed wraps a store so that calls of several processes come in a random order; default: as they come
 */
export function sharedCatalogueLaws(
  name: string,
  runs: number,
  begin: () => Promise<SharedStore>,
  disturbed: (store: KeyValueStore, scheduler: fc.Scheduler) => KeyValueStore = (store) => store,
): void {
  describe(`a catalogue shared through ${name}`, () => {
    const connected: KeyValueStore[] = [];
    let origins = 0;
    const reloads: string[] = [];
    const open = async (shared: SharedStore, wrap = (store: KeyValueStore) => store): Promise<Catalogue> => {
      const store = shared.connect();
      connected.push(store);
      return await Catalogue.open(
        schema,
        wrap(store),
        { maxArtworksPerTitle: 3 },
        {
          isShared: true,
          newOrigin: () => `origin-${++origins}`,
          onReloaded: (reason) => reloads.push(reason),
        },
      );
    };
    afterEach(async () => {
      await Promise.all(connected.splice(0).map((store) => store.close()));
      reloads.length = 0;
    });
    const put = (catalogue: Catalogue, ...ids: string[]): Promise<unknown> =>
      catalogue.putTitles(ids.map((titleId) => ({ titleId, name: titleId, themes: {}, artworks: [] })));

    it('gives no number twice and is the same for everybody in the end, however changes meet', async () => {
      await fc.assert(
        fc.asyncProperty(programs, fc.scheduler(), async (made, scheduler) => {
          const shared = await begin();
          const seen = new Map<number, unknown>();
          const catalogues = await Promise.all(made.map(() => open(shared)));
          const busy = await scheduler.waitFor(
            Promise.all(made.map(() => open(shared, (store) => disturbed(store, scheduler)))),
          );
          const running = Promise.all(
            made.map(async (program, process) => {
              for (const one of program) {
                await apply(busy[process]!, one);
                for (const [n, held] of numbered(busy[process]!).entries()) {
                  expect(seen.get(n) ?? held).toEqual(held);
                  seen.set(n, held);
                }
              }
            }),
          );
          await scheduler.waitFor(running);
          const all = [...catalogues, ...busy];
          await scheduler.waitFor(Promise.all(all.map((catalogue) => catalogue.follow())));
          for (const catalogue of all) {
            expect(numbered(catalogue)).toEqual(numbered(all[0]!));
            expect(catalogue.rows).toEqual(all[0]!.rows);
            expect([...seen]).toEqual([...numbered(catalogue).entries()].filter(([n]) => seen.has(n)));
          }
          expectRowsOfTheirOwn(all[0]!);
          expect(reloads).toEqual([]);
          await Promise.all(connected.splice(0).map((store) => store.close()));
        }),
        { numRuns: runs, seed: 4 },
      );
    });

    it('has what another process loaded, when a revision is asked for that is not known yet', async () => {
      const shared = await begin();
      const [one, other] = [await open(shared), await open(shared)];
      await put(one, 'alien', 'brazil');
      expect(other.revision(1)).toBeUndefined();
      await other.catchUp([0, 1]);
      expect(other.revision(1)?.title.titleId).toBe('brazil');
      await other.catchUp([7]);
      expect(other.revision(7)).toBeUndefined();
    });

    it('survives the loss of the store: whoever is left writes it again, under the same numbers', async () => {
      const shared = await begin();
      const [one, behind] = [await open(shared), await open(shared)];
      await put(one, 'alien', 'brazil');
      await one.putRows([{ rowId: 'r', name: 'R', titleIds: ['alien'] }]);
      await behind.follow();
      await put(one, 'casablanca');
      await shared.lose();
      await behind.follow();
      await one.follow();
      await put(behind, 'duel');
      const fresh = await open(shared);
      await one.follow();
      for (const catalogue of [one, behind, fresh]) {
        expect([...catalogue.titles].map((t) => [t.revision, t.title.titleId])).toEqual([
          [0, 'alien'],
          [1, 'brazil'],
          [2, 'casablanca'],
          [3, 'duel'],
        ]);
        expect(catalogue.rows.map((row) => row.rowId)).toEqual(['r']);
      }
      expect(reloads).toEqual([]);
    });

    it('goes by the store where its numbers were given to other titles after a loss, and says so', async () => {
      const shared = await begin();
      const one = await open(shared);
      await put(one, 'alien', 'brazil');
      await shared.lose();
      const fresh = await open(shared);
      await put(fresh, 'casablanca');
      await one.follow();
      expect([...one.titles].map((t) => t.title.titleId)).toEqual(['casablanca']);
      expect(reloads).toHaveLength(1);
    });
  });
}
