import type { RowPolicyOptions, RowSlate } from './row-policy.js';

/**
 * What each row of a page is worth given which rows are placed, kept up to date as they are: an attention-weighted mean over its best titles in which a title that
 * a placed row has among its best counts `repeatedWorth` of its mean. Scratch of {@link orderRows}: one page at a time, no allocation once it has grown.
 */
export class RowValues {
  /** shape (R, topTitles): title and mean of the j-th best of each row */
  #bestTitles = new Int32Array(0);
  #bestMeans = new Float64Array(0);
  /** shape (R): how many best titles each row has, at most topTitles */
  #bestCounts = new Int32Array(0);
  #placed = new Uint8Array(0);
  /** per title: placed rows that have it among their best. All 0 between two pages. */
  #above = new Uint16Array(0);
  #size = 0;
  #top = 0;
  #attention = 1;
  #repeatedWorth = 0;

  begin(slate: RowSlate, { topTitles, attention, repeatedWorth }: RowPolicyOptions): void {
    const { size } = slate;
    this.#size = size;
    this.#top = Math.floor(topTitles);
    this.#attention = attention;
    this.#repeatedWorth = repeatedWorth;
    if (this.#placed.length < size) {
      this.#placed = new Uint8Array(2 * size);
      this.#bestCounts = new Int32Array(2 * size);
    }
    if (this.#bestMeans.length < size * this.#top) {
      this.#bestMeans = new Float64Array(2 * size * this.#top);
      this.#bestTitles = new Int32Array(2 * size * this.#top);
    }
    this.#placed.fill(0, 0, size);
    for (let r = 0; r < size; r++) this.#keepBest(slate, r);
  }

  /** Forgets the page. */
  end(): void {
    for (let r = 0; r < this.#size; r++) if (this.isPlaced(r)) this.withdraw(r);
  }

  isPlaced(row: number): boolean {
    return this.#placed[row] === 1;
  }

  place(row: number): void {
    this.#placed[row] = 1;
    this.#count(row, 1);
  }

  withdraw(row: number): void {
    this.#placed[row] = 0;
    this.#count(row, -1);
  }

  /**
   * exp((s(r) − s_max)/T) of every row in [begin, end) that is not placed, so that the highest is 1 whatever the spread.
   * @returns their sum
   */
  rates(begin: number, end: number, temperature: number, out: Float64Array): number {
    let highest = -Infinity;
    for (let r = begin; r < end; r++) {
      if (this.isPlaced(r)) continue;
      out[r] = this.#worth(r);
      if (out[r]! > highest) highest = out[r]!;
    }
    let total = 0;
    for (let r = begin; r < end; r++) {
      if (this.isPlaced(r)) continue;
      out[r] = Math.exp((out[r]! - highest) / temperature);
      total += out[r]!;
    }
    return total;
  }

  /** P(row next) among the rows of [begin, end) that are not placed, by the sum Σ exp((s(r) − s(row))/T). */
  shareOf(row: number, begin: number, end: number, temperature: number): number {
    const own = this.#worth(row);
    let total = 0;
    for (let r = begin; r < end; r++)
      if (!this.isPlaced(r)) total += Math.exp((this.#worth(r) - own) / temperature);
    return 1 / total;
  }

  #worth(row: number): number {
    const at = row * this.#top;
    const count = this.#bestCounts[row]!;
    let weight = 1;
    let [sum, weights] = [0, 0];
    for (let j = 0; j < count; j++) {
      const repeats = this.#above[this.#bestTitles[at + j]!]! > 0;
      sum += weight * this.#bestMeans[at + j]! * (repeats ? this.#repeatedWorth : 1);
      weights += weight;
      weight *= this.#attention;
    }
    return count === 0 ? 0 : sum / weights;
  }

  #count(row: number, change: 1 | -1): void {
    const at = row * this.#top;
    for (let j = 0; j < this.#bestCounts[row]!; j++) {
      const title = this.#bestTitles[at + j]!;
      this.#above[title] = this.#above[title]! + change;
    }
  }

  /** The best titles of a row by insertion, equal means in the row's order. */
  #keepBest({ starts, titles, means }: RowSlate, row: number): void {
    const at = row * this.#top;
    let count = 0;
    for (let t = starts[row]!; t < starts[row + 1]!; t++) {
      const mean = means[t]!;
      this.#growTitles(titles[t]!);
      if (count === this.#top && mean <= this.#bestMeans[at + count - 1]!) continue;
      let j = count === this.#top ? count - 1 : count++;
      for (; j > 0 && this.#bestMeans[at + j - 1]! < mean; j--) {
        this.#bestMeans[at + j] = this.#bestMeans[at + j - 1]!;
        this.#bestTitles[at + j] = this.#bestTitles[at + j - 1]!;
      }
      this.#bestMeans[at + j] = mean;
      this.#bestTitles[at + j] = titles[t]!;
    }
    this.#bestCounts[row] = count;
  }

  #growTitles(title: number): void {
    if (title < this.#above.length) return;
    const larger = new Uint16Array(Math.max(1024, 2 * (title + 1)));
    larger.set(this.#above);
    this.#above = larger;
  }
}

/** `buffer`, or a larger one in its place: what was in it is not kept. */
export function grownRows(buffer: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  return buffer.length >= size ? buffer : new Float64Array(2 * size);
}
