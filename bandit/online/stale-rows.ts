import type { RowLearner } from './row-learner.js';

/**
 * Rows that the served model has yet to hear of. The model is a cache of what was learned: it is brought up to date when somebody asks, and then once for all that
 * was learned since.
 */
export class StaleRows {
  readonly #marked: Uint8Array;
  readonly #rows: Int32Array;
  #count = 0;

  /** @param size rows are integers in [0, size) */
  constructor(size: number) {
    this.#marked = new Uint8Array(size);
    this.#rows = new Int32Array(size);
  }

  add(row: number): void {
    if (this.#marked[row] === 1) return;
    this.#marked[row] = 1;
    this.#rows[this.#count++] = row;
  }

  /** Serves them in the order in which they were marked. All of them: a hybrid's rows bear on each other. */
  drain(learner: RowLearner): void {
    for (let i = 0; i < this.#count; i++) learner.serve(this.#rows[i]!);
    this.clear();
  }

  clear(): void {
    this.#marked.fill(0);
    this.#count = 0;
  }
}
