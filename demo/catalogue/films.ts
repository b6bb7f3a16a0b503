import { readFileSync } from 'node:fs';

/** Facts about a real film, as kept in films.json (made by scripts/build-catalogue.ts). No summaries, no pictures. */
export interface Film {
  /** slug of the name and the year */
  readonly titleId: string;
  readonly name: string;
  readonly year: number;
  /** the source's labels, 1 … 4, for example "Science Fiction" */
  readonly genres: readonly string[];
  /** in billing order, 2 … 6 */
  readonly cast: readonly string[];
  /** ISO 3166 alpha-2; empty when the source names none */
  readonly countries: readonly string[];
}

/** The demo's films, by year and name. Read once per call: callers keep it. */
export function readFilms(): readonly Film[] {
  return JSON.parse(readFileSync(filmsPath(), 'utf8')) as Film[];
}

/** Beside this file when run from sources; two folders up and over when run from dist/, where JSON is not copied. */
function filmsPath(): URL {
  const inDist = import.meta.url.includes('/dist/demo/catalogue/');
  return new URL(inDist ? '../../../demo/catalogue/films.json' : './films.json', import.meta.url);
}
