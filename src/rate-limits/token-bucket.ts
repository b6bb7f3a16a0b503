/**
 * A token bucket: holds at most `burst`, refills evenly, one is taken per request. In any stretch of t seconds at most burst + perSecond·t are given.
 *
 *   tokens(t) = min(burst, tokens(s) + perSecond·(t − s))
 *
 * Pure but for its own state: time is an argument. A clock that is set back gives nothing and holds nothing up.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  /**
   * @param perSecond > 0: refilled so fast
   * @param burst ≥ 1: most that it holds; it begins full
   */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Takes one token. @returns 0: taken; else the milliseconds, > 0, until there is one */
  take(nowMs: number): number {
    const elapsedMs = nowMs - this.#atMs;
    this.#atMs = nowMs;
    if (elapsedMs > 0) this.#tokens = Math.min(this.#burst, this.#tokens + elapsedMs * this.#perMs);
    // Sums of fractions end a little below the whole number they stand for.
    if (this.#tokens >= 1 - ROUNDING) {
      this.#tokens = Math.max(0, this.#tokens - 1);
      return 0;
    }
    return (1 - this.#tokens) / this.#perMs;
  }

  /** One that was taken for nothing is put back. */
  giveBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }
}

const ROUNDING = 1e-9;
