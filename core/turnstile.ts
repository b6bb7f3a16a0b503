/** Lets one pass at a time, in the order of arrival. A pass that fails holds up nobody. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  pass<T>(work: () => Promise<T>): Promise<T> {
    const passed = this.#last.then(work, work);
    this.#last = passed.catch(() => undefined);
    return passed;
  }
}
