import type { CatalogueRow, Member, Title } from '../../client/types.js';

/** Twelve titles with four artworks each, one unavailable outside France, one for adults, one without artwork; three rows that share a title. */
export const titles: Title[] = Array.from({ length: 12 }, (_, t) => ({
  titleId: `title-${t}`,
  name: `Title ${t}`,
  themes: { [t % 2 === 0 ? 'horror' : 'romance']: 1 },
  ...(t === 3 && { availability: [{ countries: ['FR'] }] }),
  ...(t === 4 && { maturityRating: 18 }),
  artworks:
    t === 5
      ? []
      : ['horror', 'romance', 'star', 'comedy'].map((theme) => ({
          artworkId: `title-${t}-${theme}`,
          url: `/artwork/title-${t}-${theme}.svg`,
          themes: { [theme]: 1 },
          label: theme,
          emphasis: 'genre',
        })),
}));

const ids = (...numbers: number[]): string[] => numbers.map((n) => `title-${n}`);

export const rows: CatalogueRow[] = [
  { rowId: 'tonight', name: 'Tonight', titleIds: ids(0, 1, 2, 3, 4, 5, 6) },
  { rowId: 'again', name: 'Watch again', titleIds: ids(6, 7, 8) },
  { rowId: 'none', name: 'Nothing to show', titleIds: ids(3, 5) },
  { rowId: 'more', name: 'More', titleIds: ids(9, 10, 11) },
];

export const members: Member[] = Array.from({ length: 40 }, (_, m) => ({
  memberId: `member-${m}`,
  themes: m % 2 === 0 ? { horror: 1 } : { romance: 1 },
  ...(m === 2 && { maturityLimit: 12 }),
}));
