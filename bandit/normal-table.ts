import normal from '@stdlib/stats-base-dists-normal';

/**
 * Φ and the reversed hazard φ/Φ of the standard normal, tabulated side by side on [T_MIN, T_MAX] at steps of 1/128 and read by linear
 * interpolation: one index serves both, 24 KB stays in the first-level cache.
 *
 * Stated error (step²/8 · max|f″|): Φ within 2e-6, φ/Φ within 8e-6. Below T_MIN the caller must not ask; above T_MAX Φ = 1 within 1e-9.
 */
export const T_MIN = -5.5;
export const T_MAX = 6;
export const STEPS_PER_UNIT = 128;

/** shape (2·(steps + 2)): Φ(t₀), φ/Φ(t₀), Φ(t₁), φ/Φ(t₁), …; one entry beyond T_MAX so that interpolation at it stays inside */
export const NORMAL_TABLE: Float64Array = tabulate();

function tabulate(): Float64Array {
  const steps = Math.round((T_MAX - T_MIN) * STEPS_PER_UNIT) + 2;
  const table = new Float64Array(2 * steps);
  for (let i = 0; i < steps; i++) {
    const t = T_MIN + i / STEPS_PER_UNIT;
    const cdf = normal.cdf(t, 0, 1);
    table[2 * i] = cdf;
    table[2 * i + 1] = Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI) / cdf;
  }
  return table;
}
