import type { TimedEvent } from './world/reaction.js';

/** Events waiting for their time: a binary heap by `dueAtMs`, first in first out among equals, so that a run is deterministic. */
export class DueQueue {
  readonly #heap: { readonly event: TimedEvent; readonly order: number }[] = [];
  #pushed = 0;

  get size(): number {
    return this.#heap.length;
  }

  push(event: TimedEvent): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push({ event, order: this.#pushed++ });
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** When the first one is due; Infinity when there is none. */
  get nextDueAtMs(): number {
    return this.#heap[0]?.event.dueAtMs ?? Infinity;
  }

  /** Takes out up to `most` events due by `nowMs`, in order. */
  takeDue(nowMs: number, most: number): TimedEvent[] {
    const taken: TimedEvent[] = [];
    while (this.size > 0 && taken.length < most && this.nextDueAtMs <= nowMs) taken.push(this.#pop());
    return taken;
  }

  #pop(): TimedEvent {
    const heap = this.#heap;
    const first = heap[0]!.event;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    for (let i = 0; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #before(i: number, j: number): boolean {
    const a = this.#heap[i]!;
    const b = this.#heap[j]!;
    return a.event.dueAtMs < b.event.dueAtMs || (a.event.dueAtMs === b.event.dueAtMs && a.order < b.order);
  }

  #swap(i: number, j: number): void {
    const held = this.#heap[i]!;
    this.#heap[i] = this.#heap[j]!;
    this.#heap[j] = held;
  }
}
