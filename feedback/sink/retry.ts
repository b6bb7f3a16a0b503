import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** once aborted, a failure is final and no wait begins or goes on */
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
  /** a failure so long after the first is final; default: none is */
  readonly patienceMs?: number;
}

/** Tries until it succeeds, waiting twice as long each time up to `maxDelayMs`. Rejects only after `signal` or `patienceMs`, with the last failure. */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  let firstFailureMs: number | undefined;
  for (let delayMs = options.minDelayMs; ; delayMs = Math.min(options.maxDelayMs, delayMs * 2)) {
    try {
      return await work();
    } catch (error) {
      options.onFailure(error);
      firstFailureMs ??= performance.now();
      if (performance.now() - firstFailureMs >= (options.patienceMs ?? Infinity)) throw error;
      if (await isOverAfter(delayMs, options.signal)) throw error;
    }
  }
}

async function isOverAfter(delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (!signal.aborted) await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  return signal.aborted;
}
