import type { Rng } from '../../core/rng.js';
import type { Palette } from './palettes.js';

/** Every picture is drawn on this canvas, in its units. 16:9. */
export const WIDTH = 640;
export const HEIGHT = 360;

/** What a scene draws with. */
export interface Brush {
  /** seeded by the artwork's id: the same picture every time, another for another title */
  readonly rng: Rng;
  readonly palette: Palette;
  /** makes an id unique to this picture, so that several can stand in one page */
  readonly id: (name: string) => string;
}

/** A coordinate: one decimal is finer than a pixel at any size shown. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function points(pairs: readonly (readonly [number, number])[]): string {
  return pairs.map(([x, y]) => `${n(x)},${n(y)}`).join(' ');
}

export function polygon(pairs: readonly (readonly [number, number])[], fill: string, opacity = 1): string {
  return `<polygon points="${points(pairs)}" fill="${fill}"${opacityOf(opacity)}/>`;
}

export function circle(x: number, y: number, r: number, fill: string, opacity = 1): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"${opacityOf(opacity)}/>`;
}

export function rect(x: number, y: number, width: number, height: number, fill: string, opacity = 1): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}"${opacityOf(opacity)}/>`;
}

export function path(d: string, fill: string, opacity = 1): string {
  return `<path d="${d}" fill="${fill}"${opacityOf(opacity)}/>`;
}

export function stroke(d: string, colour: string, width: number, opacity = 1): string {
  return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${n(width)}" stroke-linecap="round"${opacityOf(opacity)}/>`;
}

export function group(transform: string, ...parts: readonly string[]): string {
  return `<g transform="${transform}">${parts.join('')}</g>`;
}

/** The whole canvas in one vertical or slanted run of colours, evenly spaced. */
export function backdrop(brush: Brush, colours: readonly string[], slant = 0): string {
  const id = brush.id('sky');
  return `<defs><linearGradient id="${id}" x1="0" y1="0" x2="${n(slant)}" y2="1">${stops(colours)}</linearGradient></defs>${rect(0, 0, WIDTH, HEIGHT, `url(#${id})`)}`;
}

/** A soft light: full in the middle, nothing at the rim. */
export function glow(
  brush: Brush,
  name: string,
  x: number,
  y: number,
  r: number,
  colour: string,
  opacity = 1,
): string {
  const id = brush.id(name);
  const fade = `<stop offset="0" stop-color="${colour}" stop-opacity="${n(opacity)}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/>`;
  return `<defs><radialGradient id="${id}">${fade}</radialGradient></defs>${circle(x, y, r, `url(#${id})`)}`;
}

/** A band of hills or waves from edge to edge, filled to the bottom. */
export function ridge(rng: Rng, y: number, swing: number, bumps: number, fill: string, opacity = 1): string {
  let d = `M-10 ${HEIGHT + 10}L-10 ${n(y)}`;
  const step = (WIDTH + 20) / bumps;
  for (let i = 0; i < bumps; i++) {
    const x = -10 + i * step;
    const up = i % 2 === 0 ? -1 : 1;
    const bend = y + up * swing * (0.5 + rng.uniform());
    d += `Q${n(x + step / 2)} ${n(bend)} ${n(x + step)} ${n(y + (rng.uniform() - 0.5) * swing * 0.4)}`;
  }
  return path(`${d}L${WIDTH + 10} ${HEIGHT + 10}Z`, fill, opacity);
}

export function between(rng: Rng, low: number, high: number): number {
  return low + rng.uniform() * (high - low);
}

export function pick<T>(rng: Rng, options: readonly T[]): T {
  return options[rng.below(options.length)]!;
}

/** One string per index: repetition is most of drawing. */
export function repeat(count: number, draw: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => draw(index)).join('');
}

export function escapeXml(text: string): string {
  return (
    text
      // Not allowed in XML 1.0 in any form, so there is nothing to escape them to.
      .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}

function stops(colours: readonly string[]): string {
  return colours
    .map((c, i) => `<stop offset="${n(i / Math.max(1, colours.length - 1))}" stop-color="${c}"/>`)
    .join('');
}

function opacityOf(opacity: number): string {
  return opacity === 1 ? '' : ` opacity="${Math.round(opacity * 100) / 100}"`;
}
