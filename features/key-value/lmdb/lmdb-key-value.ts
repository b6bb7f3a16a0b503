import { open, type RootDatabase } from 'lmdb';
import { AppError } from '../../../core/errors.js';
import { successor } from '../byte-order.js';
import { checkedBatch, conflict, holds, type CheckedBatch } from '../checked-batch.js';
import { keyBytes } from '../checked-key.js';
import type { KeyValueStore } from '../key-value.js';

export interface LmdbKeyValueOptions {
  /** directory of the database; made if missing. LMDB keeps data.mdb and lock.mdb in it. */
  readonly path: string;
  /** most bytes the database may grow to; default: grows as the disk allows (LMDB remaps as needed) */
  readonly mapSizeBytes?: number;
}

/** Entries read from one LMDB snapshot before the event loop gets a turn: a long scan must not stop serving. */
const SCAN_CHUNK = 256;

/**
 * LMDB: a memory-mapped copy-on-write B-tree. Reads come straight from the page cache; a batch is one transaction.
 *
 * `write` resolves after the commit has been flushed: lmdb-js by default (`overlappingSync`) resolves once the commit is visible and flushes
 * it later, so that option is off here and LMDB itself syncs the data pages before it writes the meta page that makes them current.
 * A process killed at any moment leaves either the whole batch or nothing of it. Batches of one event-loop turn share one flush.
 *
 * Nothing expires here: what may be gone after a while may as well be there.
 *
 * A `scan` reads in chunks, each from a snapshot of its own, so that no reader pins old pages while the caller is slow: entries
 * written behind the cursor meanwhile are not seen, those ahead of it are.
 */
export function lmdbKeyValue(options: LmdbKeyValueOptions): KeyValueStore {
  const database = open<Uint8Array, Buffer>({
    path: options.path,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
    // Otherwise transactions' callbacks run after the plain batches that were queued behind them.
    strictAsyncOrder: true,
    noSubdir: false,
    ...(options.mapSizeBytes === undefined ? {} : { mapSize: options.mapSizeBytes }),
  });
  let closing: Promise<void> | undefined;
  const pending = new Set<Promise<unknown>>();
  const mustBeOpen = (): void => {
    if (closing !== undefined) {
      throw new AppError(
        'store/closed',
        `the key-value store ${options.path} is closed; expected an open store`,
      );
    }
  };
  const chunkFrom = (
    start: Buffer,
    exclusiveStart: boolean,
    end: Buffer | undefined,
  ): { key: Buffer; value: Uint8Array }[] => {
    mustBeOpen();
    const range = { start, exclusiveStart, limit: SCAN_CHUNK, ...(end === undefined ? {} : { end }) };
    return [
      ...database
        .getRange(range)
        .map(({ key, value }) => ({ key: Buffer.from(key), value: onceCopied(value) })),
    ];
  };
  return {
    async getMany(keys) {
      mustBeOpen();
      const found = keys.map((key) => database.getBinary(keyBytes(key)));
      return await Promise.resolve(found.map((bytes) => (bytes === undefined ? undefined : ownBytes(bytes))));
    },
    async write(batch) {
      mustBeOpen();
      const checked = checkedBatch(batch);
      if (checked.puts.length + checked.deletes.length + checked.expected.length === 0) return;
      const committed = commit(database, checked);
      pending.add(committed);
      try {
        if (!(await committed)) throw conflict();
      } finally {
        pending.delete(committed);
      }
    },
    async *scan(prefix) {
      let start: Buffer = Buffer.from(prefix, 'utf8');
      const end = successor(start);
      for (let first = true; ; first = false) {
        const chunk = chunkFrom(start, !first, end);
        for (const { key, value } of chunk) yield [key.toString('utf8'), value] as const;
        if (chunk.length < SCAN_CHUNK) return;
        start = chunk[chunk.length - 1]!.key;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    close() {
      closing ??= Promise.allSettled(pending).then(() => database.close());
      return closing;
    },
  };
}

/**
 * Expectations are looked at inside the write transaction, where nobody else writes, another process neither.
 * @returns false: they did not hold, and nothing was written
 */
function commit(
  database: RootDatabase<Uint8Array, Buffer>,
  { puts, deletes, expected }: CheckedBatch,
): Promise<boolean> {
  const apply = (): void => {
    for (const [key, value] of puts) void database.put(keyBytes(key), value);
    for (const key of deletes) void database.remove(keyBytes(key));
  };
  if (expected.length === 0) return database.batch(apply).then(() => true);
  return database.transaction(() => {
    if (!expected.every(([key, value]) => holds(database.getBinary(keyBytes(key)), value))) return false;
    apply();
    return true;
  });
}

/** Copies out of LMDB's memory map or reused buffer: the bytes are the caller's to keep. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** As `ownBytes`, of what lmdb-js may have copied already: it gives ranges of binary values buffers of their own, but for small ones, which share a pool. */
function onceCopied(bytes: Uint8Array): Uint8Array {
  const { buffer } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isAlone ? new Uint8Array(buffer) : ownBytes(bytes);
}
