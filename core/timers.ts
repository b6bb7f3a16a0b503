import type { ManualClock } from './clock.js';

/** Repeated work is an argument too, like time: a simulation moves a manual clock and nothing happens in between. */
export interface Timers {
  /**
   * Runs `work` every `intervalMs`, never two at once: the next wait begins when the last run has ended.
   * A rejection is the caller's to handle inside `work`: a timer has nobody to tell.
   */
  every(intervalMs: number, work: () => Promise<void>): Repeating;
  /** Lets whatever else waits for the thread go first. */
  breathe(): Promise<void>;
}

export interface Repeating {
  /** No new run starts; a run in flight goes on. Idempotent. */
  stop(): void;
}

/** Timers of the process. They keep no process alive by themselves. */
export const systemTimers: Timers = {
  every(intervalMs, work) {
    let stopped = false;
    let pending: NodeJS.Timeout | undefined;
    const wait = (): void => {
      pending = setTimeout(() => {
        void work().finally(() => {
          if (!stopped) wait();
        });
      }, intervalMs);
      pending.unref();
    };
    wait();
    return {
      stop() {
        stopped = true;
        clearTimeout(pending);
      },
    };
  },
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

export interface ManualTimers extends Timers {
  /** Moves the clock on, stopping at each due time to run and await what is due, in the order it was due. */
  advance(byMs: number): Promise<void>;
}

/** Timers that move only when told, with their clock: simulations and tests. */
export function manualTimers(clock: ManualClock): ManualTimers {
  interface Entry {
    dueMs: number;
    readonly intervalMs: number;
    readonly work: () => Promise<void>;
  }
  const entries = new Set<Entry>();
  const nextDue = (untilMs: number): Entry | undefined => {
    let first: Entry | undefined;
    for (const entry of entries) {
      if (entry.dueMs <= untilMs && (first === undefined || entry.dueMs < first.dueMs)) first = entry;
    }
    return first;
  };
  return {
    every(intervalMs, work) {
      if (!(intervalMs > 0)) throw new RangeError(`a timer every ${intervalMs} ms; expected > 0`);
      const entry: Entry = { dueMs: clock.nowMs() + intervalMs, intervalMs, work };
      entries.add(entry);
      return { stop: () => void entries.delete(entry) };
    },
    breathe: () => systemTimers.breathe(),
    async advance(byMs) {
      const untilMs = clock.nowMs() + byMs;
      for (let entry = nextDue(untilMs); entry; entry = nextDue(untilMs)) {
        clock.advance(Math.max(0, entry.dueMs - clock.nowMs()));
        await entry.work();
        entry.dueMs = Math.max(entry.dueMs, clock.nowMs()) + entry.intervalMs;
      }
      clock.advance(Math.max(0, untilMs - clock.nowMs()));
    },
  };
}
