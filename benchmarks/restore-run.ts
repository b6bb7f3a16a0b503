import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createPolicy } from '../bandit/policies/index.js';
import type { PolicyName } from '../bandit/policy.js';
import { systemClock } from '../core/clock.js';
import { lmdbKeyValue } from '../features/key-value/lmdb/index.js';
import { embeddedEventLog } from '../feedback/event-log/embedded/index.js';
import {
  headerOf,
  PartitionCheckpoint,
  storedExamination,
  storedModel,
} from '../feedback/update/checkpoint.js';
import { emptyExamination } from '../feedback/update/examination-fold.js';
import { emptyStatistics } from '../feedback/update/label-fold.js';
import type { ModelSpec } from '../feedback/update/model-spec.js';
import { startLearner } from '../feedback/update/start-learner.js';
import { BASE_KEY, BASE_SCHEMA } from './snapshot-base.js';

/** What a process is asked to do, and what it found. */
export interface RestoreJob {
  readonly kind: 'make' | 'restore';
  readonly directory: string;
  readonly policy: PolicyName;
  readonly artworks: number;
}
export interface RestoreResult {
  readonly publishedMs: number;
  readonly startedMs: number;
  /** processor time of all threads until then */
  readonly publishedCpuMs: number;
  readonly startedCpuMs: number;
  readonly storeBytes: number;
  readonly baseBytes: number;
  readonly peakResidentBytes: number;
  readonly anonymousBytes: number;
}

const TRIALS = 3;
const DAY_MS = 86_400_000;

function specOf({ policy }: RestoreJob): ModelSpec {
  return {
    ...{ key: BASE_KEY, policy: createPolicy(policy, {}, BASE_SCHEMA.dimension), target: 'artwork' },
    ...{ learnsFrom: () => true, lambda: 1, halfLifeMs: 30 * DAY_MS },
  };
}

async function make(job: RestoreJob): Promise<void> {
  const { dimension } = BASE_SCHEMA;
  const model = emptyStatistics(specOf(job));
  const nowMs = systemClock.nowMs();
  for (let row = 0; row < job.artworks; row++)
    for (let trial = 0; trial < TRIALS; trial++) {
      const x = Float32Array.from({ length: dimension }, (_, i) => Math.sin(row + 7 * trial + i));
      for (const [arms, at] of [
        [model.arms, row],
        [model.shared, 0],
      ] as const) {
        arms.addTrial(at, x, 0, 1, nowMs);
        if ((row + trial) % 5 === 0) arms.addReward(at, x, 0, 1, 1, nowMs);
      }
    }
  const store = lmdbKeyValue({ path: join(job.directory, 'learner') });
  const checkpoint = new PartitionCheckpoint(store, 0, BASE_SCHEMA.hash);
  const stored = [storedModel(model, BASE_SCHEMA.hash), ...storedExamination(emptyExamination())];
  const models = stored.map(({ key, fingerprint }) => [key, { foldedTo: 0, fingerprint }] as const);
  const header = headerOf({
    consumed: { decisions: 0, impressions: 0, plays: 0 },
    labelsOffset: 0,
    joins: { openJoins: 0, openSlots: 0, heldEvents: 0, filings: 0 },
    watermarks: { decisions: null, impressions: null, plays: null },
    horizonMs: null,
    floorMs: null,
    models: Object.fromEntries(models),
  });
  await checkpoint.replaceStatistics(header, stored);
  await store.close();
}

async function restore(job: RestoreJob): Promise<RestoreResult> {
  const cpu = process.cpuUsage();
  const beganAtMs = performance.now();
  const since = (): number => performance.now() - beganAtMs;
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1000;
  };
  let publishedMs = NaN;
  let publishedCpuMs = NaN;
  let baseBytes = 0;
  const log = await embeddedEventLog({ directory: join(job.directory, 'log'), partitions: 1 });
  const store = lmdbKeyValue({ path: join(job.directory, 'learner') });
  const learner = await startLearner({
    ...{ log, store, clock: systemClock, schema: BASE_SCHEMA, models: [specOf(job)] },
    revisions: { revision: () => undefined },
    onSnapshot({ kind, parts }) {
      if (kind !== 'base' || baseBytes > 0) return;
      publishedMs = since();
      publishedCpuMs = cpuMs();
      baseBytes = parts.reduce((sum, part) => sum + part.length, 0);
    },
  });
  const startedMs = since();
  const startedCpuMs = cpuMs();
  const { trials } = learner.totals(BASE_KEY);
  // Half-lives are long and the trials of today.
  if (Math.round(trials) !== TRIALS * job.artworks)
    throw new Error(`restored ${trials} trials; expected ${TRIALS * job.artworks}`);
  const { size: storeBytes } = await stat(join(job.directory, 'learner', 'data.mdb'));
  const memory = await memoryNow();
  await learner.close();
  await store.close();
  await log.close();
  return { publishedMs, publishedCpuMs, startedMs, startedCpuMs, storeBytes, baseBytes, ...memory };
}

/** Linux. */
async function memoryNow(): Promise<Pick<RestoreResult, 'peakResidentBytes' | 'anonymousBytes'>> {
  const text = await readFile('/proc/self/status', 'utf8');
  const bytes = (name: string): number =>
    1_024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN);
  return { peakResidentBytes: bytes('VmHWM'), anonymousBytes: bytes('RssAnon') };
}

const job = JSON.parse(process.argv[2]!) as RestoreJob;
if (job.kind === 'make') await make(job);
process.stdout.write(JSON.stringify(job.kind === 'make' ? {} : await restore(job)));
