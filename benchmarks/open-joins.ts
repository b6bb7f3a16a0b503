import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_JOIN_SETTINGS } from '../feedback/join/join-outcome.js';
import type { Benchmark } from './benchmark.js';
import type { OpenJoinsJob, OpenJoinsResult } from './open-joins-run.js';
import { SERVER_CORE, startProcess } from './processes.js';

const SLOTS = 10;
const { joinCacheBytes } = DEFAULT_JOIN_SETTINGS;
const FEWER = 100_000;

/** The variants: as many pages as are asked of one machine, then fewer, with most of them on disk and with all of them in memory as well. */
const VARIANTS: readonly (readonly [name: string, job: Omit<OpenJoinsJob, 'directory'>])[] = [
  ['on disk', { pages: 1_000_000, slots: SLOTS, joinCacheBytes }],
  ['on disk, fewer', { pages: FEWER, slots: SLOTS, joinCacheBytes }],
  ['in memory, fewer', { pages: FEWER, slots: SLOTS, joinCacheBytes: 2 ** 32 }],
];

/** Open impressions of one partition: what ten million of them take, and what it costs to have most of them on disk. */
export const openJoins: Benchmark = async (options) => {
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  for (const [name, job] of VARIANTS) {
    options.say(`open joins: ${name}, ${job.pages} pages`);
    const result = await runJob(job);
    raw.push({ name, job, result });
    const { memory, live, cold } = result;
    rows.push([
      name,
      result.openImpressions,
      megabytes(memory.anonymousBytes),
      megabytes(memory.residentBytes),
      megabytes(memory.peakResidentBytes),
      megabytes(result.diskBytes),
      rounded(live.cpuMicrosPerEvent),
      Math.round(live.events / live.seconds),
      rounded(cold.cpuMicrosPerEvent),
      Math.round(cold.events / cold.seconds),
      Math.round(result.restoreMs),
    ]);
  }
  return {
    name: 'open-joins',
    method:
      `One partition's joins on LMDB, in a process of its own; pages of ${SLOTS} slots, all displayed and all still open. Anonymous memory is the process's own; resident memory counts the store's mapped file pages too, which the system takes back when it needs room; peak is the ` +
      'highest it ever was. Live: decisions, and impressions of pages just decided. Cold: plays of pages from any time. Both include decoding, the join and the checkpoints (one in 20,000 events, synced), not learning; CPU of all threads. Restore: opening the store, up to the first 256 events joined.',
    columns: [
      'joins',
      'open impressions',
      'anonymous MB',
      'resident MB',
      'peak MB',
      'disk MB',
      'live CPU µs/event',
      'live events/s',
      'cold CPU µs/event',
      'cold events/s',
      'restore ms',
    ],
    rows,
    raw,
  };
};

async function runJob(job: Omit<OpenJoinsJob, 'directory'>): Promise<OpenJoinsResult> {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-joins-'));
  try {
    const process = startProcess({
      module: new URL('./open-joins-run', import.meta.url),
      args: [JSON.stringify({ ...job, directory })],
      core: SERVER_CORE,
    });
    return JSON.parse(await process.output()) as OpenJoinsResult;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const rounded = (value: number): number => Number(value.toPrecision(3));
