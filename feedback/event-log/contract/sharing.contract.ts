import { expect, it } from 'vitest';
import type { Batch, Consumer, EventLog } from '../event-log.js';
import { gate, logOpener, type LogFactory, records, until } from './log-fixture.contract.js';

interface Reader {
  readonly consumer: Consumer;
  readonly batches: Batch[];
}

/** A member that commits what it has taken in, batch by batch. */
async function reader(log: EventLog, group: string): Promise<Reader> {
  const batches: Batch[] = [];
  const consumer: Consumer = await log.consume({
    group,
    topics: ['plays'],
    maxBatchRecords: 10,
    onBatch: async (batch) => {
      batches.push(batch);
      await consumer.commit(
        batch.topic,
        batch.partition,
        batch.records[batch.records.length - 1]!.offset + 1,
      );
    },
  });
  return { consumer, batches };
}

const places = (readers: readonly Reader[]): string[] =>
  readers.flatMap(({ batches }) =>
    batches.flatMap((batch) => batch.records.map(({ offset }) => `${batch.partition}:${offset}`)),
  );

export function sharingContract(factory: LogFactory): void {
  const open = logOpener(factory);

  it('shares the partitions among the members of a group, each record once', async () => {
    const log = await open(4);
    const readers = [await reader(log, 'g'), await reader(log, 'g'), await reader(log, 'g')];
    await log.append('plays', records(40, 5), 'written');
    await until(() => places(readers).length >= 200);
    expect(new Set(places(readers)).size).toBe(200);
    const taken = readers.map(({ batches }) => new Set(batches.map(({ partition }) => partition)));
    expect(taken.map(({ size }) => size).sort()).toEqual([1, 1, 2]);
    expect(new Set(taken.flatMap((one) => [...one])).size).toBe(4);
  });

  it('hands over when members come and go, losing nothing and keeping order', async () => {
    const log = await open(4);
    const first = await reader(log, 'g');
    await log.append('plays', records(40, 5), 'written');
    await until(() => first.batches.length > 0);
    const second = await reader(log, 'g');
    await log.append('plays', records(40, 5), 'written');
    await until(() => second.batches.length > 0);
    await first.consumer.close();
    await log.append('plays', records(40, 5), 'written');
    await until(() => new Set(places([first, second])).size === 600);
    // Each member committed every batch before it gave the partition up, so nothing came twice.
    expect(places([first, second])).toHaveLength(600);
    for (const { batches } of [first, second]) {
      const last = new Map<number, number>();
      for (const { partition, records: got } of batches) {
        expect(got[0]!.offset).toBeGreaterThan(last.get(partition) ?? -1);
        last.set(partition, got[got.length - 1]!.offset);
      }
    }
    await second.consumer.close();
  });

  it('passes a partition on only when the batch in flight on it is done', async () => {
    const log = await open(1);
    const door = gate();
    const events: string[] = [];
    const slow: Consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      maxBatchRecords: 1,
      onBatch: async ({ records: got }) => {
        events.push(`slow begins ${got[0]!.offset}`);
        await door.opened;
        await slow.commit('plays', 0, got[0]!.offset + 1);
        events.push(`slow ends ${got[0]!.offset}`);
      },
    });
    await log.append('plays', records(1, 2), 'written');
    await until(() => events.length === 1);
    const heir = await log.consume({
      group: 'g',
      topics: ['plays'],
      onBatch: async ({ records: got }) => {
        events.push(`heir takes ${got[0]!.offset}`);
        await Promise.resolve();
      },
    });
    const closing = slow.close();
    await log.append('plays', records(1, 1), 'synced');
    expect(events).toEqual(['slow begins 0']);
    door.open();
    await closing;
    await until(() => events.length >= 3);
    expect(events.slice(0, 3)).toEqual(['slow begins 0', 'slow ends 0', 'heir takes 1']);
    await heir.close();
  });
}
