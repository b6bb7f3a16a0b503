import { armAt, checkIndex, type LoggedOutcome } from './logged-outcome.js';

/** Arms are numbered below this by default: two numbers of 8 bytes are held for each up to the largest seen. */
export const MOST_ARMS = 65_536;

/** What the weights of a log say about how well it can answer for a target. Holds sums, and two numbers per arm. */
export class WeightLedger {
  private rows = 0;
  private weightSum = 0;
  private squaredWeightSum = 0;
  private believedSum = 0;
  private rewardSum = 0;
  private squaredRewardSum = 0;
  private largestWeight = 0;

  private vectorRows = 0;
  private targetMass = new Float64Array(64);
  private timesLogged = new Float64Array(64);

  constructor(private readonly maxArms = MOST_ARMS) {}

  /** @throws AppError `evaluation/bad-outcome` when an arm's number is out of range; nothing is changed by asking */
  check(outcome: LoggedOutcome): void {
    const arms = outcome.targetProbabilities?.length ?? 0;
    for (let a = 0; a < arms; a++) checkIndex('arm', armAt(outcome, a), this.maxArms);
  }

  /**
   * @param weight   ≥ 0; the outcome has been checked
   * @param believed how much of it enters the value
   */
  add(weight: number, outcome: LoggedOutcome, believed = weight): void {
    const product = weight * outcome.reward;
    this.rows++;
    this.weightSum += weight;
    this.believedSum += believed;
    this.squaredWeightSum += weight * weight;
    this.rewardSum += product;
    this.squaredRewardSum += product * product;
    if (weight > this.largestWeight) this.largestWeight = weight;
    const { targetProbabilities, chosen } = outcome;
    if (targetProbabilities === undefined || chosen === undefined) return;
    this.vectorRows++;
    for (let a = 0; a < targetProbabilities.length; a++) {
      const arm = armAt(outcome, a);
      if (arm >= this.targetMass.length) this.growTo(arm);
      this.targetMass[arm]! += targetProbabilities[a]!;
    }
    this.timesLogged[armAt(outcome, chosen)]! += 1;
  }

  get n(): number {
    return this.rows;
  }
  get sumOfWeights(): number {
    return this.weightSum;
  }
  get meanWeight(): number {
    return this.weightSum / this.rows;
  }
  get maxWeight(): number {
    return this.largestWeight;
  }
  /** share of the weight that does not enter the value, in [0, 1]; 0 when every weight is 0 */
  get disbelievedShare(): number {
    return this.weightSum > 0 ? Math.max(0, 1 - this.believedSum / this.weightSum) : 0;
  }
  /** (Σw)² / Σw²: 0 when every weight is 0. @see Kish 1965 */
  get effectiveSampleSize(): number {
    return this.squaredWeightSum > 0 ? this.weightSum ** 2 / this.squaredWeightSum : 0;
  }
  /** (Σwr)² / Σ(wr)²: how many equally rewarded rows the value rests on; 0 without any reward */
  get effectiveRewards(): number {
    return this.squaredRewardSum > 0 ? this.rewardSum ** 2 / this.squaredRewardSum : 0;
  }

  /** standard error of the mean weight, rows taken as independent; Infinity for fewer than two */
  get meanWeightError(): number {
    if (this.rows < 2) return Infinity;
    const scatter = this.squaredWeightSum - this.weightSum ** 2 / this.rows;
    return Math.sqrt(Math.max(0, scatter) / (this.rows - 1) / this.rows);
  }

  /** (1/n) Σ_i Σ π(a | x_i) over arms a that no row logged, in [0, 1]; NaN when no row gave the target's whole vector */
  get neverLoggedMass(): number {
    if (this.vectorRows === 0) return NaN;
    let mass = 0;
    for (let arm = 0; arm < this.targetMass.length; arm++) {
      if (this.timesLogged[arm] === 0) mass += this.targetMass[arm]!;
    }
    return mass / this.vectorRows;
  }

  private growTo(arm: number): void {
    const length = Math.min(this.maxArms, Math.max(arm + 1, 2 * this.targetMass.length));
    for (const name of ['targetMass', 'timesLogged'] as const) {
      const grown = new Float64Array(length);
      grown.set(this[name]);
      this[name] = grown;
    }
  }
}
