/** Time is an argument. `nowMs` is wall-clock milliseconds since the Unix epoch, but for `steadyClock`. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Milliseconds since this process began: they pass evenly, whatever is done to the clock on the wall, and while the process is stopped. For differences. */
export const steadyClock: Clock = { nowMs: () => performance.now() };

/** A clock that moves only when told: simulations and tests. Never goes backwards. */
export interface ManualClock extends Clock {
  advance(byMs: number): void;
}

export function manualClock(startMs: number): ManualClock {
  let now = startMs;
  return {
    nowMs: () => now,
    advance(byMs) {
      if (!(byMs >= 0)) throw new RangeError(`a clock cannot move by ${byMs} ms; expected ≥ 0`);
      now += byMs;
    },
  };
}
