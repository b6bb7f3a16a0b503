import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '../../../core/clock.js';
import { record, records, take, textOf, until } from '../contract/log-fixture.contract.js';
import type { EventLog } from '../event-log.js';
import { runAndKill } from '../../../test/processes/killed-process.js';
import { type Dropped, embeddedEventLog, type EmbeddedEventLogOptions } from './index.js';

describe('an embedded event log', () => {
  let directory: string;
  const opened: EventLog[] = [];
  const open = async (options: Partial<EmbeddedEventLogOptions> = {}): Promise<EventLog> => {
    const log = await embeddedEventLog({ directory, partitions: 1, ...options });
    opened.push(log);
    return log;
  };
  const segments = (): Promise<string[]> =>
    readdir(join(directory, 'plays', '0')).then((names) => names.sort());

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'marquee-life-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()));
    await rm(directory, { recursive: true, force: true });
  });

  it('continues offsets, groups and records when it is opened again', async () => {
    const first = await open({ partitions: 3 });
    await first.append('plays', records(20, 2), 'written');
    const ends = await first.endOffsets('plays');
    const consumer = await first.consume({ group: 'g', topics: ['plays'], onBatch: () => Promise.resolve() });
    await Promise.all(ends.map((end, partition) => consumer.commit('plays', partition, end)));
    await first.close();
    const second = await open({ partitions: 3 });
    expect(await second.endOffsets('plays')).toEqual(ends);
    await second.append('plays', [record('member-3', 'after')], 'synced');
    const { records: rest } = await take(second, 'plays', 1, { group: 'g' });
    expect(rest.map(textOf)).toEqual(['after']);
    expect((await take(second, 'plays', 41, { group: 'new' })).records).toHaveLength(41);
  });

  it('has one owner: a second opener is refused with the pid, and let in after close', async () => {
    const owner = await open();
    await expect(open()).rejects.toMatchObject({
      code: 'store/owned',
      detail: { owner: String(process.pid) },
    });
    await expect(open()).rejects.toThrow(`process ${process.pid}`);
    await owner.close();
    await open();
  });

  it('is refused to other processes and taken over from a killed one', async () => {
    const script = fileURLToPath(new URL('./crash/hold-until-killed.ts', import.meta.url));
    const owner = await open();
    const refused = await runAndKill(script, [directory], 1);
    expect(refused).toEqual([`store/owned ${process.pid}`]);
    await owner.close();
    expect(await runAndKill(script, [directory], 1)).toEqual(['open']);
    await open();
  });

  it('rolls to a new segment by size and by age', async () => {
    const clock = manualClock(1_000);
    const log = await open({ clock, segmentBytes: 300, segmentMs: 60_000 });
    for (let i = 0; i < 20; i++) await log.append('plays', records(1, 1), 'written');
    // 37 bytes a record after a header of 32: the write that reaches 300 is the 8th, so 8 + 8 + 4.
    expect(await segments()).toEqual(
      [0, 8, 16].map((offset) => `${String(offset).padStart(16, '0')}.segment`),
    );
    clock.advance(60_000);
    await log.append('plays', records(1, 1), 'written');
    expect((await segments())[3]).toBe('0000000000000020.segment');
    expect((await take(log, 'plays', 21)).records).toHaveLength(21);
  });

  it('drops old segments that every group has read, keeps what one has not, and bounds even that', async () => {
    const clock = manualClock(0);
    const dropped: Dropped[] = [];
    const retention = { maxAgeMs: 1_000, maxBytes: 1e9, unreadMaxBytes: 2_000 };
    const log = await open({ clock, segmentBytes: 300, retention, onDropped: (one) => dropped.push(one) });
    const consumer = await log.consume({
      group: 'slow',
      topics: ['plays'],
      onBatch: () => Promise.resolve(),
    });
    await consumer.commit('plays', 0, 0);
    for (let i = 0; i < 24; i++) await log.append('plays', records(1, 1), 'written');
    clock.advance(5_000);
    for (let i = 0; i < 8; i++) await log.append('plays', records(1, 1), 'written');
    expect(dropped).toEqual([]);
    await consumer.commit('plays', 0, 17);
    for (let i = 0; i < 8; i++) await log.append('plays', records(1, 1), 'written');
    await until(() => dropped.length > 0);
    expect(dropped).toEqual([{ topic: 'plays', partition: 0, fromOffset: 0, toOffset: 16, unread: 0 }]);
    await consumer.close();
    for (let i = 0; i < 80; i++) {
      clock.advance(5_000);
      await log.append('plays', records(1, 1), 'written');
    }
    const unread = dropped.slice(1).reduce((sum, one) => sum + one.unread, 0);
    const oldest = dropped[dropped.length - 1]!.toOffset;
    expect(unread).toBe(oldest - 17);
    // What is left holds no more than the bound and one segment: (2000 + 300) / 37 = 62 records.
    expect(120 - oldest).toBeLessThanOrEqual(62);
    expect((await segments())[0]).toBe(`${String(oldest).padStart(16, '0')}.segment`);
    // The slow group goes on with the oldest record that is left.
    const { records: rest } = await take(log, 'plays', 120 - oldest, { group: 'slow' });
    expect(rest[0]!.offset).toBe(oldest);
    const beyond = await log.consume({
      group: 'x',
      topics: ['plays'],
      startAt: () => Promise.resolve(0),
      onBatch: () => Promise.resolve(),
    });
    await expect(beyond.stopped).rejects.toMatchObject({ code: 'log/offset-out-of-range' });
  });

  it('refuses to hold more than maxPendingBytes, and takes records again once they are written', async () => {
    const log = await open({ maxPendingBytes: 1_000 });
    const append = (): Promise<unknown> =>
      log.append('plays', [{ key: 'k', value: new Uint8Array(400), timestampMs: 0 }], 'synced');
    const results = await Promise.allSettled([append(), append(), append()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'request/overloaded' } });
    await append();
    expect(await log.endOffsets('plays')).toEqual([3]);
  });

  it('feeds a consumer that begins in memory, falls behind into the files, and catches up', async () => {
    const log = await open({ tailBytes: 100_000, segmentBytes: 150_000 });
    const offsets: number[] = [];
    let release: (() => void) | undefined;
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      maxBatchRecords: 100,
      onBatch: async (batch) => {
        offsets.push(...batch.records.map(({ offset }) => offset));
        if (offsets.length === 100) await new Promise<void>((resolve) => (release = resolve));
      },
    });
    await log.append('plays', records(1, 100), 'written');
    await until(() => release !== undefined);
    for (let i = 0; i < 50; i++) await log.append('plays', records(1, 500), 'written');
    release!();
    await until(() => offsets.length >= 25_100);
    expect(offsets).toEqual(Array.from({ length: 25_100 }, (_, i) => i));
    expect((await segments()).length).toBeGreaterThan(4);
    await consumer.close();
  });

  it('refuses settings out of range', async () => {
    for (const bad of [
      { partitions: 0 },
      { partitions: 1.5 },
      { segmentBytes: 0 },
      { fsyncIntervalMs: Number.NaN },
    ]) {
      await expect(open(bad)).rejects.toMatchObject({ code: 'config/bad-value' });
    }
  });
});
