import { sharedKernels } from '../linalg/kernels.js';
import { RowTable } from '../linalg/row-table.js';
import type { Prior } from '../policy.js';
import { emptyPrior } from '../prior.js';
import type { WeightedModel } from './weighted-model.js';

/** B regressions per artwork as served: θ of each replicate in float32, side by side. 1,024 bytes per fitted artwork at B = 8, d = 32. A row never fitted is the prior, B times. */
export class BaggedModel implements WeightedModel {
  readonly table: RowTable;
  #prior: Prior;

  constructor(
    readonly dimension: number,
    readonly replicates: number,
  ) {
    this.table = new RowTable(replicates * dimension, sharedKernels());
    this.#prior = emptyPrior(dimension);
  }

  get prior(): Prior {
    return this.#prior;
  }

  get rows(): number {
    return this.table.rows;
  }

  get byteLength(): number {
    return this.table.byteLength + this.#prior.mean.byteLength;
  }

  /** shape (d): θ of replicate 0, which saw every trial once */
  weights(row: number): ArrayLike<number> {
    const slot = this.table.slotOf(row);
    if (slot < 0) return this.#prior.mean.slice();
    const at = this.table.offset(slot);
    return this.table.block(slot).slice(at, at + this.dimension);
  }

  /** Forgets every row and starts from another prior: what applying a base begins with. */
  reset(prior: Prior): void {
    this.#prior = prior;
    this.table.clear();
  }
}
