import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Topic } from '../../event-log.js';
import { embeddedEventLog, readRecords } from '../index.js';
import { runAndKill } from '../../../../test/processes/killed-process.js';

const script = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url));

async function sequencesByKey(directory: string, topic: Topic): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (let partition = 0; partition < 3; partition++) {
    for await (const { key, value } of readRecords({ directory, topic, partition })) {
      const sequences = found.get(key) ?? [];
      found.set(key, sequences);
      sequences.push(Number(Buffer.from(value).toString()));
    }
  }
  return found;
}

describe('a process killed with SIGKILL while it appends', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'marquee-kill-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('leaves every acknowledged record, once, in order; the directory is free; the log goes on', async () => {
    for (const [run, lines] of [40, 333, 1_200].entries()) {
      const told = await runAndKill(script, [directory, `run${run}`], lines);
      const reopened = await embeddedEventLog({ directory, partitions: 3, segmentBytes: 20_000 });
      await reopened.close();
      for (const topic of ['plays', 'impressions'] as const) {
        const acknowledged = told
          .filter((line) => line.startsWith(topic))
          .map((line) => line.split(' ').map(Number));
        const [, first = 0, count = 0] = acknowledged[acknowledged.length - 1] ?? [];
        const found = await sequencesByKey(directory, topic);
        for (let key = 0; key < 5; key++) {
          const sequences = found.get(`run${run}-${key}`) ?? [];
          expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, i) => i));
          expect(sequences.length).toBeGreaterThanOrEqual(first + count);
        }
      }
    }
  });
});
