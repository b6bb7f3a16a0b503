/** Seen means: at least half of it, for at least this long, in a page that is looked at (the IAB/MRC viewable impression asks for half of it, for a second). */
const SEEN_SHARE = 0.5;

/** Tells once for each element that it was seen. */
export class SeenElements {
  readonly #observer: IntersectionObserver;
  readonly #timers = new Map<Element, number>();
  readonly #watched = new Map<Element, () => void>();

  constructor(readonly seenMs: number) {
    this.#observer = new IntersectionObserver((entries) => this.#onIntersection(entries), {
      threshold: SEEN_SHARE,
    });
  }

  watch(element: Element, onSeen: () => void): void {
    this.unwatch(element);
    this.#watched.set(element, onSeen);
    this.#observer.observe(element);
  }

  unwatch(element: Element): void {
    this.#observer.unobserve(element);
    this.#watched.delete(element);
    this.#stop(element);
  }

  close(): void {
    this.#observer.disconnect();
    for (const element of this.#timers.keys()) this.#stop(element);
  }

  #onIntersection(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      this.#stop(target);
      if (isIntersecting)
        this.#timers.set(
          target,
          window.setTimeout(() => this.#see(target), this.seenMs),
        );
    }
  }

  #see(element: Element): void {
    // Behind another tab nobody looks: it is asked again when the page comes back.
    if (document.visibilityState === 'hidden') {
      document.addEventListener('visibilitychange', () => this.#again(element), { once: true });
      return;
    }
    const onSeen = this.#watched.get(element);
    this.unwatch(element);
    onSeen?.();
  }

  #again(element: Element): void {
    const onSeen = this.#watched.get(element);
    if (onSeen) this.watch(element, onSeen);
  }

  #stop(element: Element): void {
    clearTimeout(this.#timers.get(element));
    this.#timers.delete(element);
  }
}
