import { appendFile, mkdtemp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnalyticsTable, PrintedRows } from '../../analytics/analytics.js';
import { partitionKey, type WritableBatch } from '../row-batch.js';
import { openSpool, type Spool } from './spool.js';

let directory: string;
let opened: Spool[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  for (const spool of opened) await spool.close();
  opened = [];
  await rm(directory, { recursive: true, force: true });
});

async function spoolOf(
  options: { maxBytes?: number; fileBytes?: number; frontBytes?: number; lines?: string[] } = {},
): Promise<Spool> {
  const { maxBytes = 1 << 20, fileBytes = 2_000, frontBytes = 1, lines = [] } = options;
  const spool = await openSpool({
    directory,
    maxBytes,
    fileBytes,
    frontBytes,
    onLog: (line) => void lines.push(line),
  });
  opened.push(spool);
  return spool;
}

/** About 500 bytes; the number is in its rows and its offset. */
function batch(number: number) {
  const line = (table: string): Buffer => Buffer.from(`["${table} ${number} ü","${'x'.repeat(150)}"]\n`);
  const offset = {
    topic: 'labels',
    partition: 1,
    offset: number,
    fence: { epoch: 2, owner: 'o', sequence: 3 },
  } as const;
  return {
    tables: new Map<AnalyticsTable, PrintedRows>([
      ['impressions', { columns: ['event_id', 'member_id'], lines: [line('i'), line('i')], count: 2 }],
      ['plays', { columns: ['event_id'], lines: [line('p')], count: 1 }],
    ]),
    hours: new Set([number * 3_600_000]),
    offsets: new Map([[partitionKey('labels', 1), offset]]),
    count: 3,
  };
}

/** The same in one piece per table, as it comes back. */
function joined({ tables, ...rest }: WritableBatch) {
  return {
    ...rest,
    tables: Array.from(tables, ([table, { lines, ...rows }]) => ({
      table,
      ...rows,
      text: Buffer.concat(lines).toString(),
    })),
  };
}

async function drained(spool: Spool): Promise<number[]> {
  const numbers: number[] = [];
  for (let next = await spool.front(); next !== undefined; next = await spool.front()) {
    numbers.push([...next.batch.offsets.values()][0]!.offset);
    await spool.drop(next.batches);
  }
  return numbers;
}

async function appendAll(spool: Spool, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) expect(await spool.append(batch(number))).toBe(true);
}

describe('spool', () => {
  it('gives batches back as they went in, oldest first, and leaves no file behind', async () => {
    const spool = await spoolOf();
    expect(await spool.front()).toBeUndefined();
    await appendAll(spool, 1, 20);
    expect(joined((await spool.front())!.batch)).toEqual(joined(batch(1)));
    expect(spool.batches).toBe(20);
    expect((await readdir(directory)).length).toBeGreaterThan(3);
    expect(await drained(spool)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect([spool.batches, spool.bytes, await readdir(directory)]).toEqual([0, 0, []]);
    await appendAll(spool, 21, 22);
    expect(await drained(spool)).toEqual([21, 22]);
  });

  it('puts batches together, as far as they have the same columns and the bytes allow', async () => {
    const spool = await spoolOf({ fileBytes: 1 << 20, frontBytes: 1 << 20 });
    await appendAll(spool, 1, 1);
    const oneBytes = spool.bytes;
    await appendAll(spool, 2, 4);
    const other = batch(5);
    other.tables.set('plays', { columns: ['event_id', 'slot'], lines: [Buffer.from('["p",1]\n')], count: 1 });
    await spool.append(other);
    const { batch: first, batches } = (await spool.front())!;
    expect(batches).toBe(4);
    expect([first.count, [...first.hours], [...first.offsets.values()][0]!.offset]).toEqual([
      12,
      [1, 2, 3, 4].map((number) => number * 3_600_000),
      4,
    ]);
    const plays = first.tables.get('plays')!;
    expect(plays.count).toBe(4);
    expect(Buffer.concat(plays.lines).toString().match(/p \d/g)).toEqual([1, 2, 3, 4].map((n) => `p ${n}`));
    await spool.drop(batches);
    expect(joined((await spool.front())!.batch)).toEqual(joined(other));
    await spool.drop(1);
    const narrow = await spoolOf({ fileBytes: 1 << 20, frontBytes: 2.5 * oneBytes });
    await appendAll(narrow, 1, 5);
    expect((await narrow.front())!.batches).toBe(2);
  });

  it('goes on with what a former process left, and says how far that reaches', async () => {
    await appendAll(await spoolOf(), 1, 9);
    const next = await spoolOf();
    expect([...next.offsets().values()]).toEqual([...batch(9).offsets.values()]);
    await appendAll(next, 10, 11);
    expect(await drained(next)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('takes no more than it may, and more once there is room', async () => {
    const spool = await spoolOf({ maxBytes: 5_000 });
    let taken = 0;
    while (await spool.append(batch(taken + 1))) taken++;
    expect(spool.bytes).toBeLessThanOrEqual(5_000);
    const onDisk = await Promise.all((await readdir(directory)).map((name) => stat(join(directory, name))));
    expect(onDisk.reduce((sum, { size }) => sum + size, 0)).toBe(spool.bytes);
    expect(taken).toBeGreaterThan(5);
    await drained(spool);
    expect(await spool.append(batch(1))).toBe(true);
  });

  it('cuts off what a kill left unfinished, at whichever byte', async () => {
    await appendAll(await spoolOf({ fileBytes: 1 << 20 }), 1, 3);
    const [name] = await readdir(directory);
    const path = join(directory, name!);
    const { size } = await stat(path);
    for (const bytes of [1, 7, 15, 16, 200, Math.floor(size / 3) - 1]) {
      const whole = await spoolOf({ fileBytes: 1 << 20 });
      await appendAll(whole, 4, 4);
      await whole.close();
      await truncate(path, size + bytes);
      const lines: string[] = [];
      const next = await spoolOf({ lines });
      expect(next.batches).toBe(3);
      expect(lines).toEqual([`cut ${bytes} bytes of an unfinished or damaged batch off ${path}`]);
      await next.close();
      opened = [];
    }
    await appendFile(path, Buffer.alloc(100));
    expect(await drained(await spoolOf())).toEqual([1, 2, 3]);
  });

  it('keeps nothing that came after a damaged batch, so that the log is read from there again', async () => {
    await appendAll(await spoolOf(), 1, 20);
    const files = (await readdir(directory)).sort();
    const damaged = join(directory, files[1]!);
    const file = await open(damaged, 'r+');
    await file.write(Buffer.from('!'), 0, 1, (await file.stat()).size - 200);
    await file.close();
    const next = await spoolOf();
    const kept = await drained(next);
    expect(kept).toEqual(kept.map((_, i) => i + 1));
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.length).toBeLessThan(12);
    expect(await readdir(directory)).toEqual([]);
  });

  it('says so when a batch can no longer be read', async () => {
    const spool = await spoolOf();
    await appendAll(spool, 1, 1);
    const [name] = await readdir(directory);
    const file = await open(join(directory, name!), 'r+');
    await file.write(Buffer.from('!'), 0, 1, 100);
    await file.close();
    await expect(spool.front()).rejects.toMatchObject({ code: 'log/corrupt' });
  });
});
