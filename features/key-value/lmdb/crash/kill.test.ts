import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAndKill } from '../../../../test/processes/killed-process.js';
import { lmdbKeyValue } from '../lmdb-key-value.js';

const script = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));

/** @returns the last batch that the process said was acknowledged before SIGKILL ended it */
async function writeAndKill(path: string, batches: number): Promise<number> {
  const told = await runAndKill(script, [path], batches);
  return Number(told[told.length - 1]);
}

describe('LMDB under kill -9', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'marquee-lmdb-kill-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  it('keeps every acknowledged batch, and of the one it was at all or nothing', async () => {
    for (const batches of [1, 17, 60]) {
      const acknowledged = await writeAndKill(path, batches);
      const store = lmdbKeyValue({ path });
      const found: [string, number, number][] = [];
      for await (const [key, value] of store.scan(''))
        found.push([key, Buffer.from(value).readUInt32LE(), value.length]);
      await store.close();
      const n = found[0]![1];
      expect(n === acknowledged || n === acknowledged + 1).toBe(true);
      const keys = [
        ...Array.from({ length: 40 }, (_, i) => `fixed/${i}`),
        ...Array.from({ length: 10 }, (_, i) => `own/${n}/${i}`),
      ];
      expect(found.map(([key]) => key)).toEqual(keys.sort());
      expect(found.every(([, batch, bytes]) => batch === n && bytes === 500 + (n % 7) * 1_000)).toBe(true);
    }
  });

  it('reads in one process what another is writing', async () => {
    const acknowledged = await writeAndKill(path, 5);
    const [one, other] = [lmdbKeyValue({ path }), lmdbKeyValue({ path })];
    await one.write({ puts: [['seen', Uint8Array.of(1)]] });
    expect(await other.getMany(['seen'])).toEqual([Uint8Array.of(1)]);
    expect(Buffer.from((await other.getMany(['fixed/39']))[0]!).readUInt32LE()).toBeGreaterThanOrEqual(
      acknowledged,
    );
    await one.close();
    await other.write({ puts: [['seen', Uint8Array.of(2)]] });
    await other.close();
  });
});
