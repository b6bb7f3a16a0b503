import type { CatalogueRow, Member, Themes, Title } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';

export interface CatalogueSize {
  readonly titles: number;
  readonly artworksPerTitle: number;
  readonly rows: number;
}

/** 800 titles × 8 artworks in 20 rows of 40: the full page that the targets are stated for. */
export const FULL_PAGE: CatalogueSize = { titles: 800, artworksPerTitle: 8, rows: 20 };

/** A catalogue that means nothing and has the shape of a real one: a few themes per title, one that each artwork emphasises. */
export function syntheticCatalogue(
  size: CatalogueSize,
  themes: readonly string[],
  rng: Rng,
): { titles: Title[]; rows: CatalogueRow[] } {
  const titles = Array.from({ length: size.titles }, (_, t): Title => {
    const artworks = Array.from({ length: size.artworksPerTitle }, (__, a) => ({
      artworkId: `title-${t}-artwork-${a}`,
      url: `/artwork/title-${t}-artwork-${a}.svg`,
      themes: someThemes(themes, 1, rng),
    }));
    return {
      titleId: `title-${t}`,
      name: `Title ${t}`,
      year: 1980 + (t % 45),
      themes: someThemes(themes, 3, rng),
      artworks,
    };
  });
  const perRow = Math.floor(size.titles / size.rows);
  const rows = Array.from({ length: size.rows }, (_, r) => ({
    rowId: `row-${r}`,
    name: `Row ${r}`,
    titleIds: titles.slice(r * perRow, (r + 1) * perRow).map((title) => title.titleId),
  }));
  return { titles, rows };
}

export function syntheticMembers(count: number, themes: readonly string[], rng: Rng): Member[] {
  return Array.from({ length: count }, (_, m) => ({
    memberId: `member-${m}`,
    themes: someThemes(themes, 4, rng),
    simulated: true,
  }));
}

function someThemes(themes: readonly string[], count: number, rng: Rng): Themes {
  const weights: Record<string, number> = {};
  for (let i = 0; i < count; i++)
    weights[themes[rng.below(themes.length)]!] = Math.round((0.2 + 0.8 * rng.uniform()) * 100) / 100;
  return weights;
}
