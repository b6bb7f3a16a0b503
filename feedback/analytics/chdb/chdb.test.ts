import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  analyticsContract,
  countImpressions,
  impressionRows,
  type AnalyticsUnderTest,
} from '../analytics.contract.js';
import { retentionContract } from '../retention.contract.js';
import { rollUpContract } from '../roll-ups.contract.js';
import { SHIPPED_MIGRATIONS } from '../migrations.js';
import { chdbAnalytics, type ChdbAnalytics } from './chdb.js';

let folder: string;
let opened = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chdb-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function freshPath(): string {
  return join(folder, `tables-${++opened}`);
}

async function open(): Promise<AnalyticsUnderTest> {
  const analytics = await chdbAnalytics({ path: freshPath() });
  return { analytics, dispose: () => analytics.close() };
}
analyticsContract('chdb', open);
rollUpContract('chdb', open);
retentionContract('chdb', async (retentionDays) => {
  const path = join(folder, 'retention');
  const analytics = await chdbAnalytics({ path, ...(retentionDays && { retentionDays }) });
  return { analytics, dispose: () => analytics.close() };
});

const unavailable = expect.objectContaining({ code: 'analytics/unavailable' }) as unknown;

describe('chdb', () => {
  it('gives a long query up, and goes on', async () => {
    const analytics = await chdbAnalytics({ path: freshPath(), queryTimeoutMs: 1_000, threads: 1 });
    const endless = analytics.query('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1');
    await expect(endless).rejects.toMatchObject({
      code: 'analytics/query-failed',
      message: expect.stringContaining('TIMEOUT_EXCEEDED') as string,
    });
    expect(await analytics.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await analytics.close();
  });

  it('fails a query that wants too much memory or returns too much, not the process', async () => {
    const analytics = await chdbAnalytics({
      path: freshPath(),
      memoryLimitBytes: 400 << 20,
      maxResultRows: 10,
    });
    const pid = analytics.enginePid();
    const refused = (message: string) => ({
      code: 'analytics/query-failed',
      message: expect.stringContaining(message) as string,
    });
    const greedy = analytics.query('SELECT length(groupArray(number)) FROM numbers(1000000000)');
    await expect(greedy).rejects.toMatchObject(refused('MEMORY_LIMIT_EXCEEDED'));
    await expect(analytics.query('SELECT * FROM numbers(11)')).rejects.toMatchObject(
      refused('TOO_MANY_ROWS_OR_BYTES'),
    );
    expect(await analytics.query('SELECT * FROM numbers(1)')).toEqual([{ number: 0 }]);
    expect(analytics.enginePid()).toBe(pid);
    await analytics.close();
  });

  it('refuses more calls than may wait', async () => {
    const analytics = await chdbAnalytics({ path: freshPath(), maxConcurrentQueries: 1, maxWaitingCalls: 1 });
    const calls = await Promise.allSettled(
      [1, 2, 3].map((n) => analytics.query('SELECT sleep(0.05), {n:Int32}', { n })),
    );
    expect(calls.map((call) => call.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(calls[2]).toMatchObject({ reason: unavailable });
    await analytics.close();
  });

  it('rejects parameters that cannot be sent, and goes on', async () => {
    const analytics = await chdbAnalytics({ path: freshPath() });
    const bad = analytics.query('SELECT {f:String}', { f: () => 1 });
    await expect(bad).rejects.toMatchObject({ code: 'analytics/query-failed' });
    expect(await analytics.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await analytics.close();
  });

  it('keeps what it acknowledged when the engine is killed in an insert, and comes back', async () => {
    const lines: string[] = [];
    const path = freshPath();
    const analytics = await chdbAnalytics({
      path,
      minRestartDelayMs: 1,
      onLog: (line) => void lines.push(line),
    });
    await analytics.migrate();
    for (let round = 0; round < 3; round++) {
      await whenUp(() => analytics.insert('impressions', impressionRows(`acknowledged-${round}`, 5_000)));
      const [inFlight] = await Promise.allSettled([
        analytics.insert('impressions', impressionRows(`in flight ${round}`, 20_000)),
        killSoon(analytics, round),
      ]);
      if (inFlight.status === 'rejected') expect(inFlight.reason).toEqual(unavailable);
      expect(await whenUp(() => countImpressions(analytics, `acknowledged-${round}`))).toBe(5_000);
      const found = await countImpressions(analytics, `in flight ${round}`);
      if (inFlight.status === 'fulfilled') expect(found).toBe(20_000);
      else expect([0, 20_000]).toContain(found);
    }
    expect(lines.filter((line) => line.includes('SIGKILL'))).toHaveLength(3);
    await analytics.close();
  });

  it('says who has the path when another engine owns it', async () => {
    const path = freshPath();
    const owner = await chdbAnalytics({ path });
    await expect(chdbAnalytics({ path, openTimeoutMs: 200 })).rejects.toMatchObject({
      code: 'analytics/unavailable',
      message: expect.stringContaining('Cannot lock file') as string,
    });
    await owner.close();
    await (await chdbAnalytics({ path })).close();
  });

  it('refuses a migration that was changed after it was applied, and a file that is none', async () => {
    const migrations = join(folder, 'migrations');
    await cp(SHIPPED_MIGRATIONS, migrations, { recursive: true });
    const analytics = await chdbAnalytics({ path: freshPath(), migrations: pathToFileURL(`${migrations}/`) });
    await analytics.migrate();
    await writeFile(
      join(migrations, '0999-added.sql'),
      'CREATE TABLE IF NOT EXISTS marquee.added (x Int8) ENGINE = Log',
    );
    expect(await analytics.migrate()).toEqual(['0999-added']);
    await writeFile(
      join(migrations, '0999-added.sql'),
      'CREATE TABLE IF NOT EXISTS marquee.added (x Int16) ENGINE = Log',
    );
    await expect(analytics.migrate()).rejects.toThrow(/0999-added has checksum .* never to change/);
    await writeFile(join(migrations, 'notes.txt'), '');
    await expect(analytics.migrate()).rejects.toThrow(/"notes.txt"; expected a name like 0001-decisions.sql/);
    await analytics.close();
  });

  it('refuses options out of range', async () => {
    await expect(chdbAnalytics({ path: freshPath(), threads: 0 })).rejects.toMatchObject({
      code: 'config/bad-value',
      message: 'chDB threads is 0; expected a whole number in [1, 256]',
    });
  });
});

/** Kills the engine at another moment of the insert each round. */
async function killSoon(analytics: ChdbAnalytics, round: number): Promise<void> {
  const pid = analytics.enginePid()!;
  for (let turn = 0; turn < round * 60; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.kill(pid, 'SIGKILL');
}

/** Tries until the engine is up: `analytics/unavailable` means that it is on its way. */
async function whenUp<T>(work: () => Promise<T>): Promise<T> {
  return vi.waitFor(work, { timeout: 30_000, interval: 20 });
}
