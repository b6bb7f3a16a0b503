import { mix32 } from '../../core/hash.js';

/** When each row last changed, in applied versions; 0 for never. */
export interface RowStamps {
  of(row: number): number;
}

/** Slates with the same hash live in the same set; four of them fit. With one, every page of 800 titles would lose some to each other. */
const WAYS = 4;

/**
 * Propensities of slates that were scored before, for a policy that does not look at the member. Set-associative and of fixed size: in a full set the slates
 * take turns. An entry holds while none of its rows has changed since (`stamps`). Filling it changes no answer, only how soon it comes.
 */
export class SlateCache {
  readonly #sets: number;
  readonly #arms: number;
  readonly #sizes: Uint8Array;
  readonly #turns: Uint8Array;
  readonly #stampedAt: Float64Array;
  readonly #rows: Int32Array;
  readonly #propensities: Float64Array;

  /**
   * @param sets number of sets of 4 slates, a power of two
   * @param arms slates of more arms are not kept
   */
  constructor(sets: number, arms: number) {
    this.#sets = sets;
    this.#arms = arms;
    this.#sizes = new Uint8Array(sets * WAYS);
    this.#turns = new Uint8Array(sets);
    this.#stampedAt = new Float64Array(sets * WAYS);
    this.#rows = new Int32Array(sets * WAYS * arms);
    this.#propensities = new Float64Array(sets * WAYS * arms);
  }

  /** The set this slate belongs to; −1 when it has too many arms to be kept. */
  setOf(rows: Int32Array, size: number): number {
    if (size > this.#arms) return -1;
    let hash = size;
    for (let a = 0; a < size; a++) hash = mix32(hash ^ rows[a]!) + a;
    return hash & (this.#sets - 1);
  }

  /** Copies the kept propensities to `out` and returns true, when this slate's are kept and still hold. */
  read(set: number, rows: Int32Array, size: number, stamps: RowStamps, out: Float64Array): boolean {
    const entry = this.#find(set, rows, size);
    if (entry < 0) return false;
    const stampedAt = this.#stampedAt[entry]!;
    for (let a = 0; a < size; a++) if (stamps.of(rows[a]!) > stampedAt) return false;
    const at = entry * this.#arms;
    for (let a = 0; a < size; a++) out[a] = this.#propensities[at + a]!;
    return true;
  }

  /** Keeps the propensities as of version `stamp`: over the slate's own older ones, else over the set's next in turn. */
  write(set: number, rows: Int32Array, size: number, stamp: number, propensities: Float64Array): void {
    let entry = this.#find(set, rows, size);
    if (entry < 0) {
      const turn = this.#turns[set]!;
      this.#turns[set] = (turn + 1) % WAYS;
      entry = set * WAYS + turn;
    }
    const at = entry * this.#arms;
    this.#sizes[entry] = size;
    this.#stampedAt[entry] = stamp;
    for (let a = 0; a < size; a++) {
      this.#rows[at + a] = rows[a]!;
      this.#propensities[at + a] = propensities[a]!;
    }
  }

  clear(): void {
    this.#sizes.fill(0);
  }

  #find(set: number, rows: Int32Array, size: number): number {
    for (let entry = set * WAYS; entry < (set + 1) * WAYS; entry++) {
      if (this.#sizes[entry] !== size) continue;
      const at = entry * this.#arms;
      let a = 0;
      while (a < size && this.#rows[at + a] === rows[a]) a++;
      if (a === size) return entry;
    }
    return -1;
  }
}
