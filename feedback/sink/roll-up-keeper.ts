import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import type { Analytics } from '../analytics/analytics.js';

/** Keeps the roll-ups of hours whose rows changed up to date, at a bounded cost. */
export interface RollUpKeeper {
  /** Begins to look after them: once, when the tables are there. */
  start(): void;
  /** Writes down that rows of these hours are in the tables: from here on, whatever ends, their roll-ups are known to lag behind. */
  touched(hours: ReadonlySet<number>): Promise<void>;
  /** Rebuilds every hour that lags behind, now. @throws what the port throws */
  settle(): Promise<void>;
  /** hours that wait for their rebuild */
  readonly waiting: number;
  close(): Promise<void>;
}

export interface RollUpKeeperOptions {
  readonly analytics: Analytics;
  readonly clock: Clock;
  /** an hour is rebuilt at most so often … */
  readonly intervalMs: number;
  readonly onFailure: (error: unknown) => void;
}

/** … and an older one less often: late rewards touch all hours of the attribution window all the time. At an hour's age once a minute. */
const AGE_PER_INTERVAL = 60;
const MAX_INTERVAL_MS = 600_000;
/** A rebuild is followed by a rest of so many times its own length: roll-ups take at most a fifth of the engine's time. */
const REST = 4;
/** What a sink that is no more has left to be done is found after so long. */
const SWEEP_INTERVAL_MS = 600_000;

/** hours of one rebuild */
const MOST_AT_ONCE = 50;

const LAGGING = `SELECT toUnixTimestamp(hour) * 1000 AS hourMs FROM marquee.roll_up_hours GROUP BY hour HAVING sum(touches) > max(rebuilt)`;

export function rollUpKeeper(options: RollUpKeeperOptions): RollUpKeeper {
  return new PeriodicKeeper(options);
}

class PeriodicKeeper implements RollUpKeeper {
  /** hour → when it is due, by the monotonic clock */
  readonly #due = new Map<number, number>();
  readonly #rebuiltAt = new Map<number, number>();
  readonly #closing = new AbortController();
  #sweptAt = -Infinity;
  #running: Promise<void> = Promise.resolve();
  /** one rebuild at a time */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RollUpKeeperOptions) {}

  get waiting(): number {
    return this.#due.size;
  }

  start(): void {
    this.#running = this.#run();
  }

  async touched(hours: ReadonlySet<number>): Promise<void> {
    if (hours.size === 0) return;
    const touches = Array.from(hours, (hour) => ({ hour: hour / 1000, touches: 1 }));
    await this.options.analytics.insert('roll_up_hours', touches);
    for (const hour of hours) this.#lagsBehind(hour);
  }

  async settle(): Promise<void> {
    this.#sweptAt = -Infinity;
    await this.#sweep();
    // One that had begun before may hold an hour of ours, and may fail: then the hour is due again.
    do {
      const hours = [...this.#due.keys()].sort((a, b) => a - b);
      for (let from = 0; from < hours.length; from += MOST_AT_ONCE)
        await this.#rebuild(hours.slice(from, from + MOST_AT_ONCE));
      await this.#turn;
    } while (this.#due.size > 0);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { intervalMs, onFailure } = this.options;
    for (;;) {
      await this.#rest(Math.min(intervalMs, 1_000) / 2);
      if (this.#closing.signal.aborted) return;
      await this.#rebuildDue().catch(onFailure);
    }
  }

  async #rebuildDue(): Promise<void> {
    await this.#sweep();
    const startMs = performance.now();
    const due = [...this.#due].filter(([, at]) => at <= startMs).sort(([, a], [, b]) => a - b);
    if (due.length === 0) return;
    await this.#rebuild(due.slice(0, MOST_AT_ONCE).map(([hour]) => hour));
    await this.#rest(REST * (performance.now() - startMs));
  }

  #rebuild(hours: readonly number[]): Promise<void> {
    const turn = this.#turn.then(async () => {
      // What comes in while it runs is due again.
      for (const hour of hours) this.#due.delete(hour);
      try {
        await this.options.analytics.rollUp(hours);
      } catch (error) {
        for (const hour of hours) this.#due.set(hour, performance.now() + this.options.intervalMs);
        throw error;
      }
      for (const hour of hours) this.#rebuiltAt.set(hour, performance.now());
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Finds the hours that another process has left. */
  async #sweep(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#sweptAt < SWEEP_INTERVAL_MS) return;
    const lagging = await this.options.analytics.query<{ hourMs: number }>(LAGGING);
    for (const { hourMs } of lagging) this.#lagsBehind(hourMs);
    for (const [hour, at] of this.#rebuiltAt) if (nowMs - at > MAX_INTERVAL_MS) this.#rebuiltAt.delete(hour);
    this.#sweptAt = nowMs;
  }

  #lagsBehind(hour: number): void {
    if (this.#due.has(hour)) return;
    const { clock, intervalMs } = this.options;
    const pauseMs = Math.max(
      intervalMs,
      Math.min(MAX_INTERVAL_MS, (clock.nowMs() - hour) / AGE_PER_INTERVAL),
    );
    const rebuiltAt = this.#rebuiltAt.get(hour);
    this.#due.set(hour, rebuiltAt === undefined ? performance.now() + intervalMs : rebuiltAt + pauseMs);
  }

  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }
}
