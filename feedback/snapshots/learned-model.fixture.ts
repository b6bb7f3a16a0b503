import { ArmStatistics } from '../../bandit/arm-statistics.js';
import { createPolicy } from '../../bandit/policies/index.js';
import { isWeightedModel } from '../../bandit/policies/weighted-model.js';
import type { Model } from '../../bandit/policy.js';
import { emptyPrior } from '../../bandit/prior.js';
import { seededRng } from '../../core/rng.js';
import type { Snapshot } from '../update/snapshot.js';

export const D = 32;
export const POLICY = createPolicy('linear-thompson', {}, D);
export const CONTEXT_SCHEMA = '0123456789ab';

const ROWS_PER_PART = 32;

/** A model as a learner would publish it, learned from random trials: 2,244 bytes a row. */
export class LearnedModel {
  readonly #statistics = new ArmStatistics({ dimension: D });
  readonly #prior = emptyPrior(D);
  readonly #rng;
  /** of the last snapshot */
  version = 0;

  constructor(
    readonly modelKey: string,
    readonly rows: number,
    seed: number,
  ) {
    this.#rng = seededRng(seed);
    for (let row = 0; row < rows; row++) this.#learn(row);
  }

  base(version = this.version + 1): Snapshot {
    const parts = [POLICY.fit(new ArmStatistics({ dimension: D }), this.#prior)];
    for (let from = 0; from < this.rows; from += ROWS_PER_PART) {
      const rows = Math.min(ROWS_PER_PART, this.rows - from);
      parts.push(this.#fit(Array.from({ length: rows }, (_, i) => from + i)));
    }
    return this.#snapshot('base', version, parts);
  }

  /** Learns something about a few rows. */
  delta(): Snapshot {
    const rows = new Set(Array.from({ length: 3 }, () => this.#rng.below(this.rows)));
    for (const row of rows) this.#learn(row);
    return this.#snapshot('delta', this.version + 1, [this.#fit([...rows].sort((a, b) => a - b))]);
  }

  /** θ of every row, as all that was learned gives it: what a model that has taken in everything holds. */
  weights(): number[] {
    const whole = POLICY.emptyModel();
    POLICY.apply(whole, POLICY.fit(this.#statistics, this.#prior));
    return weightsOf(whole, this.rows);
  }

  #learn(row: number): void {
    const x = Float32Array.from({ length: D }, (_, i) => (i === 0 ? 1 : this.#rng.normal()));
    this.#statistics.addTrial(row, x, 0, 1, 0);
    if (this.#rng.uniform() < 0.5) this.#statistics.addReward(row, x, 0, 1, 1, 0);
  }

  #fit(rows: readonly number[]): Uint8Array {
    return POLICY.fit(this.#statistics, this.#prior, Int32Array.from(rows));
  }

  #snapshot(kind: Snapshot['kind'], version: number, parts: Uint8Array[]): Snapshot {
    const parentVersion = this.version;
    this.version = version;
    return {
      ...{ kind, modelKey: this.modelKey, policy: POLICY.name, contextSchema: CONTEXT_SCHEMA },
      ...{ version, parentVersion, parts },
    };
  }
}

/** θ of rows 0 … rows − 1 */
export function weightsOf(model: Model, rows: number): number[] {
  if (!isWeightedModel(model)) throw new Error('expected a model with weights');
  return Array.from({ length: rows }, (_, row) => Array.from(model.weights(row))).flat();
}
