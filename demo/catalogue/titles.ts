import type { AvailabilityWindow, Title } from '../../client/types.js';
import { hashString } from '../../core/hash.js';
import { artworksOf } from './artworks.js';
import type { Film } from './films.js';
import { genreThemesOf, titleThemesOf, type DemoTheme } from './themes.js';

/** Where the simulated members live, and about how many of them, in parts of one. */
export const DEMO_COUNTRIES = [
  ['US', 0.4],
  ['GB', 0.15],
  ['DE', 0.12],
  ['FR', 0.1],
  ['BR', 0.08],
  ['IN', 0.08],
  ['JP', 0.07],
] as const;

/** Youngest suitable age per theme. Invented for the demo: these are no real ratings of these films. */
const INVENTED_RATINGS: readonly (readonly [DemoTheme, number])[] = [
  ['horror', 16],
  ['crime', 15],
  ['thriller', 15],
  ['action', 12],
  ['drama', 12],
  ['science-fiction', 10],
  ['romance', 10],
];

/** Films → titles. Ratings and rights are invented for the demo and seeded by the title's id, so they never move. */
export function demoTitles(films: readonly Film[]): readonly Title[] {
  return films.map((film) => ({
    titleId: film.titleId,
    name: film.name,
    year: film.year,
    genres: film.genres,
    cast: film.cast,
    ...(film.countries.length > 0 && { countries: film.countries }),
    maturityRating: inventedRating(film),
    ...inventedAvailability(film),
    themes: titleThemesOf(film),
    artworks: artworksOf(film),
  }));
}

function inventedRating(film: Film): number {
  const themes = new Map(genreThemesOf(film));
  if ((themes.get('family') ?? 0) >= 1) return 0;
  return INVENTED_RATINGS.find(([theme]) => (themes.get(theme) ?? 0) >= 0.7)?.[1] ?? 6;
}

/** Of a hundred titles about six are held in some countries only, one has left the catalogue and one is not there yet. */
function inventedAvailability(film: Film): { availability?: readonly AvailabilityWindow[] } {
  const draw = hashString(film.titleId, 77) % 100;
  if (draw < 3) return { availability: [{ countries: ['US', 'GB'] }] };
  if (draw < 6) return { availability: [{ countries: ['US', 'GB', 'DE', 'FR'] }] };
  if (draw === 6) return { availability: [{ until: '2024-01-01T00:00:00Z' }] };
  if (draw === 7) return { availability: [{ from: '2038-01-01T00:00:00Z' }] };
  return {};
}
