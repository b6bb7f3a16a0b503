/** The best few of many scores: a heap whose root is the least of them. Of equal scores the earlier stays. */
export class BestSoFar {
  readonly capacity: number;
  readonly #rows: number[] = [];
  readonly #scores: number[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** What a score must exceed to enter; −Infinity until there are enough. */
  get least(): number {
    return this.#rows.length < this.capacity ? -Infinity : this.#scores[0]!;
  }

  /** @param row in ascending order from call to call */
  offer(row: number, score: number): void {
    if (this.#rows.length < this.capacity) this.#rise(this.#rows.length, row, score);
    else if (score > this.least) this.#sink(row, score);
  }

  /** Best first, then by row. */
  sorted(): readonly (readonly [row: number, score: number])[] {
    return this.#rows
      .map((row, i): readonly [number, number] => [row, this.#scores[i]!])
      .sort(([rowA, a], [rowB, b]) => b - a || rowA - rowB);
  }

  #rise(at: number, row: number, score: number): void {
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#under(score, row, parent)) break;
      this.#rows[at] = this.#rows[parent]!;
      this.#scores[at] = this.#scores[parent]!;
      at = parent;
    }
    this.#rows[at] = row;
    this.#scores[at] = score;
  }

  #sink(row: number, score: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#rows.length) break;
      if (
        child + 1 < this.#rows.length &&
        this.#under(this.#scores[child + 1]!, this.#rows[child + 1]!, child)
      )
        child++;
      if (this.#under(score, row, child)) break;
      this.#rows[at] = this.#rows[child]!;
      this.#scores[at] = this.#scores[child]!;
      at = child;
    }
    this.#rows[at] = row;
    this.#scores[at] = score;
  }

  /** Is (score, row) to go before what stands at `other`: a lower score, or of equal ones the later row? */
  #under(score: number, row: number, other: number): boolean {
    return score < this.#scores[other]! || (score === this.#scores[other] && row > this.#rows[other]!);
  }
}
