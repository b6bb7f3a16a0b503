import type { Rng } from '../../core/rng.js';
import { DEMO_THEMES } from '../catalogue/themes.js';

/**
 * How common each theme is among tastes: the Dirichlet's base measure. Uneven, so that there is a best picture for everyone; sparse
 * (the weights sum to about 1.9 over 12 themes), so that most members love one or two things and their best picture is another.
 */
const THEME_PREVALENCE: Readonly<Record<(typeof DEMO_THEMES)[number], number>> = {
  action: 0.18,
  adventure: 0.11,
  comedy: 0.19,
  crime: 0.12,
  drama: 0.14,
  family: 0.11,
  horror: 0.12,
  romance: 0.15,
  'science-fiction': 0.14,
  thriller: 0.12,
  star: 0.26,
  ensemble: 0.24,
};

/** Words for a taste in the member picker. */
const TASTE_WORDS: Partial<Record<string, string>> = {
  star: 'faces',
  ensemble: 'ensembles',
  'science-fiction': 'sci-fi',
};

/**
 * A hidden taste: a draw from Dirichlet(THEME_PREVALENCE), scaled so that the strongest theme is 1.
 *
 * @returns shape (E), each in [0, 1], in the order of DEMO_THEMES
 */
export function drawTaste(rng: Rng): Float64Array {
  const taste = new Float64Array(DEMO_THEMES.length);
  // Small shapes underflow to 0 all at once very rarely; then there is no taste to speak of and we draw again.
  for (;;) {
    for (const [e, theme] of DEMO_THEMES.entries()) taste[e] = gamma(THEME_PREVALENCE[theme], rng);
    const most = Math.max(...taste);
    if (most > 0) return taste.map((weight) => weight / most);
  }
}

/**
 * Gamma(shape, 1) by Marsaglia and Tsang's squeeze, boosted for shape < 1 (A Simple Method for Generating Gamma Variables, ACM TOMS 26(3), 2000).
 */
function gamma(shape: number, rng: Rng): number {
  if (shape < 1) return gamma(shape + 1, rng) * rng.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = rng.normal();
    const v = (1 + c * z) ** 3;
    if (v > 0 && Math.log(rng.uniform()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** What a member would say of their own taste: noisy, faint likes left out, two decimals. */
export function declareTaste(taste: Float64Array, noise: number, rng: Rng): Record<string, number> {
  const declared: Record<string, number> = {};
  for (const [e, theme] of DEMO_THEMES.entries()) {
    const weight = Math.min(1, Math.max(0, taste[e]! + noise * rng.normal()));
    if (weight >= 0.15) declared[theme] = Math.round(weight * 100) / 100;
  }
  return declared;
}

/** "horror, faces": the strongest theme and, when it is at least a third as strong, the second. */
export function tasteWords(taste: Float64Array): string {
  const order = DEMO_THEMES.map((theme, e) => ({ theme, weight: taste[e]! })).sort(
    (a, b) => b.weight - a.weight,
  );
  return order
    .slice(0, 2)
    .filter(({ weight }) => weight >= 1 / 3)
    .map(({ theme }) => TASTE_WORDS[theme] ?? theme)
    .join(', ');
}
