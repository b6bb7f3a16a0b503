/**
 * Builds demo/catalogue/films.json: facts about the films named in catalogue-selection.tsv, looked up in the films of
 * prust/wikipedia-movie-data (MIT) as gzipped JSON lines {title, year, cast, genres, extract}. The text of `extract` is CC BY-SA
 * and is not copied: the only thing taken from it is the fact of which countries its first sentences name.
 *
 *   npx tsx scripts/build-catalogue.ts <films.jsonl.gz>
 *
 * Deterministic: the same input gives the same bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Film } from '../demo/catalogue/films.js';
import { countriesNamed } from './country-names.js';

interface SourceFilm {
  readonly title: string;
  readonly year: number;
  readonly cast: readonly string[];
  readonly genres: readonly string[];
  readonly extract: string;
}

const MOST_CAST = 6;
const MOST_GENRES = 4;
/** Genre labels that the source gives to these films by mistake; checked by hand against the films themselves. */
const WRONG_GENRES: Readonly<Record<string, readonly string[]>> = {
  Beetlejuice: ['War'],
  Willow: ['War'],
  'Fatal Attraction': ['Short'],
  Paddington: ['Action'],
  'The Addams Family': ['Animated'],
};
/** Left over from the tables the cast was read from: no names of people. */
const NOT_A_NAME = /[()&]|voices|^and$|MacInTalk/i;

/** "Léon: The Professional", 1994 → "leon-the-professional-1994" */
function titleIdOf(title: string, year: number): string {
  const words = title
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f'’.]/g, '')
    .replaceAll('&', ' and ')
    .toLowerCase();
  return `${words.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}-${year}`;
}

function filmOf(source: SourceFilm): Film {
  const wrong = WRONG_GENRES[source.title] ?? [];
  return {
    titleId: titleIdOf(source.title, source.year),
    name: source.title,
    year: source.year,
    genres: source.genres.filter((genre) => !wrong.includes(genre)).slice(0, MOST_GENRES),
    cast: source.cast.filter((name) => !NOT_A_NAME.test(name)).slice(0, MOST_CAST),
    countries: countriesNamed(source.extract),
  };
}

function readSource(path: string): Map<string, SourceFilm> {
  const films = new Map<string, SourceFilm>();
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').split('\n')) {
    if (line === '') continue;
    const film = JSON.parse(line) as SourceFilm;
    const key = `${film.title}\t${film.year}`;
    // A few films stand in the source twice: the first entry is kept.
    if (!films.has(key)) films.set(key, film);
  }
  return films;
}

function main(sourcePath: string | undefined): void {
  if (sourcePath === undefined)
    throw new Error('no films given; expected: build-catalogue.ts <films.jsonl.gz>');
  const here = dirname(fileURLToPath(import.meta.url));
  const selection = readFileSync(join(here, 'catalogue-selection.tsv'), 'utf8').trimEnd().split('\n');
  const source = readSource(sourcePath);
  const missing = selection.filter((key) => !source.has(key));
  if (missing.length > 0)
    throw new Error(`${missing.length} selected films are not in ${sourcePath}: ${missing.join('; ')}`);
  const films = selection.map((key) => filmOf(source.get(key)!));
  const out = join(here, '../demo/catalogue/films.json');
  writeFileSync(out, `[\n${films.map((film) => JSON.stringify(film)).join(',\n')}\n]\n`);
  process.stdout.write(`${films.length} films → ${out}\n`);
}

main(process.argv[2]);
