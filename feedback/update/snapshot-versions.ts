import type { Expectation, KeyValueStore } from '../../features/key-value/key-value.js';

const KEY = 'learner/snapshot-version';
const RESERVED = 1_000_000;

/**
 * Version numbers that only grow, through crashes too: a block is reserved in the store before any of it is used, and a restart begins
 * behind the block. At ten snapshots a second a block lasts a day.
 */
export class SnapshotVersions {
  #last: number;
  #ceiling: number;

  private constructor(
    readonly store: KeyValueStore,
    reserved: number,
    readonly guard: readonly Expectation[],
  ) {
    this.#last = reserved;
    this.#ceiling = reserved;
  }

  /**
   * @param options for a store that others number in too: what reserving expects of it, and what was given out elsewhere
   * @throws AppError `store/conflict`, as `reserve`
   */
  static async open(
    store: KeyValueStore,
    { guard = [], floor = 0 }: { readonly guard?: readonly Expectation[]; readonly floor?: number } = {},
  ): Promise<SnapshotVersions> {
    const versions = new SnapshotVersions(store, Math.max(floor, await reservedVersions(store)), guard);
    await versions.reserve();
    return versions;
  }

  get last(): number {
    return this.#last;
  }

  /** Makes sure that `next` may be called half a block's times. */
  async reserve(): Promise<void> {
    if (this.#ceiling - this.#last > RESERVED / 2) return;
    const ceiling = this.#last + RESERVED;
    await this.store.write({ expect: this.guard, puts: [[KEY, Buffer.from(String(ceiling))]] });
    this.#ceiling = ceiling;
  }

  next(): number {
    if (this.#last >= this.#ceiling)
      throw new RangeError(`snapshot version ${this.#last + 1}; expected at most ${this.#ceiling}`);
    return ++this.#last;
  }
}

/** Versions up to this one have been given out, or may have been. */
export async function reservedVersions(store: KeyValueStore): Promise<number> {
  const [bytes] = await store.getMany([KEY]);
  return bytes === undefined ? 0 : Number(Buffer.from(bytes).toString('utf8'));
}
