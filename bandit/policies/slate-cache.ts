import { mix32 } from '../../core/hash.js';

/**
 * Propensities of slates that were scored before, for a policy that does not look at the member. Direct-mapped and of fixed size: a slate that falls on another's
 * place takes it. An entry holds while none of its rows has changed since (`stamps`). Filling it changes no answer, only how soon it comes.
 */
export class SlateCache {
  readonly #slots: number;
  readonly #arms: number;
  readonly #sizes: Uint8Array;
  readonly #stampedAt: Float64Array;
  readonly #rows: Int32Array;
  readonly #propensities: Float64Array;

  /**
   * @param slots entries, a power of two
   * @param arms  slates of more arms are not kept
   */
  constructor(slots: number, arms: number) {
    this.#slots = slots;
    this.#arms = arms;
    this.#sizes = new Uint8Array(slots);
    this.#stampedAt = new Float64Array(slots);
    this.#rows = new Int32Array(slots * arms);
    this.#propensities = new Float64Array(slots * arms);
  }

  /**
   * Where this slate is kept or would be; −1 when it has too many arms.
   */
  place(rows: Int32Array, size: number): number {
    if (size > this.#arms) return -1;
    let hash = size;
    for (let a = 0; a < size; a++) hash = mix32(hash ^ rows[a]!) + a;
    return hash & (this.#slots - 1);
  }

  /** Copies the kept propensities to `out` and returns true, when they are those of this slate and still hold. */
  read(place: number, rows: Int32Array, size: number, stamps: RowStamps, out: Float64Array): boolean {
    if (this.#sizes[place] !== size) return false;
    const at = place * this.#arms;
    const stampedAt = this.#stampedAt[place]!;
    for (let a = 0; a < size; a++) {
      if (this.#rows[at + a] !== rows[a] || stamps.of(rows[a]!) > stampedAt) return false;
    }
    for (let a = 0; a < size; a++) out[a] = this.#propensities[at + a]!;
    return true;
  }

  write(place: number, rows: Int32Array, size: number, stamp: number, propensities: Float64Array): void {
    const at = place * this.#arms;
    this.#sizes[place] = size;
    this.#stampedAt[place] = stamp;
    for (let a = 0; a < size; a++) {
      this.#rows[at + a] = rows[a]!;
      this.#propensities[at + a] = propensities[a]!;
    }
  }

  clear(): void {
    this.#sizes.fill(0);
  }
}

/** When each row last changed, in applied versions; 0 for never. */
export interface RowStamps {
  of(row: number): number;
}
