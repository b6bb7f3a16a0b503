import { expect, it } from 'vitest';
import type { Batch } from '../event-log.js';
import {
  gate,
  logOpener,
  type LogFactory,
  record,
  records,
  take,
  textOf,
  until,
} from './log-fixture.contract.js';

export function consumingContract(factory: LogFactory): void {
  const open = logOpener(factory);

  it('pushes records appended while it waits, and says how far behind it is', async () => {
    const log = await open(1);
    const batches: Batch[] = [];
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays', 'impressions'],
      maxBatchRecords: 4,
      onBatch: async (batch) => {
        batches.push(batch);
        await Promise.resolve();
      },
    });
    for (let i = 0; i < 3; i++) {
      await log.append('plays', records(1, 6), 'written');
      await log.append('impressions', [record('member-0', 'seen')], 'written');
      await until(() => batches.reduce((sum, batch) => sum + batch.records.length, 0) === 7 * (i + 1));
    }
    const plays = batches.filter(({ topic }) => topic === 'plays');
    expect(plays.flatMap((batch) => batch.records.map(({ offset }) => offset))).toEqual(
      Array.from({ length: 18 }, (_, i) => i),
    );
    for (const { records: got, endOffset } of batches) {
      expect(got.length).toBeLessThanOrEqual(4);
      expect(got[got.length - 1]!.offset).toBeLessThan(endOffset);
    }
    await consumer.close();
    await consumer.stopped;
  });

  it('has one batch in flight at a time, and none while onBatch is busy', async () => {
    const log = await open(4);
    const doors = [gate(), gate()];
    let calls = 0;
    let inFlight = 0;
    let mostInFlight = 0;
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays', 'labels'],
      onBatch: async () => {
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        await doors[calls++]?.opened;
        inFlight--;
      },
    });
    await log.append('plays', records(40, 1), 'written');
    await until(() => calls === 1);
    await log.append('labels', records(40, 1), 'synced');
    expect(calls).toBe(1);
    doors[0]!.open();
    await until(() => calls === 2);
    await log.append('labels', records(40, 1), 'synced');
    expect(calls).toBe(2);
    doors[1]!.open();
    await until(() => calls >= 8);
    expect(mostInFlight).toBe(1);
    await consumer.close();
  });

  it('waits for the batch in flight when closed, and delivers no other', async () => {
    const log = await open(1);
    const door = gate();
    let started = 0;
    let finished = 0;
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      maxBatchRecords: 1,
      onBatch: async () => {
        started++;
        await door.opened;
        finished++;
      },
    });
    await log.append('plays', records(1, 5), 'written');
    await until(() => started === 1);
    const closing = Promise.all([consumer.close(), consumer.close()]);
    door.open();
    await closing;
    expect({ started, finished }).toEqual({ started: 1, finished: 1 });
    await consumer.stopped;
  });

  it('stops when onBatch rejects, and `stopped` says why', async () => {
    const log = await open(1);
    let calls = 0;
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      maxBatchRecords: 1,
      onBatch: () => {
        calls++;
        return Promise.reject(new Error('cannot learn from this'));
      },
    });
    await log.append('plays', records(1, 3), 'written');
    await expect(consumer.stopped).rejects.toThrow('cannot learn from this');
    await log.append('plays', records(1, 3), 'synced');
    expect(calls).toBe(1);
    await consumer.close();
    const { records: again } = await take(log, 'plays', 6, { group: 'g' });
    expect(again).toHaveLength(6);
  });

  it('refuses a batch size that is not one', async () => {
    const log = await open();
    const consuming = log.consume({
      group: 'g',
      topics: ['plays'],
      maxBatchRecords: 0,
      onBatch: () => Promise.resolve(),
    });
    await expect(consuming).rejects.toMatchObject({ code: 'config/bad-value' });
  });

  it('stops its consumers when it is closed', async () => {
    const log = await open(2);
    const consumer = await log.consume({ group: 'g', topics: ['plays'], onBatch: () => Promise.resolve() });
    await log.append('plays', records(2, 2), 'written');
    await log.close();
    await consumer.stopped;
  });

  it('lets a consumer append what it found', async () => {
    const log = await open(2);
    const joiner = await log.consume({
      group: 'joiner',
      topics: ['plays'],
      onBatch: async (batch) => {
        await log.append(
          'labels',
          batch.records.map((one) => record(one.key, `label of ${textOf(one)}`)),
          'synced',
        );
      },
    });
    await log.append('plays', records(3, 2), 'written');
    const { records: labels } = await take(log, 'labels', 6);
    expect(labels.map(textOf).sort()).toEqual(['0', '0', '0', '1', '1', '1'].map((n) => `label of ${n}`));
    await joiner.close();
  });
}
