import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partitionOf } from '../../../core/hash.js';
import type { Topic } from '../event-log.js';
import { logOpener, type LogFactory, record, records, take, textOf } from './log-fixture.contract.js';

export function appendingContract(factory: LogFactory): void {
  const open = logOpener(factory);

  it('puts each record on its key’s partition and says where', async () => {
    const log = await open(5);
    const given = records(20, 3);
    const positions = await log.append('plays', given, 'synced');
    expect(positions.map(({ partition }) => partition)).toEqual(given.map(({ key }) => partitionOf(key, 5)));
    const { records: read, batches } = await take(log, 'plays', 60);
    expect(read).toHaveLength(60);
    for (const batch of batches) {
      for (const one of batch.records) {
        const at = given.findIndex(
          ({ key, value }) => key === one.key && Buffer.compare(value, one.value) === 0,
        );
        expect(positions[at]).toEqual({ partition: batch.partition, offset: one.offset });
      }
    }
  });

  it('keeps keys, values and timestamps as they were when appended', async () => {
    const log = await open();
    const value = Uint8Array.of(0, 255, 128);
    const odd = { key: 'Åsa 😀', value, timestampMs: 1_700_000_000_000.25 };
    const appending = log.append('labels', [odd, record('', '')], 'written');
    value.fill(7);
    await appending;
    const { records: read } = await take(log, 'labels', 2);
    const byKey = new Map(read.map((one) => [one.key, one]));
    expect([...byKey.get('Åsa 😀')!.value]).toEqual([0, 255, 128]);
    expect(byKey.get('Åsa 😀')!.timestampMs).toBe(1_700_000_000_000.25);
    expect(byKey.get('')!.value).toHaveLength(0);
  });

  it('keeps the order of each key through concurrent appends', async () => {
    const log = await open(3);
    const appends = Array.from({ length: 200 }, (_, turn) =>
      log.append(
        'impressions',
        [record(`k${turn % 7}`, `${turn}a`), record(`k${turn % 7}`, `${turn}b`)],
        turn % 2 ? 'written' : 'synced',
      ),
    );
    await Promise.all(appends);
    const { records: read } = await take(log, 'impressions', 400);
    for (let k = 0; k < 7; k++) {
      const expected = Array.from({ length: 200 }, (_, turn) => turn).filter((turn) => turn % 7 === k);
      expect(read.filter(({ key }) => key === `k${k}`).map(textOf)).toEqual(
        expected.flatMap((turn) => [`${turn}a`, `${turn}b`]),
      );
    }
  });

  it('counts end offsets per partition and topic', async () => {
    const log = await open(3);
    expect(await log.endOffsets('plays')).toEqual([0, 0, 0]);
    const positions = await log.append('plays', records(10, 2), 'written');
    const expected = [0, 1, 2].map((p) => positions.filter(({ partition }) => partition === p).length);
    expect(await log.endOffsets('plays')).toEqual(expected);
    expect(await log.endOffsets('impressions')).toEqual([0, 0, 0]);
  });

  it('refuses an oversized record and appends nothing of its call', async () => {
    const log = await open(1, 100);
    await log.append('plays', [{ key: 'k', value: new Uint8Array(99), timestampMs: 0 }], 'synced');
    const tooLarge = [record('a', 'fits'), { key: 'ö', value: new Uint8Array(99), timestampMs: 0 }];
    await expect(log.append('plays', tooLarge, 'synced')).rejects.toMatchObject({
      code: 'log/record-too-large',
    });
    expect(await log.endOffsets('plays')).toEqual([1]);
  });

  it('refuses topics it does not know', async () => {
    const log = await open();
    const unknown = 'clicks' as Topic;
    await expect(log.append(unknown, [record('a', 'b')], 'written')).rejects.toMatchObject({
      code: 'log/unknown-topic',
    });
    await expect(log.endOffsets(unknown)).rejects.toMatchObject({ code: 'log/unknown-topic' });
    const consuming = log.consume({ group: 'g', topics: [unknown], onBatch: () => Promise.resolve() });
    await expect(consuming).rejects.toMatchObject({ code: 'log/unknown-topic' });
  });

  it('finishes what was appended before close, and takes nothing after', async () => {
    const log = await open(2);
    const pending = Promise.all(
      Array.from({ length: 20 }, (_, i) => log.append('plays', records(3, i), i % 2 ? 'written' : 'synced')),
    );
    const closing = log.close();
    const late = log.consume({ group: 'g', topics: ['plays'], onBatch: () => Promise.resolve() });
    await expect(late).rejects.toMatchObject({ code: 'log/closed' });
    await closing;
    const positions = (await pending).flat();
    expect(positions).toHaveLength(3 * 190);
    await expect(log.append('plays', [record('a', 'b')], 'written')).rejects.toMatchObject({
      code: 'log/closed',
    });
    await log.close();
  });

  it('reads back what a model says, over random appends', async () => {
    const one = fc.record({
      key: fc.string({ maxLength: 5, unit: 'binary' }),
      value: fc.uint8Array({ maxLength: 300 }),
      timestampMs: fc.nat(),
    });
    const batches = fc.array(fc.array(one, { maxLength: 20 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (appends, partitions, maxBatchRecords) => {
          const log = await open(partitions);
          await Promise.all(appends.map((batch) => log.append('activations', batch, 'written')));
          const all = appends.flat();
          const { batches: read } = await take(log, 'activations', all.length, { maxBatchRecords });
          for (let partition = 0; partition < partitions; partition++) {
            const got = read
              .filter((batch) => batch.partition === partition)
              .flatMap((batch) => batch.records);
            const wanted = all.filter(({ key }) => partitionOf(key, partitions) === partition);
            expect(got.map((r) => [r.key, [...r.value], r.timestampMs])).toEqual(
              wanted.map((r) => [r.key, [...r.value], r.timestampMs]),
            );
            expect(got.map((r) => r.offset)).toEqual(wanted.map((_, i) => i));
          }
          expect(read.every((batch) => batch.records.length <= maxBatchRecords)).toBe(true);
          await log.close();
        },
      ),
      { seed: 7, numRuns: 25 },
    );
  });
}
