import { AppError } from '../../../core/errors.js';
import { keyBytes } from '../checked-key.js';
import type { KeyValueBatch, KeyValueStore } from '../key-value.js';

/** Everything in one Map, for tests and short demos: gone with the process. Values are copied in and out. */
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
      return await Promise.resolve(keys.map((key) => values.get(key)?.slice()));
    },
    async write(batch) {
      mustBeOpen();
      const { puts, deletes } = checked(batch);
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
        yield [key, value.slice()] as const;
      }
    },
    async close() {
      open = false;
      await Promise.resolve();
    },
  };
}

/** Reads the whole batch before any of it is applied: an iterable that throws half way must change nothing. */
function checked(batch: KeyValueBatch): { puts: [string, Uint8Array][]; deletes: string[] } {
  const puts = Array.from(batch.puts ?? [], ([key, value]): [string, Uint8Array] => [key, value.slice()]);
  const deletes = [...(batch.deletes ?? [])];
  for (const [key] of puts) keyBytes(key);
  for (const key of deletes) keyBytes(key);
  return { puts, deletes };
}
