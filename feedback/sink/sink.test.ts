import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryEventLog } from '../event-log/memory/index.js';
import { encodeLabel } from '../events/avro.js';
import { expectRollUpsToAgree } from './roll-ups.contract.js';
import { append, appendRequest, label, NOON_MS, reward } from './sample-events.contract.js';
import { openSinkTables, type SinkTables } from './sink-tables.contract.js';

let tables: SinkTables;
beforeAll(async () => {
  tables = await openSinkTables();
});
afterAll(() => tables.close());

describe('sink', () => {
  it('makes a row of every event, of a slot the one with its latest reward', async () => {
    const log = memoryEventLog();
    const sink = await tables.start(log, 'each');
    await appendRequest(log, 'each');
    await sink.drained();
    expect(await tables.countsOf('each')).toEqual({
      decisions: 1,
      impressions: 3,
      plays: 1,
      outcomes: 3,
      dead_letters: 1,
    });
    const where = "WHERE request_id = 'each'";
    expect(await tables.analytics.query(`SELECT * FROM marquee.decisions FINAL ${where}`)).toEqual([
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
      await tables.analytics.query(`SELECT * FROM marquee.outcomes FINAL ${where} ORDER BY slot LIMIT 1`),
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
    expect(
      await tables.analytics.query("SELECT * FROM marquee.dead_letters FINAL WHERE topic = 'each'"),
    ).toEqual([
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
    const first = await tables.start(log, 'replay');
    await first.drained();
    const before = await tables.countsOf('replay');
    expect(before).toEqual({ decisions: 3, impressions: 9, plays: 3, outcomes: 9, dead_letters: 3 });
    const second = await tables.start(log, 'replay again', { batchRows: 2 });
    await second.drained();
    expect(second.stats().rows).toMatchObject({
      decisions: 3,
      impressions: 9,
      plays: 3,
      outcomes: 15,
      dead_letters: 3,
    });
    expect(await tables.countsOf('replay')).toEqual(before);
    const rewards =
      "SELECT sum(reward) AS reward FROM marquee.outcomes FINAL WHERE startsWith(request_id, 'replay')";
    expect(await tables.analytics.query(rewards)).toEqual([{ reward: 3 }]);
    expect(await expectRollUpsToAgree(tables.analytics)).toBeGreaterThan(0);
    await Promise.all([first.close(), second.close()]);
  });

  it('keeps the reward when the trial is written once more after it', async () => {
    const log = memoryEventLog();
    const sink = await tables.start(log, 'late trial', { batchRows: 1 });
    for (const event of [label('late', 0), reward('late', 0, 0.5), label('late', 0)]) {
      await append(log, 'labels', [encodeLabel(event)]);
      await sink.drained();
    }
    const sql = "SELECT reward, version FROM marquee.outcomes FINAL WHERE request_id = 'late'";
    expect(await tables.analytics.query(sql)).toEqual([{ reward: 0.5, version: 500_001 }]);
    await sink.close();
  });

  it('keeps every slot of the sampled pages, the same ones whoever samples', async () => {
    const log = memoryEventLog();
    for (let i = 0; i < 200; i++) await appendRequest(log, `sampled-${i}`);
    const pages = 'SELECT uniqExact(request_id) AS pages, count() AS slots FROM marquee.decided_slots FINAL';
    const first = await tables.start(log, 'sampled', { slotSampleRate: 0.25 });
    await first.drained();
    const [sample] = await tables.analytics.query<{ pages: number; slots: number }>(pages);
    // Binomial(200, 0.25): 50 ± 4.5 standard deviations of 6.1
    expect(Math.abs(sample!.pages - 50)).toBeLessThan(28);
    expect(sample!.slots).toBe(3 * sample!.pages);
    const second = await tables.start(log, 'sampled again', { slotSampleRate: 0.25 });
    await second.drained();
    expect(await tables.analytics.query(pages)).toEqual([sample]);
    const last = 'SELECT * FROM marquee.decided_slots FINAL WHERE slot = 2 LIMIT 1';
    const [row] = await tables.analytics.query<Record<string, unknown>>(last);
    expect(row).toMatchObject({
      ...{ row_id: 'new', row_index: 1, position: 0, title_id: 'tt-7', arm: 0, artwork_id: 'a' },
      ...{ propensity: 0.25, order_propensity: 1, flags: 4, offered: [0, 1], sample_rate: 0.25 },
    });
    await Promise.all([first.close(), second.close()]);
  });

  it('shares the partitions with other sinks of its group', async () => {
    const log = memoryEventLog({ partitions: 8 });
    const sinks = await Promise.all([tables.start(log, 'shared'), tables.start(log, 'shared')]);
    for (let i = 0; i < 40; i++) await appendRequest(log, `shared-${i}`);
    await Promise.all(sinks.map((sink) => sink.drained()));
    for (const sink of sinks) expect(sink.stats().rows.impressions).toBeGreaterThan(0);
    // A third takes partitions over from the two, which then follow it through the tables.
    sinks.push(await tables.start(log, 'shared'));
    for (let i = 0; i < 40; i++) await appendRequest(log, `shared-${i + 40}`);
    await Promise.all(sinks.map((sink) => sink.drained()));
    expect(await tables.countsOf('shared-')).toEqual({
      decisions: 80,
      impressions: 240,
      plays: 80,
      outcomes: 240,
      dead_letters: 80,
    });
    await Promise.all(sinks.map((sink) => sink.close()));
  });

  it('refuses settings out of range', async () => {
    const bad = tables.start(memoryEventLog(), 'bad', { batchRows: 0 });
    await expect(bad).rejects.toMatchObject({
      code: 'config/bad-value',
      message: 'sink batchRows is 0; expected a whole number in [1, 1000000]',
    });
  });
});
