import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { memoryEventLog } from '../event-log/memory/index.js';
import { encodeDecision, encodeImpression, encodeLabel } from '../events/avro.js';
import { append, decision, impression, label } from './sample-events.contract.js';
import { openSinkTables, type SinkTables } from './sink-tables.contract.js';

let tables: SinkTables;
beforeAll(async () => {
  tables = await openSinkTables();
});
afterAll(() => tables.close());

/** Waits for a condition, on a busy machine too. */
const patient = { timeout: 30_000, interval: 5 };

describe('sink, when things go wrong', () => {
  it('loses nothing while analytics fail, and holds no more than two batches meanwhile', async () => {
    const log = memoryEventLog();
    let isDown = true;
    const sink = await tables.start(log, 'down', {
      analytics: tables.unreliable(() => isDown),
      batchRows: 100,
    });
    const impressions = Array.from({ length: 20 }, (_, page) =>
      Array.from({ length: 500 }, (_, slot) => encodeImpression(impression(`down-${page}`, slot))),
    );
    for (const page of impressions) await append(log, 'impressions', page);
    await vi.waitFor(() => expect(sink.stats().retries).toBeGreaterThan(5), patient);
    // Two batches, each of which one read of at most 1,000 records may overfill.
    expect(sink.stats().heldRows).toBeLessThanOrEqual(2 * (100 + 1_000));
    expect(sink.stats()).toMatchObject({ lagRecords: 10_000, lastFailure: 'AppError: down for the test' });
    const drained = sink.drained();
    isDown = false;
    await drained;
    expect(await tables.countOf('impressions', 'down-')).toBe(10_000);
    expect(sink.stats()).toMatchObject({ lagRecords: 0, heldRows: 0, lastFailure: undefined });
    await sink.close();
  });

  it('gives up at close what it cannot write, and the next one goes on from there', async () => {
    const log = memoryEventLog();
    await append(log, 'decisions', [encodeDecision(decision('handed-1'))]);
    const first = await tables.start(log, 'handed');
    await first.drained();
    await first.close();
    const second = await tables.start(log, 'handed', { analytics: tables.unreliable(() => true) });
    await append(log, 'decisions', [encodeDecision(decision('handed-2'))]);
    await vi.waitFor(() => expect(second.stats().retries).toBeGreaterThan(0), patient);
    const drained = expect(second.drained()).rejects.toMatchObject({ code: 'log/closed' });
    await second.close();
    await drained;
    expect(await tables.countOf('decisions', 'handed-')).toBe(1);
    const third = await tables.start(log, 'handed');
    await third.drained();
    expect(third.stats().rows.decisions).toBe(1);
    expect(await tables.countOf('decisions', 'handed-')).toBe(2);
    await third.close();
  });

  it('has the log make durable what it has read before it remembers that it has read it', async () => {
    const log = memoryEventLog();
    const steps: string[] = [];
    const sink = await tables.start(
      {
        ...log,
        append(topic, records, durability) {
          steps.push(durability);
          return log.append(topic, records, durability);
        },
      },
      'barrier',
      {
        analytics: {
          ...tables.analytics,
          insert(table, rows) {
            steps.push(table);
            return tables.analytics.insert(table, rows);
          },
        },
      },
    );
    await log.append(
      'decisions',
      [{ key: 'm', value: encodeDecision(decision('barrier-1')), timestampMs: 0 }],
      'written',
    );
    await sink.drained();
    expect(steps).toEqual(['decisions', 'synced', 'sink_offsets']);
    await sink.close();
  });

  it('writes down what cannot be read, and goes on', async () => {
    const log = memoryEventLog({ partitions: 1 });
    const sink = await tables.start(log, 'unreadable');
    const tooLate = encodeImpression({ ...impression('unreadable', 1), atMs: 9e15 });
    await append(log, 'impressions', [
      Uint8Array.of(255, 1),
      tooLate,
      encodeImpression(impression('unreadable', 2)),
    ]);
    await append(log, 'labels', [encodeLabel(label('unreadable', 2, { titleRevision: 8 }))]);
    await sink.drained();
    expect(sink.stats()).toMatchObject({ unreadable: 2, unknownRevisions: 1 });
    expect(await tables.countOf('impressions', 'unreadable')).toBe(1);
    const letters =
      "SELECT event_id, reason, payload_bytes > 0 AS whole FROM marquee.dead_letters FINAL WHERE topic = 'impressions' ORDER BY offset";
    expect(await tables.analytics.query(letters)).toEqual([
      { event_id: 'impressions/0/0', reason: 'event/unreadable', whole: 1 },
      { event_id: 'impressions/0/1', reason: 'event/unreadable', whole: 1 },
    ]);
    const ids = "SELECT title_id, artwork_id FROM marquee.outcomes FINAL WHERE request_id = 'unreadable'";
    expect(await tables.analytics.query(ids)).toEqual([{ title_id: '', artwork_id: '' }]);
    await sink.close();
  });

  it('reads a log that was started afresh from its beginning', async () => {
    const old = memoryEventLog();
    await append(
      old,
      'decisions',
      ['a', 'b', 'c'].map((name) => encodeDecision(decision(`afresh-${name}`))),
    );
    const first = await tables.start(old, 'afresh');
    await first.drained();
    await first.close();
    const log = memoryEventLog();
    await append(log, 'decisions', [encodeDecision(decision('afresh-d'))]);
    const second = await tables.start(log, 'afresh');
    await second.drained();
    expect(await tables.countOf('decisions', 'afresh-')).toBe(4);
    await second.close();
  });
});
