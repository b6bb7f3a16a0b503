import { standing, birds, cloud } from '../figures.js';
import { backdrop, between, group, n, path, pick, rect, repeat, ridge, stroke, type Brush } from '../svg.js';

/** Soft hills, a house and balloons. */
function familyBalloons(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 440, 490);
  const colours = [p.accent, '#ffd166', '#6ecbf5', '#b79cf2', p.mid];
  const balloons = repeat(11, (i) => {
    const bx = x + between(rng, -62, 62);
    const by = between(rng, 40, 128);
    const r = between(rng, 19, 27);
    const line = `<path d="M${n(bx)} ${n(by + r)}Q${n((bx + x) / 2)} 190 ${n(x)} 214" stroke="${p.ink}" stroke-width="1.2" fill="none" opacity="0.5"/>`;
    return `${line}<ellipse cx="${n(bx)}" cy="${n(by)}" rx="${n(r)}" ry="${n(r * 1.18)}" fill="${colours[i % colours.length]!}"/><ellipse cx="${n(bx - r * 0.35)}" cy="${n(by - r * 0.45)}" rx="${n(r * 0.18)}" ry="${n(r * 0.3)}" fill="#fff" opacity="0.7"/>`;
  });
  const house = group(
    `translate(${n(x)} 258)`,
    rect(-32, -36, 64, 44, p.light) +
      path('M-42 -34L0 -66L42 -34Z', p.accent) +
      rect(-8, -22, 17, 30, p.ink) +
      rect(16, -26, 11, 11, '#6ecbf5'),
  );
  return (
    backdrop(brush, [p.far, p.near], 0) +
    cloud(190, 76, 1, p.light, 0.9) +
    cloud(330, 124, 0.6, p.light, 0.8) +
    ridge(rng, 244, 40, 3, p.mid, 0.55) +
    balloons +
    house +
    ridge(rng, 272, 34, 4, p.mid)
  );
}

/** A rainbow over hills, and a family of four on the nearest. */
function familyRainbow(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 462, 492);
  const bow = repeat(5, (i) => {
    const colour = ['#ff6b6b', '#ffa94d', '#ffe066', '#69db7c', '#74c0fc'][i]!;
    return `<circle cx="${n(x)}" cy="262" r="${206 - i * 20}" fill="none" stroke="${colour}" stroke-width="20"/>`;
  });
  const heights = [112, 64, 104, 48];
  const people = heights
    .map((h, i) => standing(x - 62 + i * 40, 300, h, p.ink, i % 2 === 0 ? 0.8 : 1.3))
    .join('');
  return (
    backdrop(brush, [p.far, p.near], 0) +
    bow +
    cloud(x - 190, 236, 1, p.light, 0.95) +
    cloud(x + 176, 232, 0.9, p.light, 0.95) +
    ridge(rng, 276, 20, 3, p.mid) +
    people +
    pick(rng, [cloud(170, 70, 0.7, p.light, 0.85), birds(rng, 190, 84, p.ink)])
  );
}

/** A balloon large enough to ride, striped, over small hills. */
function familyRide(brush: Brush): string {
  const { rng, palette: p } = brush;
  const x = between(rng, 440, 480);
  const stripes = ['#ff6b6b', '#ffd166', '#74c0fc', p.accent];
  const turn = rng.below(stripes.length);
  const envelope = [112, 74, 30]
    .map((w, i) => {
      const half = `A${w} 116 0 0 1 ${w} -20Q${n(w * 0.9)} 44 ${n(w * 0.22)} 104H${n(-w * 0.22)}Q${n(-w * 0.9)} 44 ${n(-w)} -20Z`;
      return path(`M${n(-w)} -20${half}`, stripes[(i + turn) % stripes.length]!);
    })
    .join('');
  const basket =
    stroke('M-20 104L-17 136M20 104L17 136', p.ink, 2.5) + path('M-21 136H21L16 164H-16Z', p.ink);
  return (
    backdrop(brush, [p.far, p.near], 0) +
    cloud(180, 80, 1, p.light, 0.95) +
    cloud(x - 170, 170, 0.7, p.light, 0.85) +
    cloud(x + 120, 210, 0.8, p.light, 0.9) +
    ridge(rng, 276, 34, 4, p.mid, 0.6) +
    ridge(rng, 306, 28, 5, p.mid) +
    group(`translate(${n(x)} 140) rotate(${n(between(rng, -7, 7))})`, envelope, basket) +
    birds(rng, 250, 170, p.ink)
  );
}

export const FAMILY_SCENES = [familyRide, familyBalloons, familyRainbow] as const;
