import {
  between,
  circle,
  group,
  n,
  path,
  pick,
  rect,
  repeat,
  stroke,
  WIDTH,
  HEIGHT,
  type Brush,
} from '../svg.js';

/** Bright shapes thrown about: the confetti of every comedy. */
function confetti(brush: Brush, count: number): string {
  const { rng, palette: p } = brush;
  const colours = [p.accent, p.mid, p.light, p.ink];
  return repeat(count, (i) => {
    const x = between(rng, 10, WIDTH - 10);
    const y = between(rng, 8, HEIGHT - 8);
    const fill = colours[i % colours.length]!;
    const s = between(rng, 7, 15);
    const shape = pick(rng, [
      circle(0, 0, s * 0.6, fill),
      rect(-s / 2, -s / 2, s, s, fill),
      path(`M0 ${n(-s * 0.7)}L${n(s * 0.7)} ${n(s * 0.6)}H${n(-s * 0.7)}Z`, fill),
      stroke(
        `M${n(-s * 1.4)} 0q${n(s * 0.35)} ${n(-s)} ${n(s * 0.7)} 0t${n(s * 0.7)} 0t${n(s * 0.7)} 0t${n(s * 0.7)} 0`,
        fill,
        4,
      ),
    ]);
    return group(`translate(${n(x)} ${n(y)}) rotate(${n(between(rng, 0, 180))})`, shape);
  });
}

/** A large face that cannot keep straight. */
function grin(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 440, 470);
  const look = between(rng, -9, 9);
  const eye = (dx: number, r: number): string =>
    circle(dx, -34, r, '#ffffff') + circle(dx + look, -30, r * 0.48, p.ink);
  const mouth = pick(rng, [
    path('M-74 18Q0 34 74 10Q70 92 2 96Q-64 94 -74 18Z', p.ink) +
      path('M-66 24Q0 38 68 18L66 34Q0 52 -62 40Z', '#ffffff') +
      path('M-36 82Q0 56 38 78Q20 96 2 96Q-20 95 -36 82Z', p.accent),
    path('M-70 22Q0 54 72 12Q64 78 6 84Q-50 84 -70 22Z', p.ink) +
      path('M2 62Q36 50 48 58Q50 110 26 112Q4 110 2 62Z', p.accent),
  ]);
  return (
    rect(0, 0, WIDTH, HEIGHT, p.far) +
    confetti(brush, 16) +
    group(
      `translate(${n(x)} 150) rotate(${n(between(rng, -14, 14))})`,
      circle(0, 0, 136, p.mid),
      eye(-46, 37),
      eye(46, 31),
      mouth,
      stroke('M-88 -84Q-52 -108 -14 -88', p.ink, 9),
      stroke('M20 -90Q54 -104 84 -76', p.ink, 9),
    )
  );
}

/** Sunglasses, and a moustache that is not quite straight. */
function disguise(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 460);
  const lens = 'M-8 -14H-150Q-160 62 -92 66Q-20 66 -8 -14Z';
  const shades = path(lens, p.ink) + group('scale(-1 1)', path(lens, p.ink)) + rect(-16, -16, 32, 13, p.ink);
  const shine =
    group('translate(-118 0)', path('M0 0H22L-6 48Q-16 44 -20 34Z', '#ffffff', 0.85)) +
    group('translate(52 0)', path('M0 0H22L-6 48Q-16 44 -20 34Z', '#ffffff', 0.85));
  const moustache = path(
    'M0 104Q-26 78 -60 92Q-92 112 -122 92Q-112 142 -60 138Q-20 134 0 112Q20 134 60 138Q112 142 122 92Q92 112 60 92Q26 78 0 104Z',
    p.accent,
  );
  const rays = repeat(16, (i) => {
    const a = (i / 16) * Math.PI * 2;
    const b = a + Math.PI / 16;
    return `M0 0L${n(Math.cos(a) * 700)} ${n(Math.sin(a) * 700)}L${n(Math.cos(b) * 700)} ${n(Math.sin(b) * 700)}Z`;
  });
  return (
    rect(0, 0, WIDTH, HEIGHT, p.far) +
    group(`translate(${n(x)} 130)`, path(rays, p.light, 0.42)) +
    group(`translate(${n(x)} 104) rotate(${n(between(rng, -13, -4))})`, shades, shine, moustache)
  );
}

/** A banana skin on a clean floor. */
function bananaSkin(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  // Not yellow on yellow.
  const disc = p.mid.startsWith('#ffd') ? p.accent : p.mid;
  const yellow = p.far === '#ffd400' ? p.light : '#ffe14d';
  const peel =
    'M0 -118Q14 -112 12 -92Q22 -20 78 6Q132 30 168 10Q150 60 90 56Q46 52 22 22Q34 70 12 112Q-20 74 -10 20Q-40 62 -92 62Q-140 60 -164 22Q-118 34 -72 4Q-22 -30 -12 -94Q-12 -112 0 -118Z';
  const dots = repeat(9, (column) =>
    repeat(5, (line) => circle(column * 80 + (line % 2) * 40, line * 84 + 12, 9, p.light, 0.4)),
  );
  return (
    rect(0, 0, WIDTH, HEIGHT, p.far) +
    dots +
    circle(x, 154, 146, disc) +
    group(
      `translate(${n(x)} 158) rotate(${n(between(rng, -12, 12))})`,
      path(peel, yellow),
      stroke('M2 -84Q0 -30 8 14M-6 -60Q-26 -6 -80 26M10 -64Q30 6 92 30', p.ink, 5),
      path('M-9 -104Q0 -126 13 -102L10 -92H-8Z', p.ink),
    ) +
    confetti(brush, 9)
  );
}

export const COMEDY_SCENES = [grin, disguise, bananaSkin] as const;
