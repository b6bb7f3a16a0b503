import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Analytics } from '../analytics/analytics.js';
import type { EventLog } from '../event-log/event-log.js';
import { retry } from './retry.js';
import type { RollUpKeeper } from './roll-up-keeper.js';
import type { PartitionOffset, WritableBatch } from './row-batch.js';
import type { SinkOffsets } from './sink-offsets.js';
import type { SinkSettings } from './sink-settings.js';
import type { SinkCounters } from './sink-stats.js';
import type { Spool } from './spool/spool.js';

export interface DeliveryOptions {
  readonly analytics: Analytics;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly offsets: SinkOffsets;
  readonly rollUps: RollUpKeeper;
  readonly counters: SinkCounters;
  readonly settings: SinkSettings;
  /** none: a batch waits in memory, and the log keeps what comes after it */
  readonly spool: Spool | undefined;
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
  /** these are in the tables, for good */
  readonly onSettled: (offsets: Iterable<PartitionOffset>) => Promise<void>;
}

/**
 * Brings batches into the tables. While those are away: into the spool, until it is full; then whoever writes waits. Once they are back the spool is drained
 * first, in order, and nobody adds to it meanwhile.
 */
export class Delivery {
  /** The last attempt failed. */
  #isAway = false;
  #draining: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #changed: Promise<void> = Promise.resolve();
  #fail: (error: unknown) => void = () => undefined;
  /** rejects when the spool can no longer be read; never resolves */
  readonly failed: Promise<never>;

  constructor(private readonly options: DeliveryOptions) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
    this.#announce();
    options.signal.addEventListener('abort', () => this.#announce(), { once: true });
  }

  /** Goes on with what a former process left. */
  start(): void {
    this.#drain();
  }

  /** @throws the last failure, when closing before the batch was in the tables or in the spool */
  async write(batch: WritableBatch): Promise<void> {
    const { spool, settings, signal } = this.options;
    if (spool === undefined) {
      await this.#settle(batch);
      return;
    }
    for (;;) {
      const changed = this.#changed;
      if (spool.batches === 0) {
        try {
          await this.#settle(batch, settings.spoolAfterMs);
          return;
        } catch (error) {
          if (signal.aborted) throw error;
        }
      }
      if ((spool.batches === 0 || this.#isAway) && (await this.#intoSpool(spool, batch))) return;
      if (signal.aborted)
        throw new AppError('analytics/unavailable', 'the sink was closed before the spool had room');
      this.#drain();
      await changed;
    }
  }

  /** Resolves when nothing is being drained any more: after `signal`. */
  async close(): Promise<void> {
    await this.#draining;
    await this.options.spool?.close();
  }

  /** Tries until it succeeds, or until closing. */
  async persist<T>(work: () => Promise<T>, patienceMs?: number): Promise<T> {
    const result = await this.retried(work, patienceMs, () => this.#setAway(true));
    this.#setAway(false);
    return result;
  }

  /** The same for whatever is not analytics. */
  retried<T>(work: () => Promise<T>, patienceMs = Infinity, onFailure?: () => void): Promise<T> {
    const { settings, signal, counters, onLog } = this.options;
    return retry(work, {
      ...{ minDelayMs: settings.minRetryDelayMs, maxDelayMs: settings.maxRetryDelayMs, signal, patienceMs },
      onFailure(error) {
        counters.failed(error);
        onLog(`the sink waits: ${String(error)}`);
        onFailure?.();
      },
    });
  }

  async #settle(batch: WritableBatch, patienceMs?: number): Promise<void> {
    const { analytics, clock, counters, rollUps, offsets } = this.options;
    for (const [table, rows] of batch.tables) {
      await this.persist(() => analytics.insert(table, rows), patienceMs);
      counters.inserted(table, rows.count, clock.nowMs());
    }
    await this.persist(() => rollUps.touched(batch.hours), patienceMs);
    await this.#barrier();
    await this.persist(() => offsets.store(batch.offsets.values()), patienceMs);
    await this.options.onSettled(batch.offsets.values());
  }

  /** What the offsets have passed must be on disk before them, or after a power loss they would pass over what is written there next. */
  #barrier(): Promise<unknown> {
    return this.retried(() => this.options.log.append('labels', [], 'synced'));
  }

  async #intoSpool(spool: Spool, batch: WritableBatch): Promise<boolean> {
    await this.#barrier();
    const isIn = await spool.append(batch);
    if (isIn) this.#drain();
    return isIn;
  }

  #drain(): void {
    const { spool, signal } = this.options;
    if (spool === undefined || spool.batches === 0 || signal.aborted) return;
    this.#draining ??= this.#drainAll(spool).finally(() => {
      this.#draining = undefined;
      this.#announce();
    });
  }

  async #drainAll(spool: Spool): Promise<void> {
    try {
      for (let front = await spool.front(); front !== undefined; front = await spool.front()) {
        await this.#settle(front.batch);
        await spool.drop(front.batches);
        this.#announce();
      }
    } catch (error) {
      // Closing: the batch stays where it is.
      if (!this.options.signal.aborted) this.#fail(error);
    }
  }

  #setAway(isAway: boolean): void {
    if (this.#isAway === isAway) return;
    this.#isAway = isAway;
    this.#announce();
  }

  /** Lets those who wait look again. */
  #announce(): void {
    this.#wake();
    this.#changed = new Promise((resolve) => (this.#wake = resolve));
  }
}
