import { readFileSync } from 'node:fs';
import { Pool, type Dispatcher } from 'undici';
import type { LoadJob, LoadResult } from './job.js';
import { Durations } from './percentiles.js';

/**
 * One stretch of load. Open loop means a fixed arrival schedule: request i is due at
 * t0 + i/rate whether or not earlier ones came back, and its latency runs from then. A generator that waits for answers would
 * leave out just the requests that a stall delays.
 *
 * @see Schroeder, Wierman & Harchol-Balter, Open versus closed: a cautionary tale, NSDI 2006
 */
export class LoadRun {
  private readonly pool: Pool;
  private readonly bodies: readonly Buffer[];
  private readonly latencies = new Durations();
  private readonly sendDelays = new Durations();
  private readonly measuredFrom: number;
  private readonly until: number;
  private nextBody = 0;
  private inFlight = 0;
  private requests = 0;
  private errors = 0;
  private firstError: string | undefined;
  private responseBytes = 0;
  private sum = 0;
  private lastAnswer = 0;
  private onIdle: (() => void) | undefined;

  constructor(
    private readonly job: LoadJob,
    private readonly start: number,
  ) {
    this.pool = new Pool(job.baseUrl, { connections: job.connections, pipelining: 1 });
    this.bodies = readFileSync(job.bodiesFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Buffer.from(line));
    this.measuredFrom = start + job.warmUpMs;
    this.until = this.measuredFrom + job.measuredMs;
  }

  async run(): Promise<LoadResult> {
    if (this.job.ratePerSecond === undefined) this.saturate();
    else await this.keepSchedule(this.job.ratePerSecond);
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    await this.pool.close();
    return this.result();
  }

  private result(): LoadResult {
    const ended =
      this.job.ratePerSecond === undefined ? this.lastAnswer : Math.max(this.until, this.lastAnswer);
    const seconds = Math.max(1e-9, (ended - this.measuredFrom) / 1000);
    return {
      requests: this.requests,
      errors: this.errors,
      ...(this.firstError === undefined ? {} : { firstError: this.firstError }),
      seconds,
      requestsPerSecond: this.requests / seconds,
      latencyMs: this.latencies.summary(),
      responseBytes: this.responseBytes,
      sum: this.sum,
      sendDelayMs: this.sendDelays.summary(),
    };
  }

  private saturate(): void {
    const next = (): void => {
      const now = performance.now();
      if (now < this.until && this.hasBody()) this.send(now, next);
    };
    for (let i = 0; i < this.job.connections; i++) next();
  }

  private async keepSchedule(ratePerSecond: number): Promise<void> {
    const interval = 1000 / ratePerSecond;
    for (let i = 0; ;) {
      const now = performance.now();
      while (this.start + i * interval <= now) {
        const due = this.start + i++ * interval;
        if (due >= this.until || !this.hasBody()) return;
        if (due >= this.measuredFrom) this.sendDelays.add(now - due);
        this.send(due, undefined);
      }
      // A timer is up to a millisecond late: near the next arrival the loop turns instead, answers are read in between.
      const wait = this.start + i * interval - now;
      await new Promise<void>((resolve) =>
        wait > 3 ? setTimeout(resolve, wait - 2) : setImmediate(resolve),
      );
    }
  }

  private hasBody(): boolean {
    return !this.job.once || this.nextBody < this.bodies.length;
  }

  private send(startedAt: number, next: (() => void) | undefined): void {
    const body = this.bodies[this.nextBody++ % this.bodies.length]!;
    const headers = { 'content-type': 'application/json' };
    this.inFlight++;
    this.pool.dispatch(
      { path: this.job.path, method: this.job.method, headers, body },
      this.answer(startedAt, next),
    );
  }

  private answer(startedAt: number, next: (() => void) | undefined): Dispatcher.DispatchHandler {
    let status = 0;
    let bytes = 0;
    const chunks: Buffer[] = [];
    const done = (error: string | undefined): void => {
      const now = performance.now();
      // By start: what was due in the measured part is measured, however late it comes back.
      if (startedAt >= this.measuredFrom) {
        this.lastAnswer = now;
        this.responseBytes += bytes;
        if (error === undefined) this.count(now - startedAt, chunks);
        else this.fail(error);
      }
      this.inFlight--;
      next?.();
      if (this.inFlight === 0) this.onIdle?.();
    };
    return {
      onRequestStart() {
        // undici tells the old interface from this one by its presence
      },
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData: (_controller, chunk) => {
        bytes += chunk.length;
        if (this.job.sumField !== undefined || status >= 300) chunks.push(chunk);
      },
      onResponseEnd() {
        const failed = status < 200 || status >= 300;
        done(failed ? `${status} ${Buffer.concat(chunks).toString().slice(0, 300)}` : undefined);
      },
      onResponseError(_controller, error) {
        done(error.message);
      },
    };
  }

  private count(milliseconds: number, chunks: readonly Buffer[]): void {
    this.requests++;
    this.latencies.add(milliseconds);
    if (this.job.sumField === undefined) return;
    const answer = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    this.sum += Number(answer[this.job.sumField]);
  }

  private fail(error: string): void {
    this.errors++;
    this.firstError ??= error;
  }
}
