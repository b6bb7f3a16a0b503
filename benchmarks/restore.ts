import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyName } from '../bandit/policy.js';
import type { Benchmark } from './benchmark.js';
import { SERVER_CORE, startProcess } from './processes.js';
import type { RestoreJob, RestoreResult } from './restore-run.js';

const ARTWORKS = 100_000;
/** both keep 563 float64 of sums per artwork at d = 32; fitting the one takes a mean and a covariance, the other a mean */
const POLICIES: readonly PolicyName[] = ['linear-thompson', 'squarecb'];

/** From nothing in memory to the first published model: what a learner that was killed, or given a partition, makes its pages wait for. */
export const restore: Benchmark = async (options) => {
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  for (const policy of POLICIES) {
    const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-restore-'));
    try {
      options.say(`restore: making a checkpoint of ${ARTWORKS} artworks for ${policy}`);
      await runJob({ kind: 'make', directory, policy, artworks: ARTWORKS });
      const results: RestoreResult[] = [];
      for (let round = 0; round < options.rounds; round++) {
        options.say(`restore: ${policy}, round ${round + 1}`);
        results.push(await runJob({ kind: 'restore', directory, policy, artworks: ARTWORKS }));
      }
      const by = [...results].sort((a, b) => a.publishedMs - b.publishedMs);
      const median = by[Math.floor(by.length / 2)]!;
      rows.push([
        policy,
        ARTWORKS,
        megabytes(median.storeBytes),
        Math.round(median.publishedMs),
        Math.round(by.at(-1)!.publishedMs),
        Math.round(median.publishedCpuMs),
        Math.round(median.startedMs),
        megabytes(median.peakResidentBytes),
        megabytes(median.anonymousBytes),
      ]);
      raw.push({ policy, results });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  return {
    name: 'restore',
    method:
      `A checkpoint of one partition and one model, ${ARTWORKS} artworks at d = 32, each with three trials, in LMDB (warm file cache); a new process opens log and store and calls startLearner. Published: until the first base snapshot, whole, is handed ` +
      'out. Started: until startLearner resolves, that base kept in the store. CPU of all threads. Peak counts the store’s mapped file pages, anonymous is the process’s own at the end. Median of the rounds, by the time to publish.',
    columns: [
      'policy',
      'artworks',
      'store MB',
      'published ms',
      'slowest',
      'its CPU ms',
      'started ms',
      'peak MB',
      'anonymous MB',
    ],
    rows,
    raw,
  };
};

async function runJob(job: RestoreJob): Promise<RestoreResult> {
  const process = startProcess({
    module: new URL('./restore-run', import.meta.url),
    args: [JSON.stringify(job)],
    core: SERVER_CORE,
  });
  return JSON.parse(await process.output()) as RestoreResult;
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
