import type { Arena, ArenaView } from './arena.js';

/**
 * One argument of the kernels: where the array last passed lives. Callers pass the same few arrays again and again, and to find out costs as much as a small kernel
 * does. An array that lives elsewhere is copied to a stand-in.
 */
export class Argument<T extends ArenaView> {
  readonly #arena: Arena;
  readonly #stand: T;
  readonly #standAddress: number;
  /** per entry */
  readonly #bytes: number;
  #view: ArenaView | undefined;
  #address = -1;

  /** @param stand inside the arena: as many entries as an array elsewhere may have */
  constructor(arena: Arena, stand: T) {
    this.#arena = arena;
    this.#stand = stand;
    this.#bytes = stand.BYTES_PER_ELEMENT;
    this.#standAddress = arena.addressOf(stand);
  }

  /** The array's address, −1 when it lives elsewhere. */
  find(view: ArenaView): number {
    if (view !== this.#view) {
      this.#view = view;
      this.#address = this.#arena.addressOf(view);
    }
    return this.#address;
  }

  /** Address of `length` entries from `from`, of the stand-in with a copy when they live elsewhere; −1 when they are too many for it. */
  bring(view: ArenaView, from: number, length: number): number {
    const address = this.find(view);
    if (address >= 0) return address + from * this.#bytes;
    const stand = this.#stand;
    if (length > stand.length) return -1;
    for (let i = 0; i < length; i++) stand[i] = view[from + i]!;
    return this.#standAddress;
  }

  /** After the kernel: what it wrote to the stand-in goes to the array brought last. */
  takeBack(view: ArenaView, length: number): void {
    if (this.#address >= 0) return;
    const stand = this.#stand;
    for (let i = 0; i < length; i++) view[i] = stand[i]!;
  }
}
