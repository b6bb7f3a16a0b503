import type { CatalogueRow, Title } from '../../client/types.js';
import { hashString } from '../../core/hash.js';

export const ROW_LENGTH = 40;

interface RowDefinition {
  readonly rowId: string;
  readonly name: string;
  /** how well a title fits, > 0 to be in the row */
  readonly fit: (title: Title) => number;
}

const theme =
  (...names: readonly string[]) =>
  (title: Title): number =>
    Math.max(...names.map((name) => title.themes[name] ?? 0));
const between = (from: number, to: number) => (title: Title) => {
  const year = title.year ?? 0;
  return year >= from && year <= to ? 1 : 0;
};

const ROWS: readonly RowDefinition[] = [
  { rowId: 'tonight', name: 'Tonight', fit: () => 1 },
  { rowId: 'laughs', name: 'Good laughs', fit: theme('comedy') },
  { rowId: 'pulse', name: 'Action and thrills', fit: theme('action', 'thriller') },
  { rowId: 'worlds', name: 'Other worlds', fit: theme('science-fiction') },
  { rowId: 'hearts', name: 'Love stories', fit: theme('romance') },
  { rowId: 'after-dark', name: 'After dark', fit: theme('horror') },
  { rowId: 'drama', name: 'Great drama', fit: theme('drama') },
  { rowId: 'crime', name: 'Crime and suspicion', fit: theme('crime') },
  { rowId: 'together', name: 'Everyone on the sofa', fit: theme('family', 'adventure') },
  { rowId: 'nineties', name: 'From the nineties', fit: between(1990, 1999) },
];

/**
 * Ten rows of at most 40 titles, best known first. The catalogue has no viewing figures, so "known" is read off the facts: how many of
 * the catalogue's films each of a title's actors is in, summed over its cast.
 */
export function demoRows(titles: readonly Title[]): readonly CatalogueRow[] {
  const known = knownness(titles);
  return ROWS.map(({ rowId, name, fit }) => {
    const fitting = titles
      .map((title) => ({
        title,
        score: fit(title) > 0.35 ? fit(title) * (known.get(title.titleId) ?? 0) : 0,
      }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || (a.title.titleId < b.title.titleId ? -1 : 1));
    return { rowId, name, titleIds: fitting.slice(0, ROW_LENGTH).map(({ title }) => title.titleId) };
  });
}

/** Per title: Σ over its cast of the number of films with that actor, moved a little by a hash so that one franchise does not fill a row. */
function knownness(titles: readonly Title[]): ReadonlyMap<string, number> {
  const films = new Map<string, number>();
  for (const title of titles)
    for (const actor of title.cast ?? []) films.set(actor, (films.get(actor) ?? 0) + 1);
  return new Map(
    titles.map((title) => {
      const sum = (title.cast ?? []).reduce((total, actor) => total + (films.get(actor) ?? 0), 0);
      return [title.titleId, sum * (0.4 + (1.2 * hashString(title.titleId, 5)) / 2 ** 32)];
    }),
  );
}
