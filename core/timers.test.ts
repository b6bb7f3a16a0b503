import { expect, it } from 'vitest';
import { manualClock } from './clock.js';
import { manualTimers, systemTimers } from './timers.js';

it('runs what is due in the order it was due, and stands at its time while it runs', async () => {
  const clock = manualClock(1_000);
  const timers = manualTimers(clock);
  const ran: [name: string, atMs: number][] = [];
  const note = (name: string) => (): Promise<void> => {
    ran.push([name, clock.nowMs()]);
    return Promise.resolve();
  };
  timers.every(100, note('often'));
  const seldom = timers.every(250, note('seldom'));
  await timers.advance(299);
  seldom.stop();
  await timers.advance(201);
  expect(ran).toEqual([
    ['often', 1_100],
    ['often', 1_200],
    ['seldom', 1_250],
    ['often', 1_300],
    ['often', 1_400],
    ['often', 1_500],
  ]);
  expect(clock.nowMs()).toBe(1_500);
  expect(() => timers.every(0, note('never'))).toThrow('expected > 0');
});

it('waits for a run to end before it counts to the next', async () => {
  const clock = manualClock(0);
  const timers = manualTimers(clock);
  const startedAtMs: number[] = [];
  timers.every(10, () => {
    startedAtMs.push(clock.nowMs());
    clock.advance(15);
    return Promise.resolve();
  });
  await timers.advance(60);
  expect(startedAtMs).toEqual([10, 35, 60]);
});

it('repeats by the clock of the process, until stopped', async () => {
  let runs = 0;
  await new Promise<void>((resolve) => {
    const repeating = systemTimers.every(1, () => {
      runs++;
      if (runs === 3) {
        repeating.stop();
        resolve();
      }
      return Promise.resolve();
    });
    // System timers keep no process alive; this one does until they are done.
    const alive = setInterval(() => {
      if (runs === 3) clearInterval(alive);
    }, 1);
  });
  await systemTimers.breathe();
  expect(runs).toBe(3);
});
