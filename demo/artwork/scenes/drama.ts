import { profile, standing } from '../figures.js';
import {
  HEIGHT,
  WIDTH,
  backdrop,
  between,
  circle,
  glow,
  group,
  n,
  path,
  polygon,
  rect,
  repeat,
  type Brush,
} from '../svg.js';

/** Light from a tall window, and one person in it. */
function dramaWindow(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 360, 400);
  const lean = between(rng, 40, 80);
  const panes = repeat(2, (column) =>
    repeat(2, (line) => {
      const left = x + column * 78;
      const top = 34 + line * 98;
      return polygon(
        [
          [left, top + 8],
          [left + 70, top],
          [left + 70, top + 90],
          [left, top + 92],
        ],
        p.light,
        0.95,
      );
    }),
  );
  const floor = polygon(
    [
      [x - 20 + lean, 300],
      [x + 150 + lean, 292],
      [x + 250 + lean, 360],
      [x - 40 + lean, 360],
    ],
    p.light,
    0.5,
  );
  return (
    backdrop(brush, [p.mid, p.near, p.ink], 0.6) +
    glow(brush, 'w', x + 75, 130, 260, p.accent, 0.55) +
    panes +
    rect(0, 296, WIDTH, 70, p.ink, 0.55) +
    floor +
    standing(x + between(rng, 40, 110), 322, 190, p.ink, between(rng, 0.8, 1.5))
  );
}

/** A cone of light, an empty stage, a chair and somebody beside it. */
function dramaSpotlight(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 420, 470);
  const from = x + between(rng, -130, 60);
  const chair = group(
    `translate(${n(x + 46)} 306)`,
    path('M-16 0V-34H12V0H7V-28H-11V0Z', p.ink),
    path('M7 -34V-78H12V-34ZM-2 -78H12V-60H-2Z', p.ink),
  );
  return (
    backdrop(brush, [p.ink, p.near, p.ink], 0) +
    polygon(
      [
        [from - 10, -5],
        [from + 10, -5],
        [x + 128, 310],
        [x - 128, 310],
      ],
      p.light,
      0.32,
    ) +
    `<ellipse cx="${n(x)}" cy="310" rx="130" ry="24" fill="${p.light}" opacity="0.92"/>` +
    chair +
    standing(x - 22, 312, 168, p.ink, between(rng, 0.8, 1.4))
  );
}

/** Two heads that look away from each other, one in light and one in shade. */
function dramaApart(brush: Brush): string {
  const { rng, palette: p } = brush;
  const hair = rng.below(3);
  return (
    rect(0, 0, WIDTH, HEIGHT, p.near) +
    polygon(
      [
        [430, 0],
        [WIDTH, 0],
        [WIDTH, HEIGHT],
        [390, HEIGHT],
      ],
      p.far,
    ) +
    circle(between(rng, 500, 540), 90, 52, p.light, 0.9) +
    profile(430, 70, 1.5, hair, p.accent, p.ink) +
    profile(392, 78, 1.5, (hair + 1) % 3, p.ink, p.mid, true)
  );
}

export const DRAMA_SCENES = [dramaWindow, dramaSpotlight, dramaApart] as const;
