import { AppError, shown } from '../../core/errors.js';
import { checkedConfidence } from './difference.js';

export interface ArmValueOptions {
  /** in (0, 1), default 0.95 */
  readonly confidence?: number;
  /** Σ of the scores' variances at which intervals are meant to be tightest; default 2,500. Must not depend on results */
  readonly tightestVariance?: number;
  /** what an arm is thought to earn before it was tried, in [0, 1]; default 0.5 */
  readonly priorMean?: number;
}

export interface ArmValue {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * What each arm earns, from data that a policy collected while it learned, to be looked at at any time. Averages of an arm's own rewards are biased then (an unlucky
 * arm is dropped before it can recover); these scores are not:
 *
 *   φ_t(a) = μ̂_{t−1}(a) + 1{A_t = a}·(R_t − μ̂_{t−1}(a)) / p_t(a)            E[φ_t(a) | past] = E[R_t | A_t = a]
 *
 * μ̂ is the arm's own average so far, which only makes them less noisy. Their mean has the martingale confidence sequence
 *
 *   φ̄ ± √( 2(Vρ² + 1)/(t²ρ²) · ln(√(Vρ² + 1)/α) ),   V(a) = ŝ_a²·Σ 1/p_t(a),   ρ² = (−2·ln α + ln(−2·ln α + 1)) / tightestVariance
 *
 * asymptotic, simultaneous over time, for one arm or one difference (where V = V(a) + V(b): no decision picks both). V bounds the conditional variances from what is
 * known before each draw: a sample variance of the scores would miss the rare large ones until they have come. ŝ² is the mean square of R − μ̂ where the arm was picked, with
 * some pseudo-trials at 1/4, the most it can be around a mean. Propensities must stay above 0 (a floor), or V grows with 1/p.
 *
 * @see Waudby-Smith et al., arXiv:2103.06476v7, § 2.5 (Lyapunov-type, martingale dependence); Hadad et al., PNAS 118(15), 2021 (the scores)
 * @see Robins, Rotnitzky & Zhao, JASA 89, 1994 (AIPW)
 */
export class ArmValueSequences {
  readonly #alpha: number;
  readonly #rho2: number;
  readonly #priorMean: number;
  #decisions = 0;
  /** shape (K): Σφ */
  readonly #scores: Float64Array;
  /** shape (K): Σ1/p */
  readonly #inverses: Float64Array;
  /** shape (K): Σ(R − μ̂)² where picked */
  readonly #squares: Float64Array;
  readonly #trials: Float64Array;
  readonly #rewards: Float64Array;

  /** @param arms K, 1 … 200. @throws AppError `statistics/bad-setting` */
  constructor(
    readonly arms: number,
    options: ArmValueOptions = {},
  ) {
    const { tightestVariance = 2_500, priorMean = 0.5 } = options;
    if (!(Number.isInteger(arms) && arms >= 1 && arms <= 200))
      throw new AppError('statistics/bad-setting', `${shown(arms)} arms; expected 1 to 200`);
    if (!(tightestVariance > 0 && tightestVariance < Infinity))
      throw new AppError(
        'statistics/bad-setting',
        `tightestVariance ${shown(tightestVariance)}; expected more than 0`,
      );
    this.#alpha = 1 - checkedConfidence(options.confidence ?? 0.95);
    this.#rho2 = (-2 * Math.log(this.#alpha) + Math.log(-2 * Math.log(this.#alpha) + 1)) / tightestVariance;
    this.#priorMean = priorMean;
    this.#scores = new Float64Array(arms);
    this.#inverses = new Float64Array(arms);
    this.#squares = new Float64Array(arms);
    this.#trials = new Float64Array(arms);
    this.#rewards = new Float64Array(arms);
  }

  /**
   * In the order in which decisions were made.
   *
   * @param arm picked
   * @param reward in [0, 1]
   * @param propensities shape (K): of all arms in this decision, each in (0, 1]
   * @throws AppError `statistics/bad-sample`, nothing is added then
   */
  add(arm: number, reward: number, propensities: ArrayLike<number>): void {
    this.#check(arm, reward, propensities);
    for (let a = 0; a < this.arms; a++) {
      this.#scores[a]! += this.#meanSoFar(a);
      this.#inverses[a]! += 1 / propensities[a]!;
    }
    const residual = reward - this.#meanSoFar(arm);
    this.#scores[arm]! += residual / propensities[arm]!;
    this.#squares[arm]! += residual * residual;
    this.#trials[arm]!++;
    this.#rewards[arm]! += reward;
    this.#decisions++;
  }

  /** @returns undefined before the second decision */
  value(arm: number): ArmValue | undefined {
    return this.#interval(this.#scores[arm]!, this.#variance(arm));
  }

  /** value(arm) − value(other), arm ≠ other */
  difference(arm: number, other: number): ArmValue | undefined {
    const variance = this.#variance(arm) + this.#variance(other);
    return this.#interval(this.#scores[arm]! - this.#scores[other]!, variance);
  }

  #interval(sum: number, variance: number): ArmValue | undefined {
    const t = this.#decisions;
    if (t < 2) return undefined;
    const estimate = sum / t;
    const grown = variance * this.#rho2 + 1;
    const margin = Math.sqrt(((2 * grown) / this.#rho2) * Math.log(Math.sqrt(grown) / this.#alpha)) / t;
    return { estimate, low: estimate - margin, high: estimate + margin };
  }

  #variance(arm: number): number {
    const meanSquare = (this.#squares[arm]! + PSEUDO_TRIALS / 4) / (this.#trials[arm]! + PSEUDO_TRIALS);
    return meanSquare * this.#inverses[arm]!;
  }

  /** One pseudo-trial of the prior mean keeps the first rewards from being taken at their word. */
  #meanSoFar(arm: number): number {
    return (this.#rewards[arm]! + this.#priorMean) / (this.#trials[arm]! + 1);
  }

  #check(arm: number, reward: number, propensities: ArrayLike<number>): void {
    if (!(arm >= 0 && arm < this.arms && reward >= 0 && reward <= 1 && propensities.length === this.arms)) {
      throw new AppError(
        'statistics/bad-sample',
        `arm ${shown(arm)}, reward ${shown(reward)}, ${propensities.length} propensities; expected an arm below ${this.arms}, a number in [0, 1], one propensity an arm`,
      );
    }
    for (let a = 0; a < this.arms; a++) {
      const p = propensities[a]!;
      if (!(p > 0 && p <= 1))
        throw new AppError('statistics/bad-sample', `propensity ${shown(p)}; expected a number in (0, 1]`);
    }
  }
}

const PSEUDO_TRIALS = 10;
