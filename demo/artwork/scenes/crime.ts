import { hatted, skyline } from '../figures.js';
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

/** Light through venetian blinds on a man in a hat. */
function blinds(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 440, 470);
  const tilt = between(rng, -8, -3);
  const slats = repeat(11, (i) => rect(250, -30 + i * 33, 460, 17, p.light, 0.82));
  const bust =
    'M-120 210C-116 140 -70 122 -34 110L-30 84C-50 66 -54 36 -50 8L-96 10Q-100 -2 -52 -16L-44 -62Q-34 -86 0 -78Q34 -86 46 -62L54 -16Q104 -2 98 10L52 8C56 36 50 68 32 84L36 110C74 122 118 140 122 210Z';
  const id = brush.id('c');
  return (
    backdrop(brush, [p.near, p.far], 0.6) +
    glow(brush, 'g', x, 150, 260, p.accent, 0.55) +
    group(`rotate(${n(tilt)} ${n(x)} 150)`, slats) +
    `<clipPath id="${id}"><path d="${bust}"/></clipPath>` +
    group(
      `translate(${n(x)} 150)`,
      path(bust, p.ink),
      `<g clip-path="url(#${id})">${group(
        `rotate(${n(tilt)})`,
        repeat(10, (i) => rect(-140, -150 + i * 33, 280, 6, p.accent, 0.5)),
      )}</g>`,
    )
  );
}

/** A fingerprint, large. */
function fingerprint(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 435, 465);
  const y = 152;
  const ridges = repeat(10, (i) => {
    const rx = 12 + i * 11;
    const ry = 16 + i * 14;
    const gap = between(rng, 10, 60);
    const dash = `${n(between(rng, 90, 220))} ${n(gap * 0.25)} ${n(between(rng, 60, 160))} ${n(gap * 0.2)}`;
    return `<ellipse cx="${n(x + Math.sin(i) * 3)}" cy="${n(y + i * 1.6)}" rx="${rx}" ry="${ry}" fill="none" stroke="${p.light}" stroke-width="5.2" stroke-linecap="round" stroke-dasharray="${dash}" stroke-dashoffset="${n(between(rng, 0, 120))}"/>`;
  });
  return (
    backdrop(brush, [p.far, p.near], 0.7) +
    glow(brush, 'g', x, y, 230, p.accent, 0.6) +
    group(`rotate(${n(between(rng, -22, 22))} ${n(x)} ${y})`, ridges) +
    path(`M${n(x + 96)} ${y + 96}l52 52`, p.accent) +
    `<circle cx="${n(x)}" cy="${y}" r="128" fill="none" stroke="${p.accent}" stroke-width="11"/><path d="M${n(x + 92)} ${y + 92}l62 62" stroke="${p.accent}" stroke-width="20" stroke-linecap="round"/>`
  );
}

/** A street lamp, a wet street, somebody waiting. */
function streetLamp(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 440, 490);
  return (
    backdrop(brush, [p.near, p.far], 0) +
    skyline(rng, 250, p.ink, p.light, 0.16) +
    glow(brush, 'g', x, 84, 190, p.light, 0.85) +
    polygon(
      [
        [x - 16, 84],
        [x + 16, 84],
        [x + 138, 322],
        [x - 138, 322],
      ],
      p.light,
      0.34,
    ) +
    rect(0, 306, WIDTH, HEIGHT, p.ink) +
    `<ellipse cx="${n(x)}" cy="322" rx="140" ry="20" fill="${p.accent}" opacity="0.9"/>` +
    rect(x + 78, 60, 7, 262, p.ink) +
    path(
      `M${n(x + 82)} 62Q${n(x + 70)} 34 ${n(x + 8)} 48L${n(x + 8)} 56Q${n(x + 62)} 46 ${n(x + 76)} 70Z`,
      p.ink,
    ) +
    path(`M${n(x - 26)} 78L${n(x - 12)} 54H${n(x + 14)}L${n(x + 28)} 78Z`, p.ink) +
    circle(x + 1, 80, 12, p.light) +
    hatted(x - 30, 326, 176, p.ink)
  );
}

/** A chalk outline under a numbered marker. */
function chalkOutline(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 430, 460);
  const body =
    'M-10 -112Q16 -118 20 -92Q18 -74 8 -70L34 -58L92 -92L104 -74L44 -30L38 12L72 58L64 108L42 108L46 66L8 34L-28 64L-74 92L-86 74L-44 44L-22 6L-26 -34L-78 -20L-84 -42L-22 -62Q-32 -76 -28 -92Q-24 -106 -10 -112Z';
  const tape = (y: number, turn: number): string =>
    group(
      `translate(${n(x)} ${y}) rotate(${n(turn)})`,
      rect(-420, -15, 840, 30, p.accent),
      repeat(20, (i) =>
        polygon(
          [
            [-420 + i * 44, -15],
            [-398 + i * 44, -15],
            [-412 + i * 44, 15],
            [-434 + i * 44, 15],
          ],
          p.ink,
        ),
      ),
    );
  return (
    backdrop(brush, [p.mid, p.far, p.near], 0.3) +
    glow(brush, 'g', x, 150, 240, p.mid, 0.9) +
    group(
      `translate(${n(x)} 156) rotate(${n(between(rng, -40, 30))}) scale(1.15)`,
      `<path d="${body}" fill="none" stroke="${p.letters}" stroke-width="8" stroke-linejoin="round" stroke-dasharray="46 5 22 4"/>`,
    ) +
    tape(30, between(rng, -9, -4)) +
    circle(x + 4, 150, 3, p.accent)
  );
}

export const CRIME_SCENES = [blinds, fingerprint, streetLamp, chalkOutline] as const;
