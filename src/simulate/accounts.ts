import { setTimeout as wait } from 'node:timers/promises';
import { Durations } from '../../core/percentiles.js';
import { readLag } from './lag-reading.js';
import { intervalOf, type Interval } from './report.js';
import type { SimulateOptions } from './simulate-options.js';
import type { Books } from './tally.js';
import type { Traffic } from './traffic.js';

/** Closes the books at every interval, and keeps what each said: a line of numbers, however many events it counts. */
export class Accounts {
  readonly intervals: Interval[] = [];
  readonly fresh = new Durations();
  lastFailure: string | null = null;
  readonly #beganAt = performance.now();
  #countedAt = this.#beganAt;

  constructor(
    readonly options: SimulateOptions,
    readonly books: Books,
    readonly traffic: Traffic,
    readonly onInterval: (interval: Interval) => void,
  ) {}

  get seconds(): number {
    return (performance.now() - this.#beganAt) / 1000;
  }

  /** acknowledged until this moment */
  get acknowledged(): number {
    return this.total((interval) => interval.acknowledged) + this.books.current.acknowledged;
  }

  total(of: (interval: Interval) => number): number {
    return this.intervals.reduce((sum, interval) => sum + of(interval), 0);
  }

  async count(): Promise<void> {
    const lag = await readLag(this.options.metricsUrls, this.options.apiKey);
    const tally = this.books.take();
    const now = performance.now();
    tally.fresh.each((took) => this.fresh.add(took));
    this.lastFailure = tally.lastFailure ?? this.lastFailure;
    const interval = intervalOf(tally, {
      ...{ untilSeconds: this.seconds, seconds: (now - this.#countedAt) / 1000, lag },
      ...{ held: this.traffic.held, behindMs: this.traffic.behindMs },
      residentBytes: process.memoryUsage.rss(),
    });
    this.#countedAt = now;
    this.intervals.push(interval);
    this.onInterval(interval);
  }

  async countEvery(intervalMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      await wait(intervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.count();
    }
  }
}
