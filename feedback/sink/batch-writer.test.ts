import { describe, expect, it, vi } from 'vitest';
import { batchWriter } from './batch-writer.js';
import type { Printed } from './printed-rows.js';
import type { RowBatch } from './row-batch.js';

function rows(count: number): Printed {
  const line = Buffer.from('[]\n');
  const printed = { columns: [], lines: Array.from({ length: count }, () => line), count };
  return { tables: new Map([['impressions', printed]]), hours: new Set(), count };
}

function reached(offset: number) {
  return { topic: 'impressions', partition: 0, offset } as const;
}

/** Writes that end when told. */
function manualWrites() {
  const batches: RowBatch[] = [];
  const ends: (() => void)[] = [];
  return {
    batches,
    counts: () => batches.map((batch) => batch.count),
    write(batch: RowBatch): Promise<void> {
      batches.push(batch);
      return new Promise((resolve) => ends.push(resolve));
    },
    endOne: () => ends.shift()!(),
  };
}

/** Waits for a condition, on a busy machine too. */
const patient = { timeout: 30_000, interval: 5 };

describe('batch writer', () => {
  it('writes when a batch is full, with where it reaches to', async () => {
    const writes = manualWrites();
    const writer = batchWriter({ batchRows: 3, maxBatchAgeMs: 1e6, write: (batch) => writes.write(batch) });
    await writer.add(rows(2), reached(2));
    expect(writes.counts()).toEqual([]);
    await writer.add(rows(2), reached(4));
    expect(writes.counts()).toEqual([4]);
    expect([...writes.batches[0]!.offsets.values()]).toEqual([reached(4)]);
    writer.stop();
  });

  it('writes when a batch is old enough', async () => {
    const writes = manualWrites();
    const writer = batchWriter({ batchRows: 1e6, maxBatchAgeMs: 1, write: (batch) => writes.write(batch) });
    await writer.add(rows(1), reached(1));
    await vi.waitFor(() => expect(writes.counts()).toEqual([1]), patient);
    // An offset without rows is worth writing down too.
    await writer.add(rows(0), reached(2));
    await vi.waitFor(() => {
      writes.endOne();
      expect(writes.counts()).toEqual([1, 0]);
    }, patient);
    writer.stop();
  });

  it('fills one batch while another is written, and then makes the caller wait', async () => {
    const writes = manualWrites();
    const writer = batchWriter({ batchRows: 2, maxBatchAgeMs: 1e6, write: (batch) => writes.write(batch) });
    await writer.add(rows(2), reached(2));
    await writer.add(rows(2), reached(4));
    let isIn = false;
    const third = writer.add(rows(1), reached(5)).then(() => (isIn = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([isIn, writer.held, writes.counts()]).toEqual([false, 4, [2]]);
    writes.endOne();
    await third;
    expect([writer.held, writes.counts()]).toEqual([3, [2, 2]]);
    writer.stop();
  });

  it('flushes what was added before, behind what is being written', async () => {
    const writes = manualWrites();
    const writer = batchWriter({ batchRows: 2, maxBatchAgeMs: 1e6, write: (batch) => writes.write(batch) });
    await writer.add(rows(2), reached(2));
    await writer.add(rows(1), reached(3));
    const flushed = writer.flush();
    writes.endOne();
    await vi.waitFor(() => expect(writes.counts()).toEqual([2, 1]), patient);
    writes.endOne();
    await flushed;
    expect(writer.held).toBe(0);
    await writer.flush();
    expect(writes.counts()).toEqual([2, 1]);
  });

  it('takes nothing more once stopped, and lets those who wait go', async () => {
    const writes = manualWrites();
    const writer = batchWriter({ batchRows: 1, maxBatchAgeMs: 1e6, write: (batch) => writes.write(batch) });
    await writer.add(rows(1), reached(1));
    await writer.add(rows(1), reached(2));
    const waiting = writer.add(rows(1), reached(3));
    writer.stop();
    writes.endOne();
    await waiting;
    expect(writer.held).toBe(1);
  });
});
