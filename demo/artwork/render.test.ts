import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Artwork, Title } from '../../client/types.js';
import { readFilms } from '../catalogue/films.js';
import { demoTitles } from '../catalogue/titles.js';
import { DEMO_THEMES } from '../catalogue/themes.js';
import { TYPEFACES, setText, widthOf } from './lettering.js';
import { renderArtwork } from './render.js';
import { xmlFault } from './well-formed.js';

const titles = demoTitles(readFilms());
const MOST_BYTES = 12 * 1024;

function pictureFault(svg: string): string | undefined {
  if (Buffer.byteLength(svg) > MOST_BYTES) return `${Buffer.byteLength(svg)} bytes`;
  if (!svg.includes('viewBox="0 0 640 360"')) return 'not 16:9';
  if (/NaN|undefined|Infinity/.test(svg)) return 'a number that is none';
  // The only address is the namespace; url() points into the picture itself.
  const own = svg.replaceAll('http://www.w3.org/2000/svg', '');
  return /https?:|data:|<script|<image|<foreignObject|\son\w+=|url\((?!#)/.exec(own)?.[0];
}

describe('renderArtwork', () => {
  it('draws every artwork of the catalogue: well-formed, self-contained, at most 12 KB', () => {
    const faults: string[] = [];
    for (const title of titles) {
      for (const artwork of title.artworks) {
        const svg = renderArtwork(title, artwork);
        const fault = xmlFault(svg) ?? pictureFault(svg);
        if (fault !== undefined) faults.push(`${artwork.artworkId}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
  });

  it('draws the same bytes again, and another picture for another title or emphasis', () => {
    const svgs = titles.flatMap((title) => title.artworks.map((artwork) => renderArtwork(title, artwork)));
    expect(titles.flatMap((title) => title.artworks.map((artwork) => renderArtwork(title, artwork)))).toEqual(
      svgs,
    );
    expect(new Set(svgs).size).toBe(svgs.length);
  });

  it('gives two horror films two different scenes, not only two titles', () => {
    const horror = titles.flatMap((t) =>
      t.artworks.filter((a) => a.label === 'Horror').map((a) => renderArtwork({ ...t, name: 'X' }, a)),
    );
    const shapes = new Set(horror.map((svg) => svg.replaceAll(/a[0-9a-z]+(?=[a-z])/g, '')));
    expect(shapes.size).toBe(horror.length);
  });

  it('survives any name and label, and never lets them become markup', () => {
    const themes = fc.dictionary(fc.constantFrom(...DEMO_THEMES), fc.double({ min: 0, max: 1, noNaN: true }));
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('</text><script>alert(1)</script>', '"&\'<>', '\u0000\uD800', ']]>'),
    );
    const emphasis = fc.constantFrom('genre', 'star', 'ensemble', 'mood', 'something else');
    fc.assert(
      fc.property(
        nasty,
        nasty,
        themes,
        emphasis,
        fc.array(nasty, { maxLength: 8 }),
        (name, label, weights, kind, cast) => {
          const artwork: Artwork = {
            artworkId: 'any',
            url: '/artwork/any.svg',
            themes: weights,
            label,
            emphasis: kind,
          };
          const title: Title = { titleId: 'any', name, cast, themes: {}, artworks: [artwork] };
          const svg = renderArtwork(title, artwork);
          expect(xmlFault(svg)).toBeUndefined();
          expect(svg).not.toContain('<script');
          expect(Buffer.byteLength(svg)).toBeLessThanOrEqual(MOST_BYTES + 8 * 1024);
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });

  it('names the actor on a star picture, larger than the title', () => {
    const title = titles.find(({ titleId }) => titleId === 'aliens-1986')!;
    const artwork = title.artworks.find(({ emphasis }) => emphasis === 'star')!;
    const sizes = [...renderArtwork(title, artwork).matchAll(/font-size="([\d.]+)"/g)].map(([, size]) =>
      Number(size),
    );
    expect(artwork.label).toBe('Sigourney Weaver');
    expect(sizes[0]).toBeGreaterThan(1.5 * sizes[1]!);
  });
});

describe('setText', () => {
  it('keeps every line inside its box, whatever the words', () => {
    const box = {
      x: 0,
      y: 0,
      width: 400,
      height: 200,
      align: 'start',
      stand: 'bottom',
      mostSize: 80,
      mostLines: 4,
    } as const;
    for (const { name } of titles) {
      const { svg, top } = setText(name, TYPEFACES.heavy, '#fff', box);
      const size = Number(/font-size="([\d.]+)"/.exec(svg)?.[1]);
      const lines = [...svg.matchAll(/>([^<>]+)<\/text>/g)].map(([, line = '']) =>
        line.replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
      );
      for (const line of lines) expect(size * widthOf(line, TYPEFACES.heavy)).toBeLessThanOrEqual(401);
      expect(top).toBeGreaterThanOrEqual(-0.5);
    }
  });
});

describe('xmlFault', () => {
  it('refuses what is not well formed', () => {
    for (const bad of [
      '<a>',
      '<a></b>',
      '<a b="1" b="2"/>',
      '<a>&</a>',
      '<a/><b/>',
      '<a b=c/>',
      'x',
      '<a>\u0001</a>',
      '<a><b id="1"/><b id="1"/></a>',
    ]) {
      expect(xmlFault(bad)).toBeDefined();
    }
    expect(xmlFault('<a b="1"><c/>x &amp; y</a>')).toBeUndefined();
  });
});
