import { running, standing } from '../figures.js';
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
  stroke,
  type Brush,
} from '../svg.js';

/** A spiral, and somebody falling into it. */
function vertigo(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 460);
  const y = 150;
  const turns = between(rng, 0, Math.PI * 2);
  let d = '';
  for (let i = 0; i <= 150; i++) {
    const a = i * 0.21 + turns;
    const r = 3 + i * 1.75;
    d += `${i === 0 ? 'M' : 'L'}${n(x + Math.cos(a) * r)} ${n(y + Math.sin(a) * r)}`;
  }
  return (
    backdrop(brush, [p.far, p.near], 0.5) +
    stroke(d, p.accent, 13) +
    group(`rotate(${n(between(rng, 120, 220))} ${n(x)} ${y})`, running(x, y + 62, 118, p.ink))
  );
}

/** A corridor that narrows, a door at its end, somebody in the way. */
function corridor(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  const y = 142;
  const frames = repeat(7, (i) => {
    const k = (7 - i) ** 1.7 / 7;
    const w = 34 + k * 62;
    const h = 46 + k * 58;
    const fill = i % 2 === 0 ? p.near : p.mid;
    return rect(x - w, y - h, w * 2, h * 2 + k * 12, fill);
  });
  return (
    rect(0, 0, WIDTH, HEIGHT, p.far) +
    frames +
    rect(x - 30, y - 46, 60, 108, p.light) +
    polygon(
      [
        [x - 30, y + 62],
        [x + 30, y + 62],
        [x + 120, HEIGHT],
        [x - 130, HEIGHT],
      ],
      p.light,
      0.55,
    ) +
    standing(x + between(rng, -8, 8), y + 92, 124, p.ink, between(rng, 0.8, 1.5))
  );
}

/** Cross-hairs on somebody who does not know. */
function crossHairs(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 470);
  const y = 146;
  const ring = (r: number, w: number): string =>
    `<circle cx="${n(x)}" cy="${y}" r="${r}" fill="none" stroke="${p.accent}" stroke-width="${w}"/>`;
  const crowd = repeat(11, (i) =>
    standing(
      x - 230 + i * 46 + between(rng, -8, 8),
      between(rng, 244, 268),
      between(rng, 150, 178),
      i === 5 ? p.ink : p.mid,
      between(rng, 0.8, 1.6),
    ),
  );
  return (
    backdrop(brush, [p.far, p.near], 0.3) +
    crowd +
    standing(x, 262, 186, p.ink) +
    circle(x, y, 112, p.light, 0.18) +
    ring(112, 9) +
    ring(58, 3) +
    path(
      `M${n(x - 3)} ${y - 138}h6v92h-6ZM${n(x - 3)} ${y + 46}h6v92h-6ZM${n(x - 138)} ${y - 3}h92v6h-92ZM${n(x + 46)} ${y - 3}h92v6h-92Z`,
      p.accent,
    )
  );
}

/** A picture cut to strips, and the strips do not fit. */
function slipped(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = 450;
  const face =
    circle(x, 128, 112, p.light) +
    circle(x - 42, 112, 20, p.ink) +
    circle(x + 42, 112, 20, p.ink) +
    path(`M${x - 46} 178Q${x} 160 ${x + 46} 178L${x + 40} 190Q${x} 176 ${x - 40} 190Z`, p.ink) +
    path(`M${x - 78} 300Q${x} 220 ${x + 78} 300L${x + 120} 380H${x - 120}Z`, p.ink);
  const strips = repeat(7, (i) => {
    const id = brush.id(`s${i}`);
    const shift = i % 2 === 0 ? between(rng, 8, 44) : between(rng, -44, -8);
    return `<clipPath id="${id}"><rect x="${-60}" y="${i * 44}" width="${WIDTH + 120}" height="41"/></clipPath><g transform="translate(${n(shift)} 0)"><g clip-path="url(#${id})">${face}</g></g>`;
  });
  return backdrop(brush, [p.far, p.near], 0.4) + rect(450, 0, 8, HEIGHT, p.accent) + strips;
}

export const THRILLER_SCENES = [vertigo, corridor, crossHairs, slipped] as const;
