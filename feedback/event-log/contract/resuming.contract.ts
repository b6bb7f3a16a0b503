import { expect, it } from 'vitest';
import { logOpener, type LogFactory, record, records, take, textOf, until } from './log-fixture.contract.js';

export function resumingContract(factory: LogFactory): void {
  const open = logOpener(factory);

  it('starts where startAt says, asking once per topic partition', async () => {
    const log = await open(3);
    const positions = await log.append('plays', records(30, 4), 'written');
    const asked: string[] = [];
    const kept = positions.filter(({ partition, offset }) => offset >= (partition === 1 ? 7 : 0)).length;
    const { records: read, batches } = await take(log, 'plays', kept, {
      maxBatchRecords: 5,
      startAt: (topic, partition) => {
        asked.push(`${topic}/${partition}`);
        return Promise.resolve(partition === 1 ? 7 : undefined);
      },
    });
    expect(read).toHaveLength(kept);
    expect(batches.find(({ partition }) => partition === 1)!.records[0]!.offset).toBe(7);
    expect(asked.sort()).toEqual(['plays/0', 'plays/1', 'plays/2']);
  });

  it('waits at the end when startAt says the end, and refuses what is beyond it', async () => {
    const log = await open(1);
    await log.append('plays', records(1, 3), 'written');
    const texts: string[] = [];
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      startAt: () => Promise.resolve(3),
      onBatch: async (batch) => {
        texts.push(...batch.records.map(textOf));
        await Promise.resolve();
      },
    });
    await log.append('plays', [record('member-0', 'new')], 'written');
    await until(() => texts.length > 0);
    expect(texts).toEqual(['new']);
    await consumer.close();
    for (const bad of [5, -1, 0.5]) {
      const lost = await log.consume({
        group: 'h',
        topics: ['plays'],
        startAt: () => Promise.resolve(bad),
        onBatch: () => Promise.resolve(),
      });
      await expect(lost.stopped).rejects.toMatchObject({ code: 'log/offset-out-of-range' });
    }
  });

  it('goes on where the group committed; another group begins at the beginning', async () => {
    const log = await open(1);
    await log.append('plays', records(1, 10), 'written');
    const first = await log.consume({
      group: 'learner',
      topics: ['plays'],
      onBatch: () => Promise.resolve(),
    });
    await first.commit('plays', 0, 6);
    await first.close();
    const resumed = await take(log, 'plays', 4, { group: 'learner' });
    expect(resumed.records.map(({ offset }) => offset)).toEqual([6, 7, 8, 9]);
    const other = await take(log, 'plays', 10, { group: 'sink' });
    expect(other.records).toHaveLength(10);
    for (const bad of [11, -1]) {
      await expect(first.commit('plays', 0, bad)).rejects.toMatchObject({ code: 'log/offset-out-of-range' });
    }
  });
}
