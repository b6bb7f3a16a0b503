import { shown } from '../../core/errors.js';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition, never for a time: asks again and again until it holds, and says what it saw last when it never does. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  holds: (seen: T) => boolean,
  patienceMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${patienceMs} ms; last seen ${shown(seen)}`);
    await sleep(20);
  }
}
