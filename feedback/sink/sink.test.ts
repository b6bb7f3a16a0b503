import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Analytics } from '../analytics/analytics.js';
import { chdbAnalytics } from '../analytics/chdb/chdb.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import { encodeDecision, encodeImpression, encodeLabel } from '../events/avro.js';
import {
  append,
  appendRequest,
  decision,
  impression,
  label,
  NOON_MS,
  oneTitle,
  reward,
} from './samples.contract.js';
import { startSink, type Sink, type SinkOptions } from './sink.js';

let folder: string;
let analytics: Analytics;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sink-'));
  analytics = await chdbAnalytics({ path: join(folder, 'tables') });
});

afterAll(async () => {
  await analytics.close();
  await rm(folder, { recursive: true, force: true });
});

function start(log: EventLog, group: string, change: Partial<SinkOptions> = {}): Promise<Sink> {
  const options = {
    log,
    analytics,
    revisions: oneTitle,
    clock: manualClock(NOON_MS),
    group,
    maxBatchAgeMs: 5,
  };
  return startSink({ ...options, minRetryDelayMs: 1, maxRetryDelayMs: 10, ...change });
}

/** The real analytics, except that inserts fail while `isDown`. */
function unreliable(isDown: () => boolean): Analytics {
  return {
    ...analytics,
    insert(table, rows) {
      if (isDown()) return Promise.reject(new AppError('analytics/unavailable', 'down for the test'));
      return analytics.insert(table, rows);
    },
  };
}

async function countOf(table: string, requests: string, how: 'final' | '' = 'final'): Promise<number> {
  const column = table === 'dead_letters' ? 'topic' : 'request_id';
  const sql = `SELECT count() AS n FROM marquee.${table} ${how} WHERE startsWith(${column}, {requests:String})`;
  const [row] = await analytics.query<{ n: number }>(sql, { requests });
  return row!.n;
}

async function countsOf(requests: string): Promise<Record<string, number>> {
  const tables = ['decisions', 'impressions', 'plays', 'outcomes', 'dead_letters'];
  return Object.fromEntries(
    await Promise.all(tables.map(async (table) => [table, await countOf(table, requests)] as const)),
  );
}

