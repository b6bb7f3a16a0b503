const PRESENT = 1;
const TOUCHED = 2;

/** Which rows exist, and which changed since somebody last asked. One byte per row, plus the list of changes. */
export class RowMarks {
  #marks = new Uint8Array(64);
  #touched = new Int32Array(64);
  #touchedCount = 0;
  #rows = 0;

  /** upper bound: the highest row that exists, plus one */
  get rows(): number {
    return this.#rows;
  }

  has(row: number): boolean {
    return ((this.#marks[row] ?? 0) & PRESENT) !== 0;
  }

  /** Marks the row as existing and changed. */
  touch(row: number): void {
    if (row >= this.#marks.length) this.#marks = grownBytes(this.#marks, row + 1);
    if (row >= this.#rows) this.#rows = row + 1;
    if ((this.#marks[row]! & TOUCHED) !== 0) return;
    this.#marks[row] = PRESENT | TOUCHED;
    if (this.#touchedCount === this.#touched.length) {
      const grown = new Int32Array(this.#touched.length * 2);
      grown.set(this.#touched);
      this.#touched = grown;
    }
    this.#touched[this.#touchedCount++] = row;
  }

  /** Rows changed since the last drain, ascending. */
  drain(): Int32Array {
    const drained = this.#touched.slice(0, this.#touchedCount).sort();
    for (const row of drained) this.#marks[row] = PRESENT;
    this.#touchedCount = 0;
    return drained;
  }

  copyFrom(other: RowMarks): void {
    this.#marks = other.#marks.slice();
    this.#touched = other.#touched.slice();
    this.#touchedCount = other.#touchedCount;
    this.#rows = other.#rows;
  }
}

function grownBytes(bytes: Uint8Array<ArrayBuffer>, atLeast: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.max(atLeast, bytes.length * 2));
  grown.set(bytes);
  return grown;
}
