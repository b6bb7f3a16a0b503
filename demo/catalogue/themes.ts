import type { Themes } from '../../client/types.js';
import { DEFAULT_THEMES } from '../../features/default-themes.js';
import type { Film } from './films.js';

/** The demo speaks the service's default vocabulary. */
export const DEMO_THEMES = DEFAULT_THEMES;
export type DemoTheme = (typeof DEFAULT_THEMES)[number];

/** What a source genre says in our vocabulary. A judgement, made once, here. */
const GENRE_THEMES: Readonly<Record<string, Partial<Record<DemoTheme, number>>>> = {
  Action: { action: 1 },
  Adventure: { adventure: 1 },
  Animated: { family: 1 },
  Biography: { drama: 0.9 },
  Comedy: { comedy: 1 },
  Crime: { crime: 1 },
  Dance: { drama: 0.5, romance: 0.6 },
  Disaster: { action: 0.9, thriller: 0.5 },
  Drama: { drama: 1 },
  Erotic: { romance: 0.6, thriller: 0.6 },
  Family: { family: 1 },
  Fantasy: { adventure: 0.8, family: 0.3 },
  Historical: { drama: 0.8 },
  Horror: { horror: 1 },
  Independent: { drama: 0.5 },
  Legal: { crime: 0.6, drama: 0.7 },
  'Martial Arts': { action: 1 },
  Musical: { comedy: 0.4, romance: 0.5 },
  Mystery: { crime: 0.7, thriller: 0.8 },
  Noir: { crime: 0.9 },
  Political: { drama: 0.5, thriller: 0.7 },
  Romance: { romance: 1 },
  Satire: { comedy: 1 },
  'Science Fiction': { 'science-fiction': 1 },
  Slasher: { horror: 1 },
  Sports: { drama: 0.7 },
  Spy: { action: 0.9, thriller: 0.8 },
  Superhero: { action: 1, 'science-fiction': 0.5 },
  Supernatural: { horror: 0.7 },
  Suspense: { thriller: 0.9 },
  Teen: { comedy: 0.6, romance: 0.4 },
  Thriller: { thriller: 1 },
  War: { action: 0.7, drama: 0.8 },
  Western: { action: 0.6, adventure: 0.8 },
};

/** The genre themes of a film, strongest first: each as strong as the strongest genre that says it. */
export function genreThemesOf(film: Film): readonly (readonly [DemoTheme, number])[] {
  const weights = new Map<DemoTheme, number>();
  for (const genre of film.genres) {
    for (const theme of DEMO_THEMES) {
      const weight = GENRE_THEMES[genre]?.[theme] ?? 0;
      if (weight > (weights.get(theme) ?? 0)) weights.set(theme, weight);
    }
  }
  // A stable sort: equal weights keep the order of the film's own genres.
  return [...weights].sort((a, b) => b[1] - a[1]);
}

/** A film's own themes: its genres, and how much it is carried by one face or by many. */
export function titleThemesOf(film: Film): Themes {
  const people = { star: 0.6, ensemble: film.cast.length >= 5 ? 0.6 : 0.3 };
  return { ...Object.fromEntries(genreThemesOf(film)), ...people };
}
