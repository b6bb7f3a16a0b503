import type { KeyValueStore } from '../../features/key-value/key-value.js';

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
  ) {
    this.#last = reserved;
    this.#ceiling = reserved;
  }

  static async open(store: KeyValueStore): Promise<SnapshotVersions> {
    const [bytes] = await store.getMany([KEY]);
    const versions = new SnapshotVersions(
      store,
      bytes === undefined ? 0 : Number(Buffer.from(bytes).toString('utf8')),
    );
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
    await this.store.write({ puts: [[KEY, Buffer.from(String(ceiling))]] });
    this.#ceiling = ceiling;
  }

  next(): number {
    if (this.#last >= this.#ceiling)
      throw new RangeError(`snapshot version ${this.#last + 1}; expected at most ${this.#ceiling}`);
    return ++this.#last;
  }
}