describe('sink', () => {
  it('makes a row of every event, of a slot the one with its latest reward', async () => {
    const log = memoryEventLog();
    const sink = await start(log, 'each');
    await appendRequest(log, 'each');
    await sink.drained();
    expect(await countsOf('each')).toEqual({
      decisions: 1,
      impressions: 3,
      plays: 1,
      outcomes: 3,
      dead_letters: 1,
    });
    const where = "WHERE request_id = 'each'";
    expect(await analytics.query(`SELECT * FROM marquee.decisions FINAL ${where}`)).toEqual([
      expect.objectContaining({
        ...{
          at: '2026-11-14 22:13:20.000',
          member_id: 'member of each',
          row_ids: ['top', 'new'],
          row_lengths: [2, 1],
        },
        ...{ slots: 3, fallbacks_unpersonalised: 0, fallbacks_default: 1, repeats: 1, min_propensity: 0.25 },
        ...{
          variant: 'contextual',
          snapshot_version: 12,
          context_schema: 'c0ffee',
          epoch: 41,
          device: 1,
          daypart: 2,
        },
      }),
    ]);
    expect(
      await analytics.query(`SELECT * FROM marquee.outcomes FINAL ${where} ORDER BY slot LIMIT 1`),
    ).toEqual([
      expect.objectContaining({
        ...{
          slot: 0,
          title_id: 'tt-7',
          artwork_id: 'b',
          arm: 1,
          title_revision: 7,
          propensity: 0.25,
          row_id: 'top',
        },
        ...{ reward: 1, watched_seconds: 400, version: 1_000_001, policy: 'linear-thompson', country: 'GB' },
        ...{ impression_at: '2026-11-14 22:13:21.000', labelled_at: '2026-11-14 22:14:20.000' },
      }),
    ]);
    expect(await analytics.query("SELECT * FROM marquee.dead_letters FINAL WHERE topic = 'each'")).toEqual([
      expect.objectContaining({
        event_id: 'each/0/5',
        reason: 'event/orphan',
        payload: 'AQID',
        payload_bytes: 3,
      }),
    ]);
    expect(sink.stats()).toMatchObject({ lagRecords: 0, heldRows: 0, retries: 0, lastInsertAtMs: NOON_MS });
    await sink.close();
    await expect(sink.stopped).resolves.toBeUndefined();
  });

  it('changes no count when another group reads the same log again', async () => {
    const log = memoryEventLog();
    for (const request of ['replay-1', 'replay-2', 'replay-3']) await appendRequest(log, request);
    const first = await start(log, 'replay');
    await first.drained();
    const before = await countsOf('replay');
    expect(before).toEqual({ decisions: 3, impressions: 9, plays: 3, outcomes: 9, dead_letters: 3 });
    const second = await start(log, 'replay again', { batchRows: 2 });
    await second.drained();
    expect(second.stats().rows).toMatchObject({
      decisions: 3,
      impressions: 9,
      plays: 3,
      outcomes: 15,
      dead_letters: 3,
    });
    expect(await countsOf('replay')).toEqual(before);
    const rewards =
      "SELECT sum(reward) AS reward FROM marquee.outcomes FINAL WHERE startsWith(request_id, 'replay')";
    expect(await analytics.query(rewards)).toEqual([{ reward: 3 }]);
    await Promise.all([first.close(), second.close()]);
  });

  it('keeps the reward when the trial is written once more after it', async () => {
    const log = memoryEventLog();
    const sink = await start(log, 'late trial', { batchRows: 1 });
    for (const event of [label('late', 0), reward('late', 0, 0.5), label('late', 0)]) {
      await append(log, 'labels', [encodeLabel(event)]);
      await sink.drained();
    }
    const sql = "SELECT reward, version FROM marquee.outcomes FINAL WHERE request_id = 'late'";
    expect(await analytics.query(sql)).toEqual([{ reward: 0.5, version: 500_001 }]);
    await sink.close();
  });

  it('loses nothing while analytics fail, and holds no more than two batches meanwhile', async () => {
    const log = memoryEventLog();
    let isDown = true;
    const sink = await start(log, 'down', { analytics: unreliable(() => isDown), batchRows: 100 });
    const impressions = Array.from({ length: 20 }, (_, page) =>
      Array.from({ length: 500 }, (_, slot) => encodeImpression(impression(`down-${page}`, slot))),
    );
    for (const page of impressions) await append(log, 'impressions', page);
    await vi.waitFor(() => expect(sink.stats().retries).toBeGreaterThan(5));
    // Two batches, each of which one read of at most 1,000 records may overfill.
    expect(sink.stats().heldRows).toBeLessThanOrEqual(2 * (100 + 1_000));
    expect(sink.stats()).toMatchObject({ lagRecords: 10_000, lastFailure: 'AppError: down for the test' });
    const drained = sink.drained();
    isDown = false;
    await drained;
    expect(await countOf('impressions', 'down-')).toBe(10_000);
    expect(sink.stats()).toMatchObject({ lagRecords: 0, heldRows: 0, lastFailure: undefined });
    await sink.close();
  });

  it('gives up at close what it cannot write, and the next one goes on from there', async () => {
    const log = memoryEventLog();
    await append(log, 'decisions', [encodeDecision(decision('handed-1'))]);
    const first = await start(log, 'handed');
    await first.drained();
    await first.close();
    const second = await start(log, 'handed', { analytics: unreliable(() => true) });
    await append(log, 'decisions', [encodeDecision(decision('handed-2'))]);
    await vi.waitFor(() => expect(second.stats().retries).toBeGreaterThan(0));
    const drained = expect(second.drained()).rejects.toMatchObject({ code: 'log/closed' });
    await second.close();
    await drained;
    expect(await countOf('decisions', 'handed-')).toBe(1);
    const third = await start(log, 'handed');
    await third.drained();
    expect(third.stats().rows.decisions).toBe(1);
    expect(await countOf('decisions', 'handed-')).toBe(2);
    await third.close();
  });

  it('writes down what cannot be read, and goes on', async () => {
    const log = memoryEventLog({ partitions: 1 });
    const sink = await start(log, 'unreadable');
    const tooLate = encodeImpression({ ...impression('unreadable', 1), atMs: 9e15 });
    await append(log, 'impressions', [
      Uint8Array.of(255, 1),
      tooLate,
      encodeImpression(impression('unreadable', 2)),
    ]);
    await append(log, 'labels', [encodeLabel(label('unreadable', 2, { titleRevision: 8 }))]);
    await sink.drained();
    expect(sink.stats()).toMatchObject({ unreadable: 2, unknownRevisions: 1 });
    expect(await countOf('impressions', 'unreadable')).toBe(1);
    const letters =
      "SELECT event_id, reason, payload_bytes > 0 AS whole FROM marquee.dead_letters FINAL WHERE topic = 'impressions' ORDER BY offset";
    expect(await analytics.query(letters)).toEqual([
      { event_id: 'impressions/0/0', reason: 'event/unreadable', whole: 1 },
      { event_id: 'impressions/0/1', reason: 'event/unreadable', whole: 1 },
    ]);
    const ids = "SELECT title_id, artwork_id FROM marquee.outcomes FINAL WHERE request_id = 'unreadable'";
    expect(await analytics.query(ids)).toEqual([{ title_id: '', artwork_id: '' }]);
    await sink.close();
  });

  it('reads a log that was started afresh from its beginning', async () => {
    const old = memoryEventLog();
    await append(
      old,
      'decisions',
      ['a', 'b', 'c'].map((name) => encodeDecision(decision(`afresh-${name}`))),
    );
    const first = await start(old, 'afresh');
    await first.drained();
    await first.close();
    const log = memoryEventLog();
    await append(log, 'decisions', [encodeDecision(decision('afresh-d'))]);
    const second = await start(log, 'afresh');
    await second.drained();
    expect(await countOf('decisions', 'afresh-')).toBe(4);
    await second.close();
  });

  it('shares the partitions with other sinks of its group', async () => {
    const log = memoryEventLog({ partitions: 8 });
    const sinks = await Promise.all([start(log, 'shared'), start(log, 'shared')]);
    for (let i = 0; i < 40; i++) await appendRequest(log, `shared-${i}`);
    await Promise.all(sinks.map((sink) => sink.drained()));
    for (const sink of sinks) expect(sink.stats().rows.impressions).toBeGreaterThan(0);
    // A third takes partitions over from the two, which then follow it through the tables.
    sinks.push(await start(log, 'shared'));
    for (let i = 0; i < 40; i++) await appendRequest(log, `shared-${i + 40}`);
    await Promise.all(sinks.map((sink) => sink.drained()));
    expect(await countsOf('shared-')).toEqual({
      decisions: 80,
      impressions: 240,
      plays: 80,
      outcomes: 240,
      dead_letters: 80,
    });
    await Promise.all(sinks.map((sink) => sink.close()));
  });

  it('refuses settings out of range', async () => {
    const bad = start(memoryEventLog(), 'bad', { batchRows: 0 });
    await expect(bad).rejects.toMatchObject({
      code: 'config/bad-value',
      message: 'sink batchRows is 0; expected a whole number in [1, 1000000]',
    });
  });
});
