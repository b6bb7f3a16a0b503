import { AppError } from '../../core/errors.js';

/** A fixed number of lanes, one call at a time in each, and a bounded queue before them: first come, first served. */
export interface Lanes {
  /** @throws AppError `analytics/unavailable` when the queue is full or the lanes are closed */
  run<T>(work: (lane: number) => Promise<T>): Promise<T>;
  /** Refuses what waits and what comes; resolves when what runs has ended. */
  close(): Promise<void>;
}

/**
 * @param count      ≥ 1, calls that run at once
 * @param maxWaiting ≥ 0, calls that may wait; one more is refused
 */
export function openLanes(what: string, count: number, maxWaiting: number): Lanes {
  const free = Array.from({ length: count }, (_, lane) => lane);
  const waiting: { grant: (lane: number) => void; refuse: (error: AppError) => void }[] = [];
  const running = new Set<Promise<unknown>>();
  let closed = false;

  const acquire = (): number | Promise<number> => {
    if (closed) throw new AppError('analytics/unavailable', `${what}: the analytics engine is closed`);
    const lane = free.shift();
    if (lane !== undefined) return lane;
    if (waiting.length >= maxWaiting) {
      throw new AppError(
        'analytics/unavailable',
        `${what}: ${waiting.length} calls wait already; expected at most ${maxWaiting}`,
      );
    }
    return new Promise((grant, refuse) => waiting.push({ grant, refuse }));
  };

  const release = (lane: number): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next.grant(lane);
  };

  return {
    async run(work) {
      const lane = await acquire();
      const call = work(lane);
      running.add(call);
      try {
        return await call;
      } finally {
        running.delete(call);
        release(lane);
      }
    },
    async close() {
      closed = true;
      for (const { refuse } of waiting.splice(0))
        refuse(new AppError('analytics/unavailable', `${what}: the analytics engine was closed`));
      await Promise.allSettled(running);
    },
  };
}
