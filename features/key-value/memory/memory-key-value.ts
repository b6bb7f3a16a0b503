import { AppError } from '../../../core/errors.js';
import { checkedBatch, checkedKey, conflict, holds } from '../checked-batch.js';
import type { KeyValueStore } from '../key-value.js';

/** Everything in one Map, for tests and short demos: gone with the process. Values are copied in and out; nothing expires. */
export function memoryKeyValue(): KeyValueStore {
  const values = new Map<string, Uint8Array>();
  let open = true;
  const mustBeOpen = (): void => {
    if (!open)
      throw new AppError('store/closed', 'the memory key-value store is closed; expected an open store');
  };
  return {
    async getMany(keys) {
      mustBeOpen();
      return await Promise.resolve(
        keys.map((key) => {
          const value = values.get(checkedKey(key));
          return value && Uint8Array.from(value);
        }),
      );
    },
    async write(batch) {
      mustBeOpen();
      const { puts, deletes, expected } = checkedBatch(batch);
      if (!expected.every(([key, value]) => holds(values.get(key), value))) throw conflict();
      for (const [key, value] of puts) values.set(key, value);
      for (const key of deletes) values.delete(key);
      await Promise.resolve();
    },
    async *scan(prefix) {
      mustBeOpen();
      const found = [...values].filter(([key]) => key.startsWith(prefix));
      found.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const [key, value] of found) {
        await Promise.resolve();
        yield [key, Uint8Array.from(value)] as const;
      }
    },
    async close() {
      open = false;
      await Promise.resolve();
    },
  };
}
