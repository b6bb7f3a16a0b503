import { copyFile, cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { records, take, textOf } from '../contract/log-fixture.contract.js';
import type { EventLog, LogRecord } from '../event-log.js';
import { embeddedEventLog, readRecords, type Recovered } from './index.js';
import { RECORD_HEADER_BYTES } from './record-format.js';
import { SEGMENT_HEADER_BYTES } from './segment-file.js';

describe('an event log whose files are damaged', () => {
  let root: string;
  let intact: string;
  let recovered: Recovered[];
  const open = (directory: string): Promise<EventLog> =>
    embeddedEventLog({ directory, partitions: 1, onRecovered: (one) => recovered.push(one) });
  const segmentOf = (directory: string): string => join(directory, 'plays', '0', '0000000000000000.segment');
  const read = async (directory: string): Promise<LogRecord[]> => {
    const found: LogRecord[] = [];
    for await (const one of readRecords({ directory, topic: 'plays', partition: 0 })) found.push(one);
    return found;
  };

  beforeEach(async () => {
    recovered = [];
    root = await mkdtemp(join(tmpdir(), 'marquee-damage-'));
    intact = join(root, 'intact');
    const log = await open(intact);
    await log.append('plays', records(1, 10), 'synced');
    await log.close();
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('cuts a torn tail at every byte of the last record, tells how much, and goes on', async () => {
    const whole = await readFile(segmentOf(intact));
    const recordBytes = RECORD_HEADER_BYTES + 'member-0'.length + 1;
    expect(whole.length).toBe(SEGMENT_HEADER_BYTES + 10 * recordBytes);
    const copy = join(root, 'copy');
    await cp(intact, copy, { recursive: true });
    for (let torn = 0; torn < recordBytes; torn++) {
      await writeFile(segmentOf(copy), whole.subarray(0, whole.length - recordBytes + torn));
      recovered = [];
      const log = await open(copy);
      expect(recovered.map(({ tornBytes, endOffset }) => ({ tornBytes, endOffset }))).toEqual(
        torn === 0 ? [] : [{ tornBytes: torn, endOffset: 9 }],
      );
      expect(await log.append('plays', records(1, 1), 'synced')).toEqual([{ partition: 0, offset: 9 }]);
      await log.close();
      const found = await read(copy);
      expect(found.map(textOf)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '0']);
    }
  });

  it('finds every flipped bit: refuses it before the last record, cuts it off in the last', async () => {
    const whole = await readFile(segmentOf(intact));
    const recordBytes = (whole.length - SEGMENT_HEADER_BYTES) / 10;
    const copy = join(root, 'copy');
    await cp(intact, copy, { recursive: true });
    const bit = fc.integer({ min: 0, max: whole.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(bit, async (flipped) => {
        const bytes = Buffer.from(whole);
        const at = flipped >> 3;
        bytes[at]! ^= 1 << (flipped & 7);
        await writeFile(segmentOf(copy), bytes);
        recovered = [];
        if (at < SEGMENT_HEADER_BYTES) {
          await expect(open(copy)).rejects.toMatchObject({ code: 'log/corrupt' });
        } else if (at < whole.length - recordBytes) {
          const index = Math.floor((at - SEGMENT_HEADER_BYTES) / recordBytes);
          const file = join('plays', '0', '0000000000000000.segment');
          const detail = { file, position: SEGMENT_HEADER_BYTES + index * recordBytes };
          await expect(open(copy)).rejects.toMatchObject({ code: 'log/corrupt', detail });
        } else {
          const log = await open(copy);
          expect(recovered).toMatchObject([
            { topic: 'plays', partition: 0, tornBytes: recordBytes, endOffset: 9 },
          ]);
          await log.close();
        }
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('cuts off a tail of zeros, as power loss may leave behind', async () => {
    const { size } = await stat(segmentOf(intact));
    await truncate(segmentOf(intact), size + 4_096);
    const log = await open(intact);
    expect(recovered).toMatchObject([{ tornBytes: 4_096, endOffset: 10 }]);
    await log.close();
  });

  it('remakes a segment that a killed process had only begun to make', async () => {
    for (const bytes of [0, 1, SEGMENT_HEADER_BYTES - 1]) {
      await writeFile(join(intact, 'plays', '0', '0000000000000010.segment'), Buffer.alloc(bytes));
      const log = await open(intact);
      expect(await log.endOffsets('plays')).toEqual([10]);
      await log.close();
    }
    const log = await open(intact);
    await log.append('plays', records(1, 2), 'synced');
    expect((await take(log, 'plays', 12)).records.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 12 }, (_, i) => i),
    );
    await log.close();
  });

  it('stops a consumer at damage in an older segment, naming the place', async () => {
    const directory = join(root, 'rolled');
    const log = await embeddedEventLog({ directory, partitions: 1, segmentBytes: 200, tailBytes: 1 });
    for (let i = 0; i < 10; i++) await log.append('plays', records(1, 2), 'synced');
    const segments = (await readdir(join(directory, 'plays', '0'))).sort();
    expect(segments.length).toBeGreaterThan(2);
    const second = join(directory, 'plays', '0', segments[1]!);
    const bytes = await readFile(second);
    bytes[SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES]! ^= 1;
    await writeFile(second, bytes);
    let delivered = 0;
    const consumer = await log.consume({
      group: 'g',
      topics: ['plays'],
      onBatch: async (batch) => {
        delivered += batch.records.length;
        await Promise.resolve();
      },
    });
    const detail = { file: join('plays', '0', segments[1]!), position: SEGMENT_HEADER_BYTES };
    await expect(consumer.stopped).rejects.toMatchObject({ code: 'log/corrupt', detail });
    expect(delivered).toBe(Number(segments[1]!.slice(0, 16)));
    await log.close();
  });

  it('refuses committed offsets and a layout that do not check out', async () => {
    const log = await open(intact);
    const consumer = await log.consume({ group: 'g', topics: ['plays'], onBatch: () => Promise.resolve() });
    await consumer.commit('plays', 0, 4);
    await log.close();
    const groups = join(intact, 'groups.json');
    await copyFile(groups, join(root, 'groups.json'));
    await writeFile(groups, (await readFile(groups, 'utf8')).replace(':4', ':5'));
    await expect(open(intact)).rejects.toMatchObject({ code: 'log/corrupt' });
    await copyFile(join(root, 'groups.json'), groups);
    await expect(embeddedEventLog({ directory: intact, partitions: 2 })).rejects.toMatchObject({
      code: 'config/bad-value',
    });
    const again = await open(intact);
    expect((await take(again, 'plays', 6, { group: 'g' })).records[0]!.offset).toBe(4);
    await again.close();
  });
});
