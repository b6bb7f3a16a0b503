/** Which titles of the page at hand are decided, and in which slot: a title that stands twice is decided once. No work to begin a page. */
export class DecidedTitles {
  /** per title row: page on which it was last decided, and the slot where */
  #onPage = new Uint32Array(0);
  #inSlot = new Uint32Array(0);
  #page = 0;

  nextPage(): void {
    this.#page = (this.#page + 1) >>> 0;
    if (this.#page !== 0) return;
    this.#onPage.fill(0);
    this.#page = 1;
  }

  /** undefined: not yet on this page */
  slotOf(titleRow: number): number | undefined {
    return this.#onPage[titleRow] === this.#page ? this.#inSlot[titleRow] : undefined;
  }

  note(titleRow: number, slot: number): void {
    this.#growTo(titleRow);
    this.#onPage[titleRow] = this.#page;
    this.#inSlot[titleRow] = slot;
  }

  #growTo(titleRow: number): void {
    if (titleRow < this.#onPage.length) return;
    const capacity = Math.max(1024, 2 * (titleRow + 1));
    const onPage = new Uint32Array(capacity);
    const inSlot = new Uint32Array(capacity);
    onPage.set(this.#onPage);
    inSlot.set(this.#inSlot);
    this.#onPage = onPage;
    this.#inSlot = inSlot;
  }
}
