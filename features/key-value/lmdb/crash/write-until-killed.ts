import { writeSync } from 'node:fs';
import { lmdbKeyValue } from '../lmdb-key-value.js';

/**
 * A process to be killed: writes batches for ever to the store in argv[2]. Batch n puts 40 keys to n, of sizes that take several pages, deletes
 * the 10 keys that batch n − 1 put besides, and puts 10 of its own. Says `n` on standard output once the batch is acknowledged.
 */
const store = lmdbKeyValue({ path: process.argv[2]! });
const [last] = await store.getMany(['fixed/0']);
const start = last === undefined ? 0 : Buffer.from(last).readUInt32LE() + 1;
for (let n = start; ; n++) {
  const value = Buffer.alloc(500 + (n % 7) * 1_000, n % 256);
  value.writeUInt32LE(n);
  const fixed = Array.from({ length: 40 }, (_, i) => [`fixed/${i}`, value] as const);
  const own = Array.from({ length: 10 }, (_, i) => [`own/${n}/${i}`, value] as const);
  const before = Array.from({ length: 10 }, (_, i) => `own/${n - 1}/${i}`);
  await store.write({ puts: [...fixed, ...own], deletes: before });
  writeSync(1, `${n}\n`);
}
