import { AppError } from '../../core/errors.js';
import { packedLength } from '../linalg/packed.js';
import { MAX_ARMS, type Slate } from '../policy.js';
import type { HybridModel } from './hybrid-model.js';

/** Posterior of a slate's arms: score(a) ~ mean + σ·(√own(a)·ε_a + common(a)·z), ε_a and z independent standard normal. */
export interface HybridScores {
  /** shape (≥ K): xᵀA_a⁻¹x, the artwork's own variance, in σ² */
  readonly own: Float64Array;
  /** shape (≥ K, d) row-major: c_a with c_a·c_b = λ²·(A_a⁻¹x_a)ᵀA₀⁻¹(A_b⁻¹x_b), what arms share, in σ² */
  readonly common: Float64Array;
  /** shape (d) each: T·x, then TᵀT·x */
  readonly half: Float64Array;
  readonly whole: Float64Array;
}

export function hybridScores(dimension: number): HybridScores {
  return {
    own: new Float64Array(MAX_ARMS),
    common: new Float64Array(MAX_ARMS * dimension),
    half: new Float64Array(dimension),
    whole: new Float64Array(dimension),
  };
}

/**
 * With g = TᵀT·x = λA_a⁻¹x:  mean = x·m_a + g·β = x·(β + θ_a),  own = ‖T·x‖²/λ,  common = R⁻¹g/√λ. O(K·d²): three triangles per arm.
 *
 * @param means shape (≥ K), written
 * @throws AppError `bandit/bad-score` when a mean or variance is not finite
 */
export function scoreHybrid(
  model: HybridModel,
  slate: Slate,
  lambda: number,
  means: Float64Array,
  out: HybridScores,
): void {
  const d = model.dimension;
  const { beta, sharedInverseLower: shared } = model;
  for (let a = 0; a < slate.size; a++) {
    let mean = projectContext(model, slate, a, out);
    let own = 0;
    for (let i = 0; i < d; i++) {
      mean += out.whole[i]! * beta[i]!;
      own += out.half[i]! ** 2;
    }
    for (let i = 0; i < d; i++) {
      const at = packedLength(i);
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += shared[at + j]! * out.whole[j]!;
      out.common[a * d + i] = sum / Math.sqrt(lambda);
    }
    if (!(Math.abs(mean) < Infinity && own < Infinity)) {
      throw new AppError(
        'bandit/bad-score',
        `arm ${a} has mean ${mean}, variance ${own}; expected finite numbers`,
      );
    }
    means[a] = mean;
    out.own[a] = own / lambda;
  }
}

/** Variance of an arm's score in σ²: its own and what it shares. */
export function totalVariance(scores: HybridScores, arm: number, dimension: number): number {
  let variance = scores.own[arm]!;
  for (let i = arm * dimension; i < (arm + 1) * dimension; i++) variance += scores.common[i]! ** 2;
  return variance;
}

/** Fills half = T·x and whole = Tᵀ(T·x); T = I for a row never fitted. @returns x·m */
function projectContext(model: HybridModel, slate: Slate, a: number, { half, whole }: HybridScores): number {
  const { artworks, dimension: d } = model;
  const { contexts } = slate;
  const xAt = a * d;
  const slot = artworks.slotOf(slate.rows[a]!);
  if (slot < 0) {
    for (let i = 0; i < d; i++) half[i] = whole[i] = contexts[xAt + i]!;
    return 0;
  }
  const [values, offset] = [artworks.block(slot), artworks.offset(slot)];
  let mean = 0;
  whole.fill(0);
  for (let i = 0; i < d; i++) {
    mean += values[offset + i]! * contexts[xAt + i]!;
    const at = offset + d + packedLength(i);
    let y = 0;
    for (let j = 0; j <= i; j++) y += values[at + j]! * contexts[xAt + j]!;
    half[i] = y;
    for (let j = 0; j <= i; j++) whole[j] = whole[j]! + values[at + j]! * y;
  }
  return mean;
}
