import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { ChunkReader } from './base-chunks.js';
import type { Manifest } from './manifest.js';
import { chunkKey } from './snapshot-keys.js';

export type NamedBase = Pick<Manifest, 'modelKey' | 'base'>;

/** Where followers get bases from. */
export interface BaseSource {
  /**
   * Gives a base's parts to `take`, in order, each when the one before has been taken. The bytes are valid until then.
   *
   * @returns false: a chunk is not there (any more)
   * @throws AppError `snapshot/corrupt`, what the store fails with, and what `take` throws
   */
  read(base: NamedBase, take: (part: Uint8Array) => Promise<void>): Promise<boolean>;
  /** Idempotent; the store it reads from is not closed. */
  close(): Promise<void>;
}

/** Reads in this thread. The next chunk is on its way while one is taken. */
export function storeBaseSource(store: Pick<KeyValueStore, 'getMany'>): BaseSource {
  return {
    async read({ modelKey, base }, take) {
      const reader = new ChunkReader(base);
      const fetch = async (chunk: number): Promise<Uint8Array | undefined> =>
        chunk < base.chunks ? (await store.getMany([chunkKey(modelKey, base, chunk)]))[0] : undefined;
      let next = fetch(0);
      for (let i = 0; i < base.chunks; i++) {
        const chunk = await next;
        if (chunk === undefined) return false;
        next = fetch(i + 1);
        // Should this one not be taken, nobody will ask how the next one went.
        next.catch(() => undefined);
        for (const part of reader.read(chunk)) await take(part);
      }
      reader.finish();
      return true;
    },
    close: () => Promise.resolve(),
  };
}
