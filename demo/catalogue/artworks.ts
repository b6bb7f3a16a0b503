import type { Artwork, Themes } from '../../client/types.js';
import type { Film } from './films.js';
import { genreThemesOf, type DemoTheme } from './themes.js';

/** What sort of thing a picture emphasises; `Artwork.emphasis`. */
export const EMPHASES = ['genre', 'star', 'ensemble', 'mood'] as const;
export type Emphasis = (typeof EMPHASES)[number];

const MOST_GENRE_ARTWORKS = 3;
const LEAST_GENRE_WEIGHT = 0.4;
/** Fewer faces than this is a duo, not an ensemble. */
const ENSEMBLE_CAST = 4;

const THEME_LABELS: Readonly<Record<DemoTheme, string>> = {
  action: 'Action',
  adventure: 'Adventure',
  comedy: 'Comedy',
  crime: 'Crime',
  drama: 'Drama',
  family: 'Family',
  horror: 'Horror',
  romance: 'Romance',
  'science-fiction': 'Science fiction',
  thriller: 'Thriller',
  star: 'Star',
  ensemble: 'Ensemble',
};

/**
 * The 4 … 7 pictures of a film, each emphasising something real about it: up to three of its genres, its first two actors, the whole
 * cast when there is one, and its mood. The first, its strongest genre, is the default.
 */
export function artworksOf(film: Film): readonly Artwork[] {
  const genres = genreThemesOf(film)
    .filter(([, weight]) => weight >= LEAST_GENRE_WEIGHT)
    .map(([theme]) => theme);
  const first = genres[0] ?? 'drama';
  const second = genres[1] ?? first;
  const artworks = genres
    .slice(0, MOST_GENRE_ARTWORKS)
    .map((theme) => artwork(film, 'genre', theme, THEME_LABELS[theme], { [theme]: 1 }));
  for (const actor of film.cast.slice(0, 2)) {
    artworks.push(artwork(film, 'star', `star-${slugOf(actor)}`, actor, { star: 1, [first]: 0.2 }));
  }
  if (film.cast.length >= ENSEMBLE_CAST) {
    artworks.push(artwork(film, 'ensemble', 'ensemble', 'Ensemble', { ensemble: 1, [first]: 0.2 }));
  }
  artworks.push(
    artwork(
      film,
      'mood',
      'mood',
      'Mood',
      second === first ? { [first]: 0.6 } : { [first]: 0.5, [second]: 0.5 },
    ),
  );
  return artworks;
}

function artwork(film: Film, emphasis: Emphasis, suffix: string, label: string, themes: Themes): Artwork {
  const artworkId = `${film.titleId}--${suffix}`;
  return { artworkId, url: `/artwork/${artworkId}.svg`, themes, label, emphasis };
}

function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
}
