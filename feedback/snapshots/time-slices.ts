import type { Clock } from '../../core/clock.js';
import type { Timers } from '../../core/timers.js';

/** Work that lets others have the thread whenever it has had it for a while. */
export class TimeSlices {
  #sinceMs: number;

  /** @param clock of which only differences count: `steadyClock` */
  constructor(
    readonly timers: Timers,
    readonly clock: Clock,
    readonly sliceMs: number,
  ) {
    this.#sinceMs = clock.nowMs();
  }

  /** Between two pieces of work, each shorter than a slice. */
  async pause(): Promise<void> {
    if (this.clock.nowMs() - this.#sinceMs < this.sliceMs) return;
    await this.timers.breathe();
    this.#sinceMs = this.clock.nowMs();
  }
}
