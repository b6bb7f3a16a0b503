import { circle, group, n, path, pick, repeat } from './svg.js';
import type { Rng } from '../../core/rng.js';

/** A person standing far off, seen as a silhouette: feet at (x, y), `height` tall. */
export function standing(x: number, y: number, height: number, fill: string, coat = 1): string {
  const s = height / 100;
  const hem = 13 * coat;
  const body = `M-9 -80Q0 -86 9 -80Q14 -76 14 -62L${n(hem)} -30L8 -30L7 0L1 0L0 -28L-1 0L-7 0L-8 -30L${n(-hem)} -30L-14 -62Q-14 -76 -9 -80Z`;
  return group(`translate(${n(x)} ${n(y)}) scale(${n2(s)})`, circle(0, -91, 8.5, fill), path(body, fill));
}

/** The same in a long coat and a hat with a brim. */
export function hatted(x: number, y: number, height: number, fill: string): string {
  const s = height / 100;
  const hat =
    'M-16 -93Q0 -89 16 -93Q15 -96 9 -97Q9 -106 4 -107Q0 -105 -4 -107Q-9 -106 -9 -97Q-15 -96 -16 -93Z';
  const coat =
    'M-8 -82Q0 -86 8 -82Q17 -78 17 -64L19 -22L9 -20L8 0L2 0L0 -20L-2 0L-8 0L-9 -20L-19 -22L-17 -64Q-17 -78 -8 -82Z';
  return group(
    `translate(${n(x)} ${n(y)}) scale(${n2(s)})`,
    circle(0, -90, 8, fill),
    path(hat, fill),
    path(coat, fill),
  );
}

