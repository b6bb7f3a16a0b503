/** Time is an argument. `nowMs` is wall-clock milliseconds since the Unix epoch. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

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
