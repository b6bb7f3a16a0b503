/** Half-width, in deviations, of what counts of a normal: Φ(−5.2) = 1.0e-7. */
export const REACH = 5.2;
/** Where an arm's Φ counts as 1 and its density as 0. */
export const ARM_END = 5.25;
/** A deviation of 0 (or very near) becomes this share of the largest one. */
export const SMALLEST_SHARE = 1e-6;

/** Distance, in deviations, over which steps begin to widen. */
const WIDENING = 6;
/**
 * Step in deviations of the sharpest arm, by the number of arms that can win: up to 2^index. The more arms, the narrower their maximum, and the trapezoid rule converges like
 * exp(−2π²s²/step²) for a maximum of deviation s. Chosen by search: the widest whose error stayed under 1e-5 on 150 drawn slates of each size.
 */
const STEPS = [0.6, 0.6, 0.6, 0.5, 0.43, 0.38, 0.34, 0.3, 0.27] as const;

/** Nodes and weights of one quadrature rule, in units of the sharpest arm's deviation, from where the maximum begins to be possible. */
export interface Grid {
  /** shape (N), rising; the last ends every arm there can be */
  readonly nodes: Float64Array;
  /** shape (N) */
  readonly weights: Float64Array;
}

/**
 * The trapezoid rule (at midpoints) on x = c·sinh(h·u/c): even steps of h near 0 that widen in proportion to x beyond c.
 *
 * Why this serves deviations however far apart: every arm that can win reaches `low`, the highest of all arms' low ends, so at distance x from it only arms with
 * 2·REACH·σ ≥ x still bend. The finest scale that matters grows with x, and log(σ ratio) decides how many nodes there are (8 arms alike: 20; σ ratio 100: 75; 10⁶: 180).
 *
 * @see Trefethen & Weideman, The exponentially convergent trapezoidal rule, SIAM Review 2014 (rate; variable transformations, §14)
 */
function sinhGrid(step: number): Grid {
  const end = (REACH + ARM_END) / SMALLEST_SHARE;
  // In fours, one SIMD vector: the last begins beyond the end.
  const vectors = Math.ceil(((WIDENING / step) * Math.asinh(end / WIDENING)) / 4) + 1;
  const nodes = new Float64Array(4 * vectors);
  const weights = new Float64Array(4 * vectors);
  for (let j = 0; j < nodes.length; j++) {
    const u = (step * (j + 0.5)) / WIDENING;
    nodes[j] = WIDENING * Math.sinh(u);
    weights[j] = step * Math.cosh(u);
  }
  return { nodes, weights };
}

/** Index: see {@link gridIndex}. */
export const GRIDS: readonly Grid[] = STEPS.map(sinhGrid);

/** Nodes of the longest grid. */
export const MAX_NODES = Math.max(...GRIDS.map(({ nodes }) => nodes.length));

/** Which grid serves `count` arms that can win: ⌈log₂ count⌉. */
export function gridIndex(count: number): number {
  return 32 - Math.clz32(count - 1);
}