/** Somebody in full run, leaning to the right: limbs are strokes, so that they bend like limbs. */
export function running(x: number, y: number, height: number, fill: string): string {
  const s = height / 100;
  const limb = (d: string, width: number): string =>
    `<path d="${d}" fill="none" stroke="${fill}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
  return group(
    `translate(${n(x)} ${n(y)}) scale(${n2(s)})`,
    circle(21, -91, 8.5, fill),
    limb('M-4 -48L9 -75', 17),
    limb('M11 -77L29 -64L42 -75', 7),
    limb('M8 -77L-13 -73L-21 -56', 7),
    limb('M-3 -46L23 -41L15 -12', 10),
    limb('M15 -12L17 -5L27 -4', 7.5),
    limb('M-5 -46L-16 -22L-42 -25', 10),
    limb('M-42 -25L-49 -16', 7.5),
  );
}

const FACE =
  'M24 170L20 120C22 100 16 92 8 78C-6 46 10 6 50 6C76 6 86 24 85 38C85 44 83 47 87 53L98 70C99 73 95 75 89 76C92 79 92 82 88 84C91 86 90 90 87 91C86 95 90 100 86 106C80 112 70 108 63 111C62 122 66 132 72 140C92 146 118 150 126 190L-40 190C-34 150 4 148 24 170Z';
const PROFILE_HAIR = [
  // cropped
  'M86 36C80 30 66 34 60 40C60 52 56 60 52 66C46 60 42 66 46 76C40 84 34 92 24 100C10 96 -10 66 -2 34C8 -2 44 -10 66 -2C82 4 90 20 86 36Z',
  // falling to the shoulder
  'M85 34C74 30 64 32 58 42C60 60 50 72 46 84C44 110 30 140 8 160C-12 150 -16 130 -8 108C-18 80 -14 34 8 12C28 -8 62 -8 78 8C86 16 88 26 85 34Z',
  // tied up
  'M86 34C76 28 64 32 60 42C58 54 52 60 50 68C44 64 42 72 45 80C38 88 30 94 22 98C10 90 2 80 0 70C-14 78 -34 70 -32 52C-30 36 -12 32 0 38C4 10 30 -8 58 -5C78 -2 90 18 86 34Z',
];

/** A head in profile looking right: about 100 × 110 units at scale 1, its nose at (98, 70). */
export function profile(
  x: number,
  y: number,
  scale: number,
  hair: number,
  skin: string,
  hairFill: string,
  mirrored = false,
): string {
  const flip = mirrored ? -scale : scale;
  return group(
    `translate(${n(x)} ${n(y)}) scale(${n2(flip)} ${n2(scale)})`,
    path(FACE, skin),
    path(PROFILE_HAIR[hair % PROFILE_HAIR.length]!, hairFill),
  );
}

/** A bare tree whose branches are drawn by halving. */
export function bareTree(rng: Rng, x: number, y: number, height: number, colour: string): string {
  const strokes: string[] = [];
  const grow = (
    fromX: number,
    fromY: number,
    length: number,
    angle: number,
    width: number,
    depth: number,
  ): void => {
    const toX = fromX + Math.sin(angle) * length;
    const toY = fromY - Math.cos(angle) * length;
    strokes.push(`<path d="M${n(fromX)} ${n(fromY)}L${n(toX)} ${n(toY)}" stroke-width="${n(width)}"/>`);
    if (depth === 0) return;
    const spread = 0.35 + rng.uniform() * 0.45;
    grow(toX, toY, length * (0.6 + rng.uniform() * 0.2), angle - spread, width * 0.6, depth - 1);
    grow(toX, toY, length * (0.6 + rng.uniform() * 0.2), angle + spread * 0.8, width * 0.6, depth - 1);
  };
  grow(x, y, height * 0.36, (rng.uniform() - 0.5) * 0.3, height * 0.05, 4);
  return `<g stroke="${colour}" stroke-linecap="round" fill="none">${strokes.join('')}</g>`;
}

/** City blocks along the bottom, some windows lit. */
export function skyline(rng: Rng, y: number, fill: string, lit: string, litShare: number): string {
  let x = -8;
  let blocks = '';
  let windows = '';
  while (x < 640) {
    const width = 34 + rng.uniform() * 46;
    const top = y - 20 - rng.uniform() ** 1.6 * 150;
    blocks += `M${n(x)} 370V${n(top)}H${n(x + width)}V370Z`;
    if (rng.uniform() < 0.3) blocks += `M${n(x + width / 2 - 1.5)} ${n(top)}v-26h3v26Z`;
    for (let wx = x + 7; wx < x + width - 9; wx += 12) {
      for (let wy = top + 10; wy < Math.min(350, top + 130); wy += 15)
        if (rng.uniform() < litShare) windows += `M${n(wx)} ${n(wy)}h5v7h-5Z`;
    }
    x += width - 1;
  }
  return path(blocks, fill) + path(windows, lit, 0.85);
}

/** Small stars, a few of them larger. */
export function stars(rng: Rng, count: number, colour: string, depth: number): string {
  const dot = (): string => `M${n(rng.uniform() * 640)} ${n(rng.uniform() * depth)}h0`;
  const layer = (amount: number, width: number, opacity: number): string =>
    `<path d="${repeat(amount, dot)}" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" opacity="${opacity}"/>`;
  return (
    layer(Math.round(count * 0.7), 1.6, 0.6) +
    layer(Math.round(count * 0.25), 2.6, 0.85) +
    layer(Math.max(1, Math.round(count * 0.05)), 4.4, 1)
  );
}

/** Birds far away. */
export function birds(rng: Rng, x: number, y: number, colour: string): string {
  const d = repeat(4 + rng.below(3), () => {
    const bx = x + (rng.uniform() - 0.5) * 110;
    const by = y + (rng.uniform() - 0.5) * 46;
    const w = 6 + rng.uniform() * 7;
    return `M${n(bx - w)} ${n(by - w * 0.4)}q${n(w * 0.6)} ${n(-w * 0.2)} ${n(w)} ${n(w * 0.5)}q${n(w * 0.4)} ${n(-w * 0.7)} ${n(w)} ${n(-w * 0.5)}`;
  });
  return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="2.2" stroke-linecap="round"/>`;
}

export function cloud(x: number, y: number, scale: number, fill: string, opacity: number): string {
  return `<path transform="translate(${n(x)} ${n(y)}) scale(${n2(scale)})" d="M-50 12a20 20 0 0 1 4-39a30 30 0 0 1 56-8a24 24 0 0 1 38 16a16 16 0 0 1 0 31Z" fill="${fill}" opacity="${opacity}"/>`;
}

/** Which of the two sides something stands on. */
export function side(rng: Rng): 1 | -1 {
  return pick(rng, [1, -1] as const);
}

function n2(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
