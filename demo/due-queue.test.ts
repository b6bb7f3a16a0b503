import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from './due-queue.js';
import type { TimedEvent } from './world/reaction.js';

const event = (dueAtMs: number, slot: number): TimedEvent => ({
  dueAtMs,
  report: { type: 'impression', token: 't', slot },
});

describe('DueQueue', () => {
  it('gives back in order of time, first in first out among equals: a stable sort', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const queue = new DueQueue();
        const events = times.map((time, slot) => event(time, slot));
        for (const each of events) queue.push(each);
        expect(queue.takeDue(Infinity, Infinity)).toEqual([...events].sort((a, b) => a.dueAtMs - b.dueAtMs));
        expect(queue.size).toBe(0);
      }),
      { seed: 3 },
    );
  });

  it('keeps what is not due yet, and takes no more than asked', () => {
    const queue = new DueQueue();
    for (const [slot, time] of [30, 10, 20].entries()) queue.push(event(time, slot));
    expect(queue.takeDue(20, 1).map((e) => e.dueAtMs)).toEqual([10]);
    expect(queue.takeDue(25, 10).map((e) => e.dueAtMs)).toEqual([20]);
    expect(queue.nextDueAtMs).toBe(30);
    expect(queue.size).toBe(1);
  });
});
