import { profile, standing } from '../figures.js';
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

/** Two faces about to kiss before a large sun. */
function romanceProfiles(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 460);
  const hair = rng.below(3);
  const other = (hair + 1 + rng.below(2)) % 3;
  const lift = between(rng, -8, 8);
  return (
    backdrop(brush, [p.far, p.near], 0.3) +
    circle(x, 150, 138, p.light, 0.55) +
    circle(x, 150, 108, p.light, 0.85) +
    profile(x - 148, 62 + lift, 1.45, hair, p.mid, p.ink) +
    profile(x + 148, 62 - lift, 1.45, other, p.ink, p.mid, true)
  );
}

/** Two people, hand in hand, small before a sunset over water. */
function romanceSunset(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  const glints = repeat(9, (i) => {
    const y = 238 + i * 14;
    const w = between(rng, 20, 60) + i * 8;
    return rect(x - w / 2 + between(rng, -14, 14), y, w, 4, p.light, 0.75);
  });
  return (
    backdrop(brush, [p.mid, p.near, p.accent, p.far], 0) +
    circle(x, 218, 112, p.light, 0.95) +
    rect(0, 228, WIDTH, HEIGHT - 228, p.mid) +
    glints +
    path(`M250 ${HEIGHT}Q${n(x)} 268 ${WIDTH + 10} ${HEIGHT - 10}V${HEIGHT + 10}H240Z`, p.ink) +
    standing(x - 24, 318, 200, p.ink) +
    standing(x + 27, 316, 184, p.ink, 1.7) +
    stroke(`M${n(x - 8)} 236Q${n(x + 1)} 250 ${n(x + 11)} 238`, p.ink, 6)
  );
}

/** Two shapes that hold each other: rings, one warm and one light, and a heart where they meet. */
function romanceRings(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 425, 455);
  const r = between(rng, 84, 96);
  const gap = r * 0.62;
  const ring = (cx: number, colour: string): string =>
    `<circle cx="${n(cx)}" cy="150" r="${n(r)}" fill="none" stroke="${colour}" stroke-width="26"/>`;
  const over = `<path d="M${n(x)} ${n(150 - Math.sqrt(r * r - gap * gap))}A${n(r)} ${n(r)} 0 0 1 ${n(x - gap + r)} 150" fill="none" stroke="${p.light}" stroke-width="26"/>`;
  return (
    backdrop(brush, [p.near, p.mid], 0.8) +
    glow(brush, 'g', x, 150, 240, p.accent, 0.9) +
    ring(x - gap, p.light) +
    ring(x + gap, p.ink) +
    over +
    path(`M${n(x)} 186c-34-24-40-40-40-54a21 21 0 0 1 40-9a21 21 0 0 1 40 9c0 14-6 30-40 54Z`, p.far)
  );
}

export const ROMANCE_SCENES = [romanceProfiles, romanceSunset, romanceRings] as const;
