import type { KeyValueStore } from './key-value/key-value.js';
import {
  addShown,
  decodeShown,
  encodeShown,
  type FrequencyCap,
  type ShownArtwork,
} from './shown-artworks.js';

/** Where what a member was shown is kept. */
export function shownKey(memberId: string): string {
  return `shown/${memberId}`;
}

/** How far a partition of what was shown is taken in: `shown-offset/<partition>`. */
function offsetKey(partition: number): string {
  return `shown-offset/${partition}`;
}

export interface ShownStoreOptions {
  readonly store: KeyValueStore;
  readonly cap: FrequencyCap;
  /** artworks remembered of one member, newest first; default 2,000: 16 KB */
  readonly maxEntries?: number;
  /** told after it is stored; must not throw */
  readonly onShown: (memberId: string, shown: readonly ShownArtwork[]) => void;
}

/** Something that a member was shown, and where in the partition it says so. */
export interface ShownRecord extends ShownArtwork {
  readonly offset: number;
  readonly memberId: string;
}

/**
 * What members were shown, over the key-value port. A batch of a partition and the offset after it are written together, and only if the offset is still what it
 * was: so each record is taken in once, however often it is read and by however many. All of it may be gone one window after the last.
 */
export class ShownStore {
  readonly #maxEntries: number;

  constructor(readonly options: ShownStoreOptions) {
    this.#maxEntries = options.maxEntries ?? 2_000;
  }

  /** The first record of a partition that is not taken in yet; undefined: nothing is known of it */
  async offset(partition: number): Promise<number | undefined> {
    const [held] = await this.options.store.getMany([offsetKey(partition)]);
    return held && readOffset(held);
  }

  /** @param next the offset after these. @throws AppError `store/conflict`: somebody else has taken in of this partition; `store/unavailable` */
  async add(partition: number, records: readonly ShownRecord[], next: number): Promise<void> {
    const { store, cap, onShown } = this.options;
    const key = offsetKey(partition);
    const memberIds = [...new Set(records.map(({ memberId }) => memberId))];
    const [held, ...blobs] = await store.getMany([key, ...memberIds.map(shownKey)]);
    const from = held ? readOffset(held) : 0;
    if (next <= from) return;
    const more = new Map<string, ShownRecord[]>(memberIds.map((memberId) => [memberId, []]));
    for (const record of records) if (record.offset >= from) more.get(record.memberId)!.push(record);
    const histories = memberIds.map((memberId, i) => {
      const before = decodeShown(blobs[i]);
      return { memberId, shown: addShown(before, more.get(memberId)!, cap.windowMs, this.#maxEntries) };
    });
    await store.write({
      expect: [[key, held]],
      puts: [
        ...histories.map(({ memberId, shown }) => [shownKey(memberId), encodeShown(shown)] as const),
        [key, Buffer.from(String(next))],
      ],
      expiresInMs: Math.ceil(cap.windowMs),
    });
    for (const { memberId, shown } of histories) onShown(memberId, shown);
  }
}

function readOffset(held: Uint8Array): number {
  return Number(Buffer.from(held).toString('latin1'));
}
