import { LabelFence, type FenceState, type Verdict } from '../events/label-fence.js';
import type { LabelsRecord } from '../events/labels-record.js';

/** The fences of the partitions of `labels` that are read here: the tables hold what the learners' statistics hold. */
export class LabelFences {
  readonly #fences = new Map<number, LabelFence>();

  /** @param state as the fence was before the record that is read next; default: nothing seen */
  resume(partition: number, state?: FenceState): void {
    this.#fences.set(partition, new LabelFence(state));
  }

  take(partition: number, record: LabelsRecord): Verdict {
    return this.#of(partition).take(record);
  }

  state(partition: number): FenceState {
    return this.#of(partition).state;
  }

  #of(partition: number): LabelFence {
    let fence = this.#fences.get(partition);
    if (fence === undefined) this.#fences.set(partition, (fence = new LabelFence()));
    return fence;
  }
}
