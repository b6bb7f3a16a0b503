import type { ArmStatistics } from '../../bandit/arm-statistics.js';

/** Which rows of one model's statistics changed since they were last published, and since they were last saved. */
export class TouchedRows {
  #unpublished = new Set<number>();
  #unsaved = new Set<number>();

  constructor(readonly statistics: ArmStatistics) {}

  /** What is there came from a checkpoint: it needs no saving. */
  restored(): void {
    this.statistics.drainTouched();
  }

  drainUnpublished(): ReadonlySet<number> {
    this.#collect();
    const rows = this.#unpublished;
    this.#unpublished = new Set();
    return rows;
  }

  drainUnsaved(): ReadonlySet<number> {
    this.#collect();
    const rows = this.#unsaved;
    this.#unsaved = new Set();
    return rows;
  }

  #collect(): void {
    for (const row of this.statistics.drainTouched()) {
      this.#unpublished.add(row);
      this.#unsaved.add(row);
    }
  }
}
