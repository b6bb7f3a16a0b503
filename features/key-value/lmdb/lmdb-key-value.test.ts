import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { keyValueContract } from '../key-value.contract.js';
import { lmdbKeyValue } from './lmdb-key-value.js';

const made: string[] = [];
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))));

keyValueContract('lmdb', async () => {
  const path = await mkdtemp(join(tmpdir(), 'marquee-lmdb-'));
  made.push(path);
  return lmdbKeyValue({ path });
});
