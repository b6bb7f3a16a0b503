import type { Artwork, Title } from '../../client/types.js';
import { hashString } from '../../core/hash.js';
import { seededRng } from '../../core/rng.js';
import { DEMO_THEMES, type DemoTheme } from '../catalogue/themes.js';
import { letterEnsemble, letterGenre, letterMood, letterStar } from './layouts.js';
import { PALETTES } from './palettes.js';
import { ACTION_SCENES } from './scenes/action.js';
import { ADVENTURE_SCENES } from './scenes/adventure.js';
import { COMEDY_SCENES } from './scenes/comedy.js';
import { CRIME_SCENES } from './scenes/crime.js';
import { DRAMA_SCENES } from './scenes/drama.js';
import { FAMILY_SCENES } from './scenes/family.js';
import { HORROR_SCENES } from './scenes/horror.js';
import { ensemble, mood, portrait } from './scenes/people.js';
import { ROMANCE_SCENES } from './scenes/romance.js';
import { SCIENCE_FICTION_SCENES } from './scenes/science-fiction.js';
import { THRILLER_SCENES } from './scenes/thriller.js';
import { HEIGHT, WIDTH, escapeXml, group, pick, type Brush } from './svg.js';

export type GenreTheme = Exclude<DemoTheme, 'star' | 'ensemble'>;

const SCENES: Readonly<Record<GenreTheme, readonly ((brush: Brush) => string)[]>> = {
  action: ACTION_SCENES,
  adventure: ADVENTURE_SCENES,
  comedy: COMEDY_SCENES,
  crime: CRIME_SCENES,
  drama: DRAMA_SCENES,
  family: FAMILY_SCENES,
  horror: HORROR_SCENES,
  romance: ROMANCE_SCENES,
  'science-fiction': SCIENCE_FICTION_SCENES,
  thriller: THRILLER_SCENES,
};

/**
 * Draws one artwork of one title as a self-contained SVG, 640 × 360, at most 12 KB: pure, the same bytes for the same input. What it emphasises is read
 * from `artwork.emphasis` and `artwork.themes`; an unknown emphasis is drawn by its strongest genre. Nothing in it is fetched from anywhere, and
 * every text is escaped.
 */
export function renderArtwork(title: Title, artwork: Artwork): string {
  const seed = hashString(artwork.artworkId, 3);
  const prefix = `a${seed.toString(36)}`;
  const genres = strongestGenres(artwork);
  const rng = seededRng(seed);
  const brush: Brush = { rng, palette: pick(rng, PALETTES[genres[0]]), id: (name) => `${prefix}${name}` };
  const label = artwork.label ?? '';
  const described = `<title>${escapeXml(label === '' ? title.name : `${title.name}: ${label}`)}</title>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">${described}${drawn(title, artwork, brush, genres)}</svg>`;
}

function drawn(
  title: Title,
  artwork: Artwork,
  brush: Brush,
  genres: readonly [GenreTheme, GenreTheme],
): string {
  switch (artwork.emphasis) {
    case 'star': {
      // The face follows the actor's name: the same one looks the same on every poster.
      const name = artwork.label ?? title.name;
      const scene = portrait(brush, seededRng(hashString(name, 11)), brush.rng.uniform() < 0.5);
      return scene.svg + letterStar(name, title.name, scene);
    }
    case 'ensemble': {
      const scene = ensemble(brush, (title.cast ?? []).length);
      return scene.svg + letterEnsemble(title.name, title.cast ?? [], scene);
    }
    case 'mood':
      return mood(brush, pick(brush.rng, PALETTES[genres[1]])) + letterMood(brush, title.name);
    default: {
      const mirrored = brush.rng.uniform() < 0.4;
      const scene = pick(brush.rng, SCENES[genres[0]])(brush);
      return (
        (mirrored ? group(`translate(${WIDTH} 0) scale(-1 1)`, scene) : scene) +
        letterGenre(brush, genres[0], title.name, mirrored)
      );
    }
  }
}

/** The two genres a picture speaks of most; drama when it speaks of none. */
function strongestGenres(artwork: Artwork): readonly [GenreTheme, GenreTheme] {
  const order = DEMO_THEMES.filter((theme): theme is GenreTheme => theme !== 'star' && theme !== 'ensemble')
    .filter((theme) => (artwork.themes[theme] ?? 0) > 0)
    .sort((a, b) => (artwork.themes[b] ?? 0) - (artwork.themes[a] ?? 0));
  const first = order[0] ?? 'drama';
  return [first, order[1] ?? first];
}
