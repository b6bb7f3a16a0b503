import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { seededRng } from '../../core/rng.js';
import { startClickHouseFront, type ClickHouseFront } from '../../scripts/clickhouse/clickhouse-front.js';
import { until } from '../../test/support/until.js';
import type { Analytics } from '../analytics/analytics.js';
import { clickHouseAnalytics } from '../analytics/clickhouse/clickhouse.js';
import { embeddedEventLog } from '../event-log/embedded/index.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import { encodeImpression, encodeLabel } from '../events/avro.js';
import { expectRollUpsToAgree } from './roll-ups.contract.js';
import { append, impression, label, NOON_MS, oneTitle, reward } from './sample-events.contract.js';
import { startSink, type Sink, type SinkOptions } from './sink.js';

let folder: string;
let front: ClickHouseFront;
let analytics: Analytics;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-away-'));
  front = await startClickHouseFront({ directory: join(folder, 'tables') });
  analytics = clickHouseAnalytics({ url: front.url });
});
afterAll(async () => {
  await analytics.close();
  await front.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** As the same server comes back: same port, same tables. */
async function restartFront(): Promise<void> {
  front = await startClickHouseFront({ directory: join(folder, 'tables'), port: front.port });
}

function start(log: EventLog, name: string, change: Partial<SinkOptions> = {}): Promise<Sink> {
  return startSink({
    ...{ log, analytics, revisions: oneTitle, clock: manualClock(NOON_MS), group: name },
    ...{ batchRows: 500, maxBatchAgeMs: 20, minRetryDelayMs: 5, maxRetryDelayMs: 50 },
    ...{ spoolAfterMs: 50, rollUpIntervalMs: 50, spoolDirectory: join(folder, `spool of ${name}`) },
    ...change,
  });
}

/** One second of traffic: a page of impressions, their trials in one of three hours, and a reward for every fourth. */
async function appendSecond(log: EventLog, name: string, second: number, slots = 50): Promise<void> {
  const request = `${name}/${second}`;
  const all = Array.from({ length: slots }, (_, slot) => slot);
  const impressionAtMs = NOON_MS + (second % 3) * 3_600_000;
  const trials = all.map((slot) => label(request, slot, { impressionAtMs }));
  const rewards = all
    .filter((slot) => slot % 4 === 0)
    .map((slot) => ({ ...reward(request, slot, 0.5), impressionAtMs }));
  await append(
    log,
    'impressions',
    all.map((slot) => encodeImpression(impression(request, slot))),
    request,
  );
  await append(log, 'labels', [...trials, ...rewards].map(encodeLabel), request);
}

async function countOf(table: string, name: string): Promise<number> {
  const sql = `SELECT count() AS n FROM marquee.${table} FINAL WHERE startsWith(request_id, {name:String})`;
  const [row] = await analytics.query<{ n: number }>(sql, { name: `${name}/` });
  return row!.n;
}

async function rewardsOf(name: string): Promise<number> {
  const sql =
    'SELECT sum(reward) AS sum FROM marquee.outcomes FINAL WHERE startsWith(request_id, {name:String})';
  const [row] = await analytics.query<{ sum: number }>(sql, { name: `${name}/` });
  return row!.sum;
}

describe('sink, while ClickHouse is away', () => {
  it('spools two minutes of traffic, holds no more than two batches, and drains it in the end', async () => {
    const log = memoryEventLog();
    const sink = await start(log, 'two minutes');
    await appendSecond(log, 'two minutes', 0);
    await sink.drained();
    await front.stop('SIGKILL');
    let mostHeldRows = 0;
    for (let second = 1; second <= 120; second++) {
      await appendSecond(log, 'two minutes', second);
      mostHeldRows = Math.max(mostHeldRows, sink.stats().heldRows);
    }
    // The log has been read to its end, nothing is held: all of it is on disk.
    await until(
      'all is spooled',
      () => sink.stats(),
      (stats) => stats.heldRows === 0 && stats.lagRecords === 120 * (50 + 50 + 13) && stats.spooledBytes > 0,
    );
    // Two batches, each of which one read of at most 1,000 records may overfill.
    expect(mostHeldRows).toBeLessThanOrEqual(2 * (500 + 1_000));
    await restartFront();
    await sink.drained();
    expect(sink.stats()).toMatchObject({ lagRecords: 0, spooledBytes: 0, heldRows: 0, laggingHours: 0 });
    expect(await countOf('impressions', 'two minutes')).toBe(121 * 50);
    expect(await countOf('outcomes', 'two minutes')).toBe(121 * 50);
    expect(await rewardsOf('two minutes')).toBe(121 * 13 * 0.5);
    expect(await expectRollUpsToAgree(analytics)).toBe(3);
    await sink.close();
  });

  it('stops reading when the spool is full, and drops nothing', async () => {
    const log = memoryEventLog();
    const sink = await start(log, 'full', { spoolMaxBytes: 100_000 });
    await front.stop('SIGKILL');
    for (let second = 0; second < 60; second++) await appendSecond(log, 'full', second);
    await until(
      'the spool is full',
      () => sink.stats(),
      (stats) => stats.spooledBytes > 0 && stats.heldRows >= 500,
    );
    expect(sink.stats().spooledBytes).toBeLessThanOrEqual(100_000);
    await restartFront();
    await sink.drained();
    expect(await countOf('impressions', 'full')).toBe(60 * 50);
    expect(await countOf('outcomes', 'full')).toBe(60 * 50);
    await expectRollUpsToAgree(analytics);
    await sink.close();
  });

  it('leaves what is spooled to its next start', async () => {
    const log = memoryEventLog();
    const first = await start(log, 'left');
    await front.stop('SIGKILL');
    for (let second = 0; second < 5; second++) await appendSecond(log, 'left', second);
    await until(
      'all is spooled',
      () => first.stats(),
      (stats) => stats.heldRows === 0 && stats.lagRecords === 5 * (50 + 50 + 13),
    );
    await first.close();
    const second = await start(log, 'left');
    const drained = second.drained();
    expect(second.stats().spooledBytes).toBeGreaterThan(0);
    await restartFront();
    await drained;
    // It went on after the spool: no record was read twice.
    expect(second.stats().rows).toMatchObject({ impressions: 5 * 50, outcomes: 5 * (50 + 13) });
    expect(await countOf('outcomes', 'left')).toBe(5 * 50);
    await second.close();
  });

  it('loses nothing and counts nothing twice when it is killed, whether it spools or drains', async () => {
    const rng = seededRng(11);
    const directory = join(folder, 'killed');
    const clock = { nowMs: () => NOON_MS };
    const fill = await embeddedEventLog({ directory: join(directory, 'log'), clock, partitions: 2 });
    for (let second = 0; second < 200; second++) await appendSecond(fill, 'killed', second, 100);
    await fill.close();
    await analytics.migrate();
    const left: number[] = [];
    for (let round = 0; round < 4; round++) {
      const isDown = round % 2 === 0;
      // Down: it is killed while it spools. Up again: while it drains.
      const sink = startProcess(directory, front.url);
      await sink.until(/^started/);
      if (isDown) await front.stop('SIGKILL');
      await sink.until(isDown ? /^spooled \d/ : /^(settled|drained)/, 1 + rng.below(20));
      sink.process.kill('SIGKILL');
      await once(sink.process, 'close');
      if (isDown) left.push((await readdir(join(directory, 'spool'))).length);
      if (isDown) await restartFront();
    }
    expect(Math.min(...left)).toBeGreaterThan(0);
    const last = startProcess(directory, front.url);
    await last.until(/^drained/);
    last.process.kill('SIGKILL');
    await once(last.process, 'close');
    expect(await countOf('impressions', 'killed')).toBe(200 * 100);
    expect(await countOf('outcomes', 'killed')).toBe(200 * 100);
    expect(await rewardsOf('killed')).toBe(200 * 25 * 0.5);
    await expectRollUpsToAgree(analytics);
  }, 240_000);
});

/** A process of its own with a sink over the log in `directory`; it prints what happens to its batches. */
const PROCESS = `
import { setTimeout as sleep } from 'node:timers/promises';
const at = (path) => new URL(path, '${new URL('.', import.meta.url).href}').href;
const { clickHouseAnalytics } = await import(at('../analytics/clickhouse/clickhouse.ts'));
const { embeddedEventLog } = await import(at('../event-log/embedded/index.ts'));
const { oneTitle, NOON_MS } = await import(at('./sample-events.contract.ts'));
const { startSink } = await import(at('./sink.ts'));
const [, directory, url] = process.argv;
const clock = { nowMs: () => NOON_MS };
const log = await embeddedEventLog({ directory: directory + '/log', clock, partitions: 2 });
const analytics = clickHouseAnalytics({ url });
let started = false;
const slowed = { ...analytics, async insert(table, rows) {
  while (!started) await sleep(1);
  await analytics.insert(table, rows);
  if (table === 'sink_offsets') console.log('settled');
} };
const sink = await startSink({
  log, analytics: slowed, revisions: oneTitle, clock, group: 'killed', batchRows: 300, maxBatchAgeMs: 20, minRetryDelayMs: 5, maxRetryDelayMs: 50,
  spoolAfterMs: 20, rollUpIntervalMs: 50, spoolDirectory: directory + '/spool',
});
sink.stopped.catch((error) => console.error(error));
console.log('started');
setTimeout(() => { started = true; }, 50);
let spooled = 0;
setInterval(() => {
  const { spooledBytes } = sink.stats();
  if (spooledBytes > spooled) console.log('spooled', spooledBytes);
  spooled = spooledBytes;
}, 2);
for (;;) {
  await sink.drained();
  console.log('drained');
  await sleep(5);
}`;

function startProcess(directory: string, url: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', PROCESS, directory, url],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const printed: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => printed.push(line));
  return {
    process: child,
    /** Waits until it has printed `count` such lines. */
    until: (line: RegExp, count = 1) =>
      until(
        `${count} lines ${String(line)}`,
        () => printed.filter((one) => line.test(one)).length,
        (seen) => seen >= count || printed.includes('drained'),
      ),
  };
}
