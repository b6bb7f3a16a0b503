import { bareTree, standing } from '../figures.js';
import {
  HEIGHT,
  WIDTH,
  backdrop,
  between,
  circle,
  glow,
  n,
  path,
  polygon,
  rect,
  repeat,
  ridge,
  type Brush,
} from '../svg.js';

/** A house on a hill under a moon too large, one window lit. */
function horrorHouse(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  const house =
    'M-66 70V-6L-78 -6L-46 -44L-20 -14V-62L-28 -62L-4 -104L20 -62L12 -62V-22L40 -52L72 -12L62 -12V70Z' +
    'M34 -40V-66H44V-36ZM-56 -30V-54H-48V-34Z';
  const lit = [
    [-52, 10],
    [-8, -48],
    [-8, 14],
    [34, 12],
  ] as const;
  const [wx, wy] = lit[rng.below(lit.length)]!;
  return (
    backdrop(brush, [p.far, p.mid, p.near], 0) +
    glow(brush, 'm', x, 140, 230, p.accent, 0.6) +
    circle(x - 14, 140, 112, p.light, 0.94) +
    circle(x - 50, 108, 16, p.accent, 0.22) +
    circle(x + 30, 172, 22, p.accent, 0.18) +
    path(
      `M150 ${HEIGHT + 10}Q${n(x - 90)} 258 ${n(x - 60)} 250H${n(x + 70)}Q${n(x + 110)} 262 ${WIDTH + 10} 330V${HEIGHT + 10}Z`,
      p.ink,
    ) +
    `<g transform="translate(${n(x)} 186)">${path(house, p.ink)}${rect(wx, wy, 15, 22, p.light)}</g>` +
    bareTree(rng, x + 128, 300, between(rng, 170, 220), p.ink) +
    bareTree(rng, x - 158, 320, between(rng, 150, 190), p.ink)
  );
}

/** Four slashes, and what is behind shows through. */
function horrorSlashes(brush: Brush): string {
  const { rng, palette: p } = brush;
  const lean = between(rng, 70, 120);
  const slashes = repeat(4, (i) => {
    const x = 330 + i * 74 + between(rng, -8, 8);
    const top = between(rng, -20, 34) + Math.abs(i - 1.5) * 10;
    const bottom = between(rng, 270, 330) - Math.abs(i - 1.5) * 18;
    const w = between(rng, 24, 34);
    const mid = (top + bottom) / 2;
    return path(
      `M${n(x + lean * 0.9)} ${n(top)}Q${n(x + lean * 0.5 + w)} ${n(mid - 20)} ${n(x)} ${n(bottom)}Q${n(x + lean * 0.4 - w)} ${n(mid + 10)} ${n(x + lean * 0.9)} ${n(top)}Z`,
      p.light,
    );
  });
  const drops = repeat(5, () => {
    const x = between(rng, 350, 600);
    const y = between(rng, 210, 300);
    return path(`M${n(x)} ${n(y)}q6 14 0 20q-6 -6 0 -20Z`, p.accent);
  });
  return (
    backdrop(brush, [p.mid, p.far, p.near], 0.4) +
    glow(brush, 'g', 470, 150, 280, p.accent, 0.75) +
    slashes +
    drops
  );
}

/** A door ajar, red light, a shadow that is longer than whoever casts it. */
function horrorDoor(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 420, 470);
  const shadow = polygon(
    [
      [x + 24, 246],
      [x + 44, 246],
      [x + 10, HEIGHT + 4],
      [x - 92, HEIGHT + 4],
    ],
    p.ink,
    0.9,
  );
  return (
    backdrop(brush, [p.near, p.far], 0) +
    glow(brush, 'g', x + 34, 150, 250, p.accent, 0.8) +
    rect(x - 24, 30, 118, 218, p.light) +
    polygon(
      [
        [x - 24, 248],
        [x + 94, 248],
        [x + 60, HEIGHT + 4],
        [x - 190, HEIGHT + 4],
      ],
      p.accent,
      0.75,
    ) +
    shadow +
    standing(x + 34, 249, 168, p.ink, between(rng, 0.8, 1.7)) +
    polygon(
      [
        [x + 94, 26],
        [x + 148, 4],
        [x + 148, 292],
        [x + 94, 250],
      ],
      p.ink,
    ) +
    circle(x + 138, 156, 4, p.light)
  );
}

/** An eye in the dark, wide open. */
function horrorEye(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 460);
  const y = 140;
  const lids = `M${n(x - 165)} ${y + 8}Q${n(x - 70)} ${y - 108} ${n(x + 30)} ${y - 92}Q${n(x + 120)} ${y - 74} ${n(x + 172)} ${y - 6}Q${n(x + 70)} ${y + 96} ${n(x - 20)} ${y + 86}Q${n(x - 100)} ${y + 76} ${n(x - 165)} ${y + 8}Z`;
  const veins = repeat(16, () => {
    const angle = between(rng, 0, Math.PI * 2);
    const from = between(rng, 92, 150);
    const bend = between(rng, -0.25, 0.25);
    return `M${n(x + Math.cos(angle) * from * 1.1)} ${n(y + Math.sin(angle) * from * 0.6)}Q${n(x + Math.cos(angle + bend) * 85)} ${n(y + Math.sin(angle + bend) * 60)} ${n(x + Math.cos(angle) * 66)} ${n(y + Math.sin(angle) * 60)}`;
  });
  const id = brush.id('lid');
  return (
    backdrop(brush, [p.near, p.far, p.near], 0.5) +
    `<clipPath id="${id}"><path d="${lids}"/></clipPath><g clip-path="url(#${id})">` +
    rect(x - 180, y - 120, 360, 230, '#f4e6da') +
    `<path d="${veins}" stroke="${p.accent}" stroke-width="2" fill="none" opacity="0.7"/>` +
    circle(x, y, 78, p.accent) +
    circle(x, y, 60, p.mid) +
    circle(x, y, between(rng, 22, 30), p.ink) +
    circle(x - 26, y - 28, 11, '#ffffff') +
    path(
      `M${n(x - 190)} ${y - 130}H${n(x + 190)}V${y - 30}Q${n(x)} ${y - 96} ${n(x - 190)} ${y + 10}Z`,
      p.ink,
      0.55,
    ) +
    '</g>' +
    `<path d="${lids}" fill="none" stroke="${p.ink}" stroke-width="9"/>` +
    ridge(rng, 356, 6, 6, p.ink)
  );
}

export const HORROR_SCENES = [horrorHouse, horrorSlashes, horrorDoor, horrorEye] as const;
