import { interleavedDot } from './interleaved-dot.js';

/** x as float64, v, √s and g: one set for the module, as long as the longest so far. No call outlives the next. */
let scratch = scratchOf(0);

function scratchOf(
  dimension: number,
): Readonly<Record<'x' | 'v' | 'root' | 'g', Float64Array>> & { readonly dimension: number } {
  const vector = (): Float64Array => new Float64Array(dimension);
  return { dimension, x: vector(), v: vector(), root: vector(), g: vector() };
}

/**
 * One trial (x, w, r) into a Bayesian ridge posterior held as W = L⁻¹ (A = L·Lᵀ, WᵀW = A⁻¹) and θ = A⁻¹b. For A′ = A + w·xxᵀ and b′ = b + w·r·x, in one
 * sweep over the rows of W, O(d²) and with no matrix to factorise:
 *
 *   v = √w·W·x,   s_i = 1 + Σ_{k ≤ i} v_k²,   s_0 = 1,   g_i = Σ_{j < i} v_j·W_j
 *   W′_i = √(s_{i−1}/s_i)·W_i − v_i/√(s_{i−1}·s_i)·g_i
 *   θ′ = θ + A′⁻¹x·w·(r − x·θ),   A′⁻¹x = g_{d+1}/(√w·s_d)
 *
 * because A′ = L(I + vvᵀ)Lᵀ, the Cholesky factor M of I + vvᵀ has a closed inverse, W′ = M⁻¹W, and the last g is √w·A⁻¹x (Sherman–Morrison gives
 * A′⁻¹x = A⁻¹x/s_d). Every diagonal entry stays positive, so nothing can become indefinite; rounding errors add up slowly, and the caller factorises anew on a schedule.
 *
 * Shapes and values are the caller's promise (an inner loop): x and w finite, w ≥ 0.
 *
 * @param inverseLower packed, shape (d(d+1)/2): W, becomes W′
 * @param x            shape (≥ d)
 * @param weight       w ≥ 0; 0 changes nothing
 * @param theta        shape (≥ d): θ, becomes θ′
 * @param reward       r, the reward of this trial
 * @returns s_d = 1 + w·xᵀA⁻¹x = det A′ / det A, ≥ 1
 * @see Gill, Golub, Murray & Saunders, Methods for Modifying Matrix Factorizations, Math. Comp. 28 (1974), method C3
 * @example const w = Float64Array.of(1); const t = Float64Array.of(0); updateInverseFactor(w, 1, Float64Array.of(1), 3, t, 0.5); t // => Float64Array.of(0.375)
 */
export function updateInverseFactor(
  inverseLower: Float64Array,
  dimension: number,
  x: Float32Array | Float64Array,
  weight: number,
  theta: Float64Array,
  reward: number,
): number {
  if (scratch.dimension < dimension) scratch = scratchOf(dimension);
  const context = scratch.x;
  for (let i = 0; i < dimension; i++) context[i] = x[i]!;
  const weightRoot = Math.sqrt(weight);
  const grown = project(inverseLower, dimension, weightRoot);
  sweep(inverseLower, dimension);
  const { g } = scratch;
  const step = (weightRoot / grown) * (reward - interleavedDot(theta, 0, context, 0, dimension));
  for (let i = 0; i < dimension; i++) theta[i] = theta[i]! + step * g[i]!;
  return grown;
}

/** v and √s. @returns s_d */
function project(inverseLower: Float64Array, dimension: number, weightRoot: number): number {
  const { x, v, root } = scratch;
  let s = 1;
  let row = 0;
  for (let i = 0; i < dimension; i++) {
    const value = weightRoot * interleavedDot(inverseLower, row, x, 0, i + 1);
    s += value * value;
    v[i] = value;
    root[i] = Math.sqrt(s);
    row += i + 1;
  }
  return s;
}

/** W′ from W, v and √s, and g. */
function sweep(inverseLower: Float64Array, dimension: number): void {
  const { v, root, g } = scratch;
  g.fill(0, 0, dimension);
  let before = 1;
  let row = 0;
  for (let i = 0; i < dimension; i++) {
    const [vi, after] = [v[i]!, root[i]!];
    const keep = before / after;
    const correct = vi / (before * after);
    for (let j = 0; j <= i; j++) {
      const old = inverseLower[row + j]!;
      inverseLower[row + j] = keep * old - correct * g[j]!;
      g[j] = g[j]! + vi * old;
    }
    before = after;
    row += i + 1;
  }
}
