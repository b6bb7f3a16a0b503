import { LRUCache } from 'lru-cache';
import type { KeyValueStore } from '../../../features/key-value/key-value.js';

/** What an entry weighs beside its bytes. */
const ENTRY_BYTES = 200;
const ABSENT = new Uint8Array(0);

/**
 * Rows as others wrote them. A row that is known not to have changed is not fetched again, as long as there is room: of a row that one partition touched all
 * the other partitions' are needed too.
 */
export class StoredRows {
  readonly #known: LRUCache<string, Uint8Array>;

  /** @param maxBytes of memory for rows that are kept */
  constructor(
    readonly store: Pick<KeyValueStore, 'getMany'>,
    maxBytes: number,
  ) {
    this.#known = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (bytes) => ENTRY_BYTES + bytes.byteLength,
    });
  }

  /** @returns in the order asked; undefined where there is none */
  async get(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const found = keys.map((key) => this.#known.get(key));
    const missing = keys.flatMap((_, i) => (found[i] === undefined ? [i] : []));
    const fetched = missing.length === 0 ? [] : await this.store.getMany(missing.map((i) => keys[i]!));
    for (const [n, i] of missing.entries()) {
      found[i] = fetched[n] ?? ABSENT;
      this.#known.set(keys[i]!, found[i]);
    }
    return found.map((bytes) => (bytes === ABSENT ? undefined : bytes));
  }

  /** It was read in passing, or is as good as new. @param bytes undefined: to be fetched when it is asked for */
  put(key: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) this.#known.delete(key);
    else this.#known.set(key, bytes);
  }
}
