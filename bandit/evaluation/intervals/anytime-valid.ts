import { gammaExponentialBoundary } from './gamma-exponential-mixture.js';
import type { IntervalTracker, TrackedRow } from './interval.js';

/**
 * ρ of the mixture: the sequence is tightest near the intrinsic time V at which ρ = V/(ℓ + ln(1 + ℓ)), ℓ = 2·ln(1/2α) (Howard et al. 2021, section 3.5,
 * for the one-sided normal mixture, which this one approaches); here V = 100.
 */
const TIGHTEST_AT = 100;

/**
 * A lower confidence sequence for the running mean of conditional means μ_i = E[φ_i | past], of numbers φ_i ≥ −k:
 *
 *   ξ_i = φ_i/(k + 1),   ξ̂_i = ( (½/(k + 1) + Σ_{j≤i} ξ_j) / (i + 1) ) ∧ 1/(k + 1)
 *   S_t(μ) = Σ ξ_i − t·μ/(k + 1),   V_t = Σ (ξ_i − ξ̂_{i−1})²
 *   L_t = (k + 1)/t · ( Σ ξ_i − S* ),   where the gamma-exponential mixture M(S*, V_t) = 1/α
 *
 * P(∃t: L_t > (1/t) Σ μ_i) ≤ α. No upper bound on φ is needed, nor independence of the rows.
 */
export class LowerConfidenceSequence {
  private t = 0;
  private sum = 0;
  private intrinsicTime = 0;
  private readonly rho: number;

  /**
   * @param floor k ≥ 0
   * @param alpha in (0, ½)
   */
  constructor(
    private readonly floor: number,
    private readonly alpha: number,
  ) {
    const log = 2 * Math.log(1 / (2 * alpha));
    this.rho = TIGHTEST_AT / (log + Math.log(1 + log));
  }

  add(score: number): void {
    const scale = this.floor + 1;
    const xi = score / scale;
    const forecast = Math.min(1 / scale, (0.5 / scale + this.sum) / (this.t + 1));
    this.intrinsicTime += (xi - forecast) ** 2;
    this.sum += xi;
    this.t++;
  }

  /** L_t; −Infinity before the first number */
  bound(): number {
    if (this.t === 0) return -Infinity;
    const boundary = gammaExponentialBoundary(this.intrinsicTime, this.rho, this.alpha);
    return ((this.floor + 1) / this.t) * (this.sum - boundary);
  }
}

/** The two pseudo-outcomes of a row, each unbiased: of the value, and of one minus the value. */
export interface PseudoOutcomes {
  readonly lower: (row: TrackedRow) => number;
  readonly upper: (row: TrackedRow) => number;
  /** k: neither is below −k */
  readonly floor: number;
}

/**
 * Anytime-valid off-policy interval for rewards in [0, 1]: the empirical Bernstein confidence sequence by a conjugate mixture, for the running mean of
 * policy values that may change with time.
 *
 *   IPW: φ_ℓ = w·r, φ_u = w·(1 − r), k = 0
 *   DR:  φ_ℓ = Σ_a π(a|x)·q̂(x, a) + w·(r − q̂(x, a_i)), φ_u = 1 − φ_ℓ, k = W ≥ every w    (the paper's [q̂ ∧ k/w], with k so large that nothing is cut)
 *   C_t = [ L_t(φ_ℓ) ∨ 0,  1 − (L_t(φ_u) ∨ 0) ],   each side at α/2
 *
 * P(∀t: (1/t) Σ ν_i ∈ C_t) ≥ 1 − α with ν_i = E_π[r | x_i …, past]: it may be read after every row and the log may stop when the answer is clear. Logging and target
 * may both learn while the log is made, rows of one member may depend on each other, IPW needs no bound on the weights; what is needed are the logged
 * propensities, and a q̂ that has seen only earlier rows. Wider than an interval for one n. Where the target does what the log never did, φ_ℓ stays a lower
 * bound (of IPW); φ_u does not: read the verdict.
 *
 * @see Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro, Anytime-valid off-policy inference for contextual bandits, arXiv:2210.10768: pseudo-outcomes in section 2,
 * the sequence in section 3
 */
export function anytimeValidTracker(outcomes: PseudoOutcomes, confidence: number): IntervalTracker {
  const tail = (1 - confidence) / 2;
  const lower = new LowerConfidenceSequence(outcomes.floor, tail);
  const upper = new LowerConfidenceSequence(outcomes.floor, tail);
  return {
    method: 'anytime-valid',
    add(row) {
      lower.add(outcomes.lower(row));
      upper.add(outcomes.upper(row));
    },
    read: () => ({
      method: 'anytime-valid',
      low: Math.max(0, lower.bound()),
      high: 1 - Math.max(0, upper.bound()),
      guarantee: 'anytime',
      note: 'empirical Bernstein confidence sequence of the running mean value',
    }),
  };
}
