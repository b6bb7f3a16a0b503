import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../core/errors.js';
import { startEngineProcess, type EngineProcess, type EngineProcessOptions } from './engine-process.js';
import type { EngineCall } from './protocol.js';

/** Keeps one engine process running: when it ends unasked it is started again, each time waiting longer, until a call succeeds. */
export interface EngineSupervisor {
  /** undefined while no process is up */
  pid(): number | undefined;
  /** @throws AppError `analytics/unavailable` (at once while no process is up) | `analytics/query-failed` */
  call(call: EngineCall, timeoutMs: number): Promise<string>;
  close(timeoutMs: number): Promise<void>;
}

export interface SupervisorOptions extends EngineProcessOptions {
  /** wait before the first restart; doubles with each that brings no successful call */
  readonly minRestartDelayMs: number;
  readonly maxRestartDelayMs: number;
}

/** @throws AppError `analytics/unavailable` when the first start fails: that one is for the operator to see, not to retry in silence */
export async function superviseEngine(options: SupervisorOptions): Promise<EngineSupervisor> {
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  let current: EngineProcess | undefined = await startEngineProcess(options);
  let startsSinceSuccess = 0;

  const startAgain = async (): Promise<EngineProcess | undefined> => {
    while (!isClosing()) {
      const delayMs = Math.min(
        options.maxRestartDelayMs,
        options.minRestartDelayMs * 2 ** Math.min(startsSinceSuccess, 30),
      );
      startsSinceSuccess++;
      try {
        await sleep(delayMs, undefined, { signal: closing.signal });
        return await startEngineProcess(options);
      } catch (error) {
        options.onLog(`the chDB process was not restarted: ${String(error)}`);
      }
    }
    return undefined;
  };

  const keepUp = async (): Promise<void> => {
    while (current !== undefined) {
      const how = await current.ended;
      current = undefined;
      if (isClosing()) return;
      options.onLog(`the chDB process ${how}; starting it again`);
      const next = await startAgain();
      if (isClosing()) return next?.close(0);
      current = next;
    }
  };
  const kept = keepUp();

  return {
    pid: () => current?.pid,
    async call(call, timeoutMs) {
      if (current === undefined)
        throw new AppError('analytics/unavailable', 'the chDB process is being restarted');
      const rows = await current.call(call, timeoutMs);
      startsSinceSuccess = 0;
      return rows;
    },
    async close(timeoutMs) {
      closing.abort();
      await current?.close(timeoutMs);
      // A restart under way is let to finish: keepUp then finds that it is not wanted.
      await kept;
    },
  };
}
