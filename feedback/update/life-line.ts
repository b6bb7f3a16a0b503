/** Whether something is at work, was stopped on purpose, or broke down. What broke down stays down. */
export class LifeLine {
  /** resolves when stopped on purpose; rejects with what broke it */
  readonly stopped: Promise<void>;
  #end: { readonly cause: unknown; readonly isFault: boolean } | undefined;
  #settle!: { resolve: () => void; reject: (cause: unknown) => void };
  readonly #listeners: (() => void)[] = [];

  constructor() {
    this.stopped = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever cares waits for it; nobody has to.
    this.stopped.catch(() => undefined);
  }

  get isBroken(): boolean {
    return this.#end?.isFault === true;
  }

  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @throws what ended it */
  check(): void {
    if (this.#end !== undefined) throw this.#end.cause;
  }

  /** Does work that must not fail: should it, everything stops. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    try {
      return await work();
    } catch (cause) {
      this.break(cause);
      throw cause;
    }
  }

  break(cause: unknown): void {
    this.#finish(cause, true);
  }

  /** @param cause what later calls are told */
  stop(cause: unknown): void {
    this.#finish(cause, false);
  }

  #finish(cause: unknown, isFault: boolean): void {
    if (this.#end !== undefined) return;
    this.#end = { cause, isFault };
    if (isFault) this.#settle.reject(cause);
    else this.#settle.resolve();
    for (const listener of this.#listeners) listener();
  }
}
