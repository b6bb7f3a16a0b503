import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chdbAnalytics } from './chdb.js';

/** A process of its own that inserts 5,000 rows at a time and says how many are acknowledged. */
const WRITER = `
import { chdbAnalytics } from '${new URL('./chdb.ts', import.meta.url).href}';
const analytics = await chdbAnalytics({ path: process.argv[1] });
await analytics.migrate();
console.log(analytics.enginePid());
for (let batch = 1; ; batch++) {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ event_id: batch + '/' + i, request_id: 'r' }));
  await analytics.insert('impressions', rows);
  console.log(batch * 5000);
}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('engine process', () => {
  it('ends with its parent, even one killed in an insert, and the next parent finds every acknowledged row', async () => {
    const path = join(folder, 'killed');
    const { parent, printed } = startWriter(path);
    await vi.waitFor(() => expect(printed.length).toBeGreaterThan(4), { timeout: 30_000 });
    const enginePid = printed[0]!;
    parent.kill('SIGKILL');
    await once(parent, 'close');
    const acknowledged = printed.at(-1)!;
    const next = await chdbAnalytics({ path });
    expect(isRunning(enginePid)).toBe(false);
    const [row] = await next.query<{ n: number }>('SELECT count() AS n FROM marquee.impressions FINAL');
    expect([acknowledged, acknowledged + 5_000]).toContain(row!.n);
    await next.close();
  });

  it('outlives signals that are meant for its parent', async () => {
    const analytics = await chdbAnalytics({ path: join(folder, 'signalled') });
    const pid = analytics.enginePid()!;
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    expect(await analytics.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(analytics.enginePid()).toBe(pid);
    await analytics.close();
    expect(isRunning(pid)).toBe(false);
  });

  it('gets none of the environment of its parent', async () => {
    process.env['MARQUEE_TEST_SECRET'] = 'hidden';
    const analytics = await chdbAnalytics({ path: join(folder, 'environment'), environment: { GIVEN: '1' } });
    delete process.env['MARQUEE_TEST_SECRET'];
    const names = readFileSync(`/proc/${analytics.enginePid()!}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0]!);
    expect(names.filter((name) => name !== '' && !name.startsWith('NODE_')).sort()).toEqual([
      'GIVEN',
      'TZ',
      'UV_THREADPOOL_SIZE',
    ]);
    await analytics.close();
  });
});

function startWriter(path: string): { parent: ChildProcess; printed: number[] } {
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', WRITER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: number[] = [];
  createInterface({ input: parent.stdout }).on('line', (line) => printed.push(Number(line)));
  return { parent, printed };
}

/** A process that has ended but was not yet waited for (state Z) does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
