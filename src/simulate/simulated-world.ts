import type { CatalogueRow, Title } from '../../client/types.js';
import { seededRng } from '../../core/rng.js';
import { readFilms } from '../../demo/catalogue/films.js';
import { demoRows } from '../../demo/catalogue/rows.js';
import { syntheticCatalogue } from '../../demo/catalogue/synthetic.js';
import { DEMO_THEMES } from '../../demo/catalogue/themes.js';
import { demoTitles } from '../../demo/catalogue/titles.js';
import type { PageShape } from '../../demo/world/visits.js';
import { createWorld, type World } from '../../demo/world/world.js';
import type { SimulateOptions } from './simulate-options.js';

/** Large pages, looked at whole: a thousand events need ten pages and not sixty, so that it is events that are measured. */
const PAGE: PageShape = {
  rows: 20,
  titlesPerRow: 10,
  headOfRow: 30,
  leastImpressions: 80,
  mostImpressions: 120,
};
const ARTWORKS_PER_TITLE = 8;
const TITLES_PER_ROW = 40;

export interface SimulatedWorld {
  readonly world: World;
  readonly titles: readonly Title[];
  readonly rows: readonly CatalogueRow[];
}

export function simulatedWorld(options: SimulateOptions, startMs: number): SimulatedWorld {
  const { titles, rows } = options.catalogue === 'films' ? films() : synthetic(options);
  const { seed, members } = options;
  return { titles, rows, world: createWorld({ seed, members, titles, rows, startMs, page: PAGE }) };
}

function films(): { titles: readonly Title[]; rows: readonly CatalogueRow[] } {
  const titles = demoTitles(readFilms());
  return { titles, rows: demoRows(titles) };
}

function synthetic({ titles, seed }: SimulateOptions): ReturnType<typeof syntheticCatalogue> {
  const size = {
    titles,
    artworksPerTitle: ARTWORKS_PER_TITLE,
    rows: Math.max(1, Math.floor(titles / TITLES_PER_ROW)),
  };
  return syntheticCatalogue(size, DEMO_THEMES, seededRng(seed).fork('catalogue'));
}
