import { standing, birds, cloud } from '../figures.js';
import {
  HEIGHT,
  WIDTH,
  backdrop,
  between,
  circle,
  group,
  n,
  path,
  polygon,
  rect,
  repeat,
  ridge,
  stroke,
  type Brush,
} from '../svg.js';

/** Mountains in layers, a low sun, somebody on the nearest summit. */
function adventureMountains(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 500);
  const peaks = (base: number, height: number, fill: string, opacity: number): string => {
    const corners: [number, number][] = [[-20, HEIGHT + 10]];
    for (let px = -20; px <= WIDTH + 60; px += between(rng, 60, 110))
      corners.push([px, base - rng.uniform() * height]);
    corners.push([WIDTH + 60, HEIGHT + 10]);
    return polygon(corners, fill, opacity);
  };
  return (
    backdrop(brush, [p.near, p.far, p.light], 0) +
    circle(x - 90, 130, 66, p.light) +
    peaks(200, 90, p.mid, 0.45) +
    peaks(250, 80, p.mid, 0.85) +
    birds(rng, x - 170, 90, p.ink) +
    polygon(
      [
        [180, HEIGHT + 10],
        [x - 60, 240],
        [x, 188],
        [x + 34, 214],
        [x + 90, 206],
        [WIDTH + 60, HEIGHT + 10],
      ],
      p.ink,
    ) +
    standing(x, 192, 78, p.ink) +
    stroke(`M${n(x + 11)} 190V104`, p.ink, 3.5) +
    path(`M${n(x + 12)} 104l34 10l-34 14Z`, p.accent)
  );
}

/** A compass rose on a map. */
function adventureCompass(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  const y = 142;
  const turn = between(rng, -28, 28);
  const contours = repeat(7, (i) => {
    const r = 150 + i * 48;
    return `<ellipse cx="${n(x - i * 12)}" cy="${y + i * 6}" rx="${n(r * 1.15)}" ry="${n(r * 0.82)}" fill="none" stroke="${p.mid}" stroke-width="2" stroke-dasharray="${i % 2 === 0 ? '1 0' : '10 9'}" opacity="0.45" transform="rotate(${n(turn + i * 7)} ${n(x)} ${y})"/>`;
  });
  const needle = (angle: number, length: number, a: string, b: string): string =>
    `<g transform="rotate(${n(angle + turn)})">${polygon(
      [
        [0, -length],
        [15, -15],
        [0, 0],
      ],
      a,
    )}${polygon(
      [
        [0, -length],
        [-15, -15],
        [0, 0],
      ],
      b,
    )}</g>`;
  const rose =
    repeat(4, (i) => needle(45 + i * 90, 72, p.mid, p.light)) +
    repeat(4, (i) => needle(i * 90, 122, i === 0 ? p.accent : p.ink, p.light));
  return (
    backdrop(brush, [p.light, p.far], 0.5) +
    contours +
    group(
      `translate(${n(x)} ${y})`,
      `<circle r="104" fill="none" stroke="${p.ink}" stroke-width="5"/><circle r="92" fill="none" stroke="${p.ink}" stroke-width="1.5" stroke-dasharray="3 6"/>`,
      rose,
      circle(0, 0, 9, p.ink),
    )
  );
}

/** A ship under full sail. */
function adventureSea(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 480);
  const sail = (dx: number, top: number, w: number, h: number): string =>
    path(
      `M${n(dx)} ${n(top)}q${n(w)} ${n(h * 0.45)} ${n(w * 0.25)} ${n(h)}q${n(-w * 0.7)} ${n(-h * 0.12)} ${n(-w * 0.85)} ${n(-h * 0.02)}q${n(w * 0.7)} ${n(-h * 0.5)} ${n(w * 0.6)} ${n(-h * 0.98)}Z`,
      p.light,
    );
  const ship = group(
    `translate(${n(x)} 252) rotate(${n(between(rng, -6, 6))})`,
    path('M-92 -22L92 -30L74 24H-66Z', p.ink),
    rect(-36, -172, 5, 150, p.ink) + rect(30, -190, 5, 164, p.ink),
    sail(-34, -162, 62, 66) + sail(-34, -96, 76, 66) + sail(32, -180, 70, 76) + sail(32, -104, 84, 72),
    path('M32 -190l34 -10l-8 12l8 10Z', p.accent),
  );
  return (
    backdrop(brush, [p.near, p.far], 0) +
    circle(x - 20, 176, 118, p.accent, 0.85) +
    cloud(x - 190, 96, 0.9, p.light, 0.8) +
    ridge(rng, 258, 14, 9, p.mid, 0.9) +
    ship +
    ridge(rng, 284, 16, 7, p.mid) +
    ridge(rng, 314, 18, 6, p.ink)
  );
}

export const ADVENTURE_SCENES = [adventureMountains, adventureCompass, adventureSea] as const;
