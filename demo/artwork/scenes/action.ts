import { running, skyline } from '../figures.js';
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
  type Brush,
} from '../svg.js';

/** A burst: a star with ragged points. */
function burst(
  brush: Brush,
  x: number,
  y: number,
  outer: number,
  inner: number,
  spikes: number,
  fill: string,
): string {
  const { rng } = brush;
  const corners = Array.from({ length: spikes * 2 }, (_, i): [number, number] => {
    const r = (i % 2 === 0 ? outer : inner) * between(rng, 0.82, 1.18);
    const angle = (i / (spikes * 2)) * Math.PI * 2;
    return [x + Math.cos(angle) * r, y + Math.sin(angle) * r];
  });
  return polygon(corners, fill);
}

/** Rays from one point to all sides. */
function rays(x: number, y: number, count: number, fill: string, opacity: number): string {
  const d = repeat(count, (i) => {
    const a = (i / count) * Math.PI * 2;
    const b = a + Math.PI / count;
    return `M${n(x)} ${n(y)}L${n(x + Math.cos(a) * 760)} ${n(y + Math.sin(a) * 760)}L${n(x + Math.cos(b) * 760)} ${n(y + Math.sin(b) * 760)}Z`;
  });
  return path(d, fill, opacity);
}

/** Somebody runs from an explosion. */
function explosion(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 420, 470);
  const y = 148;
  const debris = repeat(16, () => {
    const a = between(rng, 0, Math.PI * 2);
    const r = between(rng, 130, 270);
    const s = between(rng, 5, 14);
    return group(
      `translate(${n(x + Math.cos(a) * r)} ${n(y + Math.sin(a) * r * 0.7)}) rotate(${n(between(rng, 0, 90))})`,
      rect(-s / 2, -s / 2, s, s * 0.7, p.ink),
    );
  });
  return (
    backdrop(brush, [p.mid, p.near], 0.5) +
    rays(x, y, 18, p.accent, 0.45) +
    burst(brush, x, y, 178, 104, 15, p.accent) +
    burst(brush, x, y, 134, 80, 13, p.far) +
    burst(brush, x, y, 88, 52, 11, p.light) +
    debris +
    path(`M0 ${HEIGHT + 5}V318L${WIDTH} 296V${HEIGHT + 5}Z`, p.ink) +
    running(x - 6, 310, 190, p.ink)
  );
}

/** A car at full speed, everything else is lines. */
function chase(brush: Brush): string {
  const { rng, palette: p } = brush;
  const y = between(rng, 186, 200);
  const streaks = repeat(22, () => {
    const sy = between(rng, 10, 290);
    const sx = between(rng, -60, 420);
    const w = between(rng, 120, 420);
    const h = between(rng, 2, 9);
    return polygon(
      [
        [sx, sy + h / 2],
        [sx + w, sy - 2],
        [sx + w, sy + h],
      ],
      rng.uniform() < 0.5 ? p.light : p.far,
      0.75,
    );
  });
  const car = group(
    `translate(455 ${n(y)})`,
    path(
      'M-176 26Q-176 -4 -140 -10L-84 -18Q-52 -56 -6 -58L52 -56Q92 -50 112 -16L156 -6Q176 0 176 26L166 38H-166Z',
      p.ink,
    ),
    path('M-66 -20Q-42 -46 -8 -48V-20ZM4 -48L48 -46Q76 -42 92 -18L4 -20Z', p.far),
    path('M150 2L172 8V16L146 14Z', p.light) + path('M-174 8H-150V18H-172Z', p.accent),
    circle(-98, 36, 32, p.ink) +
      circle(-98, 36, 15, p.light) +
      circle(102, 36, 32, p.ink) +
      circle(102, 36, 15, p.light),
  );
  return (
    backdrop(brush, [p.far, p.near, p.mid], 0) +
    group(
      'rotate(-7 320 180)',
      streaks,
      rect(-40, y + 62, WIDTH + 80, 220, p.ink),
      repeat(5, (i) => rect(-30 + i * 150, y + 92, 86, 8, p.accent)),
      car,
    )
  );
}

/** A diagonal cut through the picture: city on one side, fire on the other, somebody leaps. */
function leap(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 440, 480);
  const lines = repeat(12, (i) => {
    const at = -60 + i * 62 + between(rng, -18, 18);
    const w = between(rng, 4, 26);
    return polygon(
      [
        [at + 210, -10],
        [at + 210 + w, -10],
        [at + w - 60, 380],
        [at - 60, 380],
      ],
      i % 3 === 0 ? p.light : p.accent,
      0.5,
    );
  });
  return (
    backdrop(brush, [p.far, p.accent, p.near], 0.6) +
    lines +
    circle(x - 20, 140, 104, p.light) +
    skyline(rng, 330, p.ink, p.far, 0.3) +
    group(`rotate(-16 ${n(x)} 150)`, running(x - 16, 232, 196, p.ink))
  );
}

export const ACTION_SCENES = [explosion, chase, leap] as const;
