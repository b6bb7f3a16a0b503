import { ipw, type Estimator } from '../../bandit/evaluation/index.js';
import { actionFeatures } from './features.js';
import { slotTask, writePropensities } from './decision.js';
import type { Asked } from './requests.js';
import type { PolicySettings } from './service-settings.js';
import type { SharedModel } from './shared-model.js';

export type PolicySource = 'Online' | 'Baseline' | 'Random' | 'Custom';

/** One logged call of Rank, of one slot: what a policy is asked about before it is told the reward. */
export interface LoggedRank {
  readonly asked: Asked;
  readonly chosen: number;
  /** shape (K) */
  readonly propensities: Float32Array;
}

/** A policy being evaluated, and what it would have earned. */
export class EvaluatedPolicy {
  readonly #estimator: Estimator = ipw();
  #weightedRewards = 0;
  #weights = 0;
  #squares = 0;
  #rows = 0;
  #nonZero = 0;

  constructor(
    readonly name: string,
    readonly source: PolicySource,
    readonly settings: PolicySettings,
    /** learns as the log goes by, from what was logged; of a custom policy */
    readonly model?: SharedModel,
  ) {}

  /** Probability with which it would have chosen the logged action, by what it knew then. */
  targetOf({ asked, chosen, propensities }: LoggedRank): number {
    const task = slotTask(asked, 0, new Set());
    if (this.source === 'Online') return propensities[chosen]!;
    if (this.source === 'Baseline') return chosen === task.baseline ? 1 : 0;
    if (this.source === 'Random') return 1 / task.offered.length;
    const features = asked.actions.map(({ id, features: list }) => actionFeatures(id, list));
    const would = new Float32Array(asked.actions.length);
    writePropensities(this.model!, task, features, would);
    return Math.min(1, would[chosen]!);
  }

  /** @param reward as the application counts it */
  add(reward: number, loggingPropensity: number, targetPropensity: number): void {
    this.#estimator.add({ reward, loggingPropensity, targetPropensity });
    const weight = targetPropensity / loggingPropensity;
    this.#rows++;
    this.#weights += weight;
    this.#weightedRewards += weight * reward;
    this.#squares += (weight * reward) ** 2;
    if (weight > 0) this.#nonZero++;
  }

  /** IPS over the whole range: the mean is ipsEstimatorNumerator / ipsEstimatorDenominator, SNIPS divides by snipsEstimatorDenominator. */
  summary(endTime: string, windowIso: string) {
    const { value, high } = this.#estimator.estimate();
    return {
      timeStamp: endTime,
      ipsEstimatorNumerator: this.#weightedRewards,
      ipsEstimatorDenominator: this.#rows,
      snipsEstimatorDenominator: this.#weights,
      aggregateTimeWindow: windowIso,
      nonZeroProbability: this.#nonZero,
      sumOfSquares: this.#squares,
      ...(Number.isFinite(high) && { confidenceInterval: high - value }),
      averageReward: value,
    };
  }

  /** n, verdict and reason of the estimate. */
  get estimate() {
    return this.#estimator.estimate();
  }
}
