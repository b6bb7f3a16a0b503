import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EMPHASES } from './artworks.js';
import { readFilms } from './films.js';
import { demoRows, ROW_LENGTH } from './rows.js';
import { DEMO_THEMES } from './themes.js';
import { demoTitles } from './titles.js';

const films = readFilms();
const titles = demoTitles(films);
const filmsFile = new URL('films.json', import.meta.url);

describe('the films', () => {
  it('are at least 300, each once, in less than 200 KB', () => {
    expect(films.length).toBeGreaterThanOrEqual(300);
    expect(new Set(films.map((film) => film.titleId)).size).toBe(films.length);
    expect(statSync(filmsFile).size).toBeLessThan(200_000);
  });

  it('are facts only: no field for prose, no text longer than a name', () => {
    for (const film of films) {
      expect(Object.keys(film).sort()).toEqual(['cast', 'countries', 'genres', 'name', 'titleId', 'year']);
      for (const text of [film.name, ...film.cast, ...film.genres]) expect(text.length).toBeLessThan(80);
    }
    expect(readFileSync(filmsFile, 'utf8')).not.toMatch(/directed by|is an? \d{4}/);
  });

  it('have two to six people, one to four genres, ISO countries and a year since 1980', () => {
    for (const film of films) {
      expect(film.cast.length).toBeGreaterThanOrEqual(2);
      expect(film.cast.length).toBeLessThanOrEqual(6);
      expect(film.genres.length).toBeGreaterThanOrEqual(1);
      expect(film.genres.length).toBeLessThanOrEqual(4);
      for (const country of film.countries) expect(country).toMatch(/^[A-Z]{2}$/);
      expect(film.year).toBeGreaterThanOrEqual(1980);
      for (const name of film.cast) expect(name).not.toMatch(/[()]|voice/);
    }
  });

  it('include ones a stranger knows, with their real facts', () => {
    // Independent source: the films' own credits.
    const shining = films.find((film) => film.titleId === 'the-shining-1980');
    expect(shining?.cast.slice(0, 2)).toEqual(['Jack Nicholson', 'Shelley Duvall']);
    expect(films.find((film) => film.titleId === 'airplane-1980')?.countries).toEqual(['US']);
  });
});

describe('the titles', () => {
  it('have 4 to 8 artworks with ids, themes, label and emphasis, each id once', () => {
    const ids = new Set<string>();
    for (const { artworks } of titles) {
      expect(artworks.length).toBeGreaterThanOrEqual(4);
      expect(artworks.length).toBeLessThanOrEqual(8);
      for (const artwork of artworks) {
        ids.add(artwork.artworkId);
        expect(artwork.artworkId).toMatch(/^[a-z0-9-]+$/);
        expect(artwork.url).toBe(`/artwork/${artwork.artworkId}.svg`);
        expect(artwork.label).not.toBe('');
        expect(EMPHASES).toContain(artwork.emphasis);
      }
    }
    expect(ids.size).toBe(titles.reduce((sum, title) => sum + title.artworks.length, 0));
  });

  it('speak the vocabulary, with weights in (0, 1]', () => {
    for (const title of titles) {
      for (const themes of [title.themes, ...title.artworks.map((artwork) => artwork.themes)]) {
        for (const [theme, weight] of Object.entries(themes)) {
          expect(DEMO_THEMES).toContain(theme);
          expect(weight).toBeGreaterThan(0);
          expect(weight).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('emphasise something real: stars are in the cast, genres are themes of the film', () => {
    for (const title of titles) {
      for (const artwork of title.artworks) {
        if (artwork.emphasis === 'star') expect(title.cast).toContain(artwork.label);
        if (artwork.emphasis === 'genre')
          expect(Object.keys(title.themes)).toEqual(expect.arrayContaining(Object.keys(artwork.themes)));
      }
    }
  });

  it('give eligibility something to do', () => {
    const restricted = titles.filter((title) => title.availability !== undefined).length;
    expect(restricted).toBeGreaterThan(10);
    expect(restricted).toBeLessThan(60);
    expect(titles.some((title) => (title.maturityRating ?? 0) > 12)).toBe(true);
    expect(titles.some((title) => title.maturityRating === 0)).toBe(true);
  });
});

describe('the rows', () => {
  const rows = demoRows(titles);

  it('are eight to ten of about forty known titles, none twice in a row', () => {
    expect(rows.length).toBeGreaterThanOrEqual(8);
    expect(rows.length).toBeLessThanOrEqual(10);
    const known = new Set(titles.map((title) => title.titleId));
    for (const { titleIds } of rows) {
      expect(titleIds.length).toBeGreaterThanOrEqual(35);
      expect(titleIds.length).toBeLessThanOrEqual(ROW_LENGTH);
      expect(new Set(titleIds).size).toBe(titleIds.length);
      for (const id of titleIds) expect(known.has(id)).toBe(true);
    }
  });
});
