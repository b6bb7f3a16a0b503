import { standing, stars } from '../figures.js';
import {
  HEIGHT,
  WIDTH,
  backdrop,
  between,
  circle,
  glow,
  n,
  path,
  rect,
  repeat,
  stroke,
  type Brush,
} from '../svg.js';

/** A ringed planet and its moons. */
function ringedPlanet(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 480);
  const y = 142;
  const r = between(rng, 86, 100);
  const tilt = between(rng, -26, -12);
  const ring = (from: string, sweep: number): string =>
    repeat(3, (i) => {
      const rx = r * (1.55 + i * 0.2);
      return `<path d="M${n(-rx)} 0A${n(rx)} ${n(rx * 0.24)} 0 0 ${sweep} ${n(rx)} 0" fill="none" stroke="${from}" stroke-width="${[9, 5, 2.5][i]!}" opacity="${[0.95, 0.7, 0.5][i]!}"/>`;
    });
  const id = brush.id('p');
  return (
    backdrop(brush, [p.far, p.near], 0.4) +
    stars(rng, 110, p.light, HEIGHT) +
    glow(brush, 'g', x, y, 260, p.mid, 0.8) +
    `<defs><linearGradient id="${id}" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="${p.light}"/><stop offset="0.35" stop-color="${p.accent}"/><stop offset="1" stop-color="${p.ink}"/></linearGradient></defs>` +
    `<g transform="translate(${n(x)} ${y}) rotate(${n(tilt)})">${ring(p.light, 1)}</g>` +
    circle(x, y, r, `url(#${id})`) +
    `<g transform="translate(${n(x)} ${y}) rotate(${n(tilt)})">${ring(p.light, 0)}</g>` +
    circle(x - 150, 60, 13, p.light) +
    circle(x + 128, 246, 8, p.accent)
  );
}

/** A grid that runs to the horizon under a striped sun. */
function gridHorizon(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 420, 460);
  const horizon = 226;
  const lines = repeat(25, (i) => `M${n(x + (i - 12) * 16)} ${horizon}L${n(x + (i - 12) * 130)} ${HEIGHT}`);
  const rows = repeat(9, (i) => `M0 ${n(horizon + 1.9 * (i + 1) ** 1.9)}H${WIDTH}`);
  const id = brush.id('s');
  return (
    backdrop(brush, [p.far, p.near, p.mid], 0) +
    stars(rng, 70, p.light, 200) +
    glow(brush, 'g', x, 200, 250, p.accent, 0.6) +
    `<defs><linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${p.light}"/><stop offset="1" stop-color="${p.accent}"/></linearGradient></defs>` +
    `<path d="M${n(x - 112)} ${horizon}A112 112 0 1 1 ${n(x + 112)} ${horizon}Z" fill="url(#${id})"/>` +
    repeat(4, (i) => rect(x - 125, 158 + i * 18, 250, 3 + i * 2.4, p.near)) +
    rect(0, horizon, WIDTH, HEIGHT, p.ink) +
    `<path d="${lines}${rows}" stroke="${p.accent}" stroke-width="1.8" fill="none" opacity="0.9"/>` +
    rect(0, horizon - 1.5, WIDTH, 3, p.light)
  );
}

/** An eclipse, and one astronaut looking at it. */
function eclipse(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  const y = 126;
  const orbits = repeat(
    3,
    (i) =>
      `<circle cx="${n(x)}" cy="${y}" r="${128 + i * 44}" fill="none" stroke="${p.light}" stroke-width="1.4" opacity="${0.5 - i * 0.12}"/>`,
  );
  const angle = between(rng, 3.5, 5.4);
  return (
    backdrop(brush, [p.ink, p.far, p.near], 0) +
    stars(rng, 90, p.light, 300) +
    glow(brush, 'g', x, y, 215, p.accent, 1) +
    circle(x, y, 98, p.light) +
    circle(x + 5, y + 4, 94, p.ink) +
    orbits +
    circle(x + Math.cos(angle) * 128, y + Math.sin(angle) * 128, 12, p.accent) +
    path(`M200 ${HEIGHT + 5}Q${n(x)} 268 ${WIDTH + 30} ${HEIGHT - 30}V${HEIGHT + 5}Z`, p.ink) +
    standing(x + 4, 312, 88, p.ink, 1.5) +
    circle(x + 4, 232, 12, p.light) +
    circle(x + 6, 233, 8.5, p.accent)
  );
}

/** A saucer over dark woods, its beam wide. */
function saucer(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  let woods = `M-5 ${HEIGHT + 5}V320`;
  for (let tx = -5; tx < WIDTH + 10; tx += 17)
    woods += `L${n(tx + 8)} ${n(between(rng, 236, 290))}L${n(tx + 17)} ${n(between(rng, 306, 320))}`;
  const id = brush.id('b');
  return (
    backdrop(brush, [p.far, p.near], 0) +
    stars(rng, 100, p.light, 260) +
    `<defs><linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${p.light}" stop-opacity="0.95"/><stop offset="1" stop-color="${p.accent}" stop-opacity="0.1"/></linearGradient></defs>` +
    `<path d="M${n(x - 46)} 120L${n(x - 150)} 330H${n(x + 150)}L${n(x + 46)} 120Z" fill="url(#${id})"/>` +
    path(`M${n(x - 62)} 88Q${n(x - 50)} 34 ${n(x)} 32Q${n(x + 50)} 34 ${n(x + 62)} 88Z`, p.accent) +
    `<ellipse cx="${n(x)}" cy="100" rx="148" ry="28" fill="${p.mid}"/><ellipse cx="${n(x)}" cy="92" rx="148" ry="22" fill="${p.light}"/>` +
    repeat(7, (i) => circle(x - 108 + i * 36, 101 + 8 * Math.sin((i / 6) * Math.PI), 5, p.ink)) +
    path(`${woods}V${HEIGHT + 5}Z`, p.ink) +
    standing(x - 8, 330, 62, p.ink) +
    stroke(`M0 0h0`, p.ink, 1)
  );
}

export const SCIENCE_FICTION_SCENES = [ringedPlanet, gridHorizon, eclipse, saucer] as const;
