import { bust, type Sitter } from '../portraits.js';
import {
  HEIGHT,
  WIDTH,
  backdrop,
  between,
  circle,
  glow,
  n,
  path,
  pick,
  polygon,
  rect,
  repeat,
  type Brush,
} from '../svg.js';

/** Paper colours of one portrait series: ground, second ground, and what faces are cut from. */
interface Series extends Sitter {
  readonly ground: string;
  readonly second: string;
  readonly letters: string;
}

const series = (
  ground: string,
  second: string,
  skin: string,
  shadow: string,
  hair: string,
  clothes: string,
  collar: string,
  letters: string,
): Series => ({
  ground,
  second,
  skin,
  shadow,
  hair,
  clothes,
  collar,
  letters,
});

export const PORTRAIT_SERIES: readonly Series[] = [
  series('#f2e3c6', '#e4572e', '#fff6e4', '#17808b', '#0d3b4f', '#0d3b4f', '#e4572e', '#0d3b4f'),
  series('#17324d', '#f0b429', '#ffe9c2', '#e0713c', '#0b1b2c', '#c8402f', '#ffe9c2', '#ffe9c2'),
  series('#e8d6cf', '#a23b72', '#fff3ec', '#d76a8a', '#3a1530', '#3a1530', '#f18f01', '#3a1530'),
  series('#22223b', '#4a4e8c', '#f2e9e4', '#9a8c98', '#0f0f1f', '#c9ada7', '#4a4e69', '#f7efe9'),
  series('#d9e8e3', '#2a9d8f', '#fffbe9', '#e9a35e', '#1d3b46', '#264653', '#e76f51', '#1d3b46'),
  series('#2d1e2f', '#c33c54', '#ffd9c0', '#c05a5f', '#170c19', '#37718e', '#ffd9c0', '#ffe9dc'),
];

export interface PeopleScene {
  readonly svg: string;
  readonly letters: string;
}

/** One face, large, on a disc or a slab of colour; the left half is free for a name. */
export function portrait(brush: Brush, sitterRng: Brush['rng'], mirrored: boolean): PeopleScene {
  const { rng } = brush;
  const s = pick(rng, PORTRAIT_SERIES);
  const x = 486;
  const ground = pick(rng, [
    () => circle(x, 168, between(rng, 150, 166), s.second),
    () =>
      polygon(
        [
          [356, 0],
          [WIDTH, 0],
          [WIDTH, HEIGHT],
          [between(rng, 300, 330), HEIGHT],
        ],
        s.second,
      ),
    () =>
      repeat(9, (i) =>
        polygon(
          [
            [x, 180],
            [x + Math.cos(i * 0.698) * 640, 180 + Math.sin(i * 0.698) * 640],
            [x + Math.cos(i * 0.698 + 0.34) * 640, 180 + Math.sin(i * 0.698 + 0.34) * 640],
          ],
          s.second,
        ),
      ) + circle(x, 172, 132, s.second),
  ])();
  const id = brush.id('n');
  // Behind the name the ground is plain, whatever stands on it further right.
  const veil =
    `<defs><linearGradient id="${id}"><stop offset="0.44" stop-color="${s.ground}"/><stop offset="0.62" stop-color="${s.ground}" stop-opacity="0"/></linearGradient></defs>` +
    rect(0, 0, WIDTH, HEIGHT, `url(#${id})`);
  return {
    svg:
      rect(0, 0, WIDTH, HEIGHT, s.ground) +
      ground +
      veil +
      bust(sitterRng, x, 156, 1.62, s, { mirrored, hair: 'plain' }),
    letters: s.letters,
  };
}

/** Everybody in a row, those in front larger. */
export function ensemble(brush: Brush, faces: number): PeopleScene {
  const { rng } = brush;
  const s = pick(rng, PORTRAIT_SERIES);
  const count = Math.min(6, Math.max(4, faces));
  const others = PORTRAIT_SERIES.filter((other) => other !== s);
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => Math.abs(b - (count - 1) / 2) - Math.abs(a - (count - 1) / 2) || a - b,
  );
  const people = order.map((i) => {
    const far = Math.abs(i - (count - 1) / 2) / (count / 2);
    const scale = 1.06 - far * 0.34;
    const x = WIDTH / 2 + ((i - (count - 1) / 2) * 520) / count;
    const look = others[(i + rng.below(2)) % others.length]!;
    return bust(
      rng,
      x,
      128 + far * 22 + between(rng, -5, 5),
      scale,
      { ...s, clothes: look.clothes, collar: look.collar, hair: i % 2 === 0 ? s.hair : look.hair },
      { mirrored: i > (count - 1) / 2, hair: 'any' },
    );
  });
  const light = s.ground === '#22223b' || s.ground === '#17324d' || s.ground === '#2d1e2f';
  return {
    svg:
      backdrop(brush, [s.second, s.second], 0) +
      glow(brush, 'g', WIDTH / 2, 120, 330, s.ground, 0.8) +
      people.join('') +
      path(`M0 ${HEIGHT}V262H${WIDTH}V${HEIGHT}Z`, s.ground) +
      rect(0, 259, WIDTH, 4, light ? s.skin : s.hair),
    letters: s.letters,
  };
}

/** Atmosphere alone: a light, and dark mist in layers before it. */
export function mood(brush: Brush, second: Brush['palette']): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 110, 530);
  const y = between(rng, 66, 120);
  const mist = repeat(6, (i) => {
    const base = 128 + i * 38;
    const swing = between(rng, 12, 42);
    const phase = between(rng, -120, 120);
    return path(
      `M-10 ${HEIGHT + 5}V${n(base + swing * 0.3)}C${n(120 + phase)} ${n(base - swing)} ${n(240 + phase)} ${n(base + swing)} 330 ${n(base)}S${n(520 + phase)} ${n(base - swing)} 660 ${n(base + swing * 0.5)}V${HEIGHT + 5}Z`,
      p.ink,
      0.16 + i * 0.07,
    );
  });
  const motes = repeat(16, () =>
    circle(
      between(rng, 0, WIDTH),
      between(rng, 10, 220),
      between(rng, 1.5, 14),
      second.light,
      between(rng, 0.1, 0.34),
    ),
  );
  return (
    backdrop(brush, [p.far, p.near, p.near], 0.25) +
    glow(brush, 'a', x, y, 250, p.light, 0.5) +
    glow(brush, 'l', x, y, 120, second.light, 0.95) +
    circle(x, y, between(rng, 24, 42), second.light) +
    motes +
    mist
  );
}
