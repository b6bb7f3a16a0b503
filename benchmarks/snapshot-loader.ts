import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { steadyClock } from '../core/clock.js';
import { systemTimers } from '../core/timers.js';
import { memoryAnnouncements } from '../features/announcements/memory/index.js';
import { lmdbKeyValue } from '../features/key-value/lmdb/index.js';
import { redisKeyValue } from '../features/key-value/redis/index.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import { storeBaseSource, type BaseSource } from '../feedback/snapshots/base-source.js';
import { redisBaseSource } from '../feedback/snapshots/redis/index.js';
import { followSnapshots } from '../feedback/snapshots/snapshot-follower.js';
import { decodeSnapshot } from '../feedback/update/snapshot.js';
import { Models } from '../src/pipeline/models.js';
import { Durations } from './load/percentiles.js';
import { servePages } from './beside-loading.js';
import { BASE_KEY, BASE_POLICY, BASE_SCHEMA, WHOLE_KEY } from './snapshot-base.js';

/** What a loading process is asked, as JSON in its first argument. */
export interface LoaderJob {
  readonly store: { readonly redis: string } | { readonly lmdb: string };
  /** thread: as it is followed, fetched by another thread; sliced: the same without one; whole: read, decoded and applied in one go; nothing: for `idleMs` */
  readonly how: 'thread' | 'sliced' | 'whole' | 'nothing';
  readonly beside: 'nothing' | 'pages';
  readonly loads: number;
  readonly idleMs: number;
}

/** What it prints, as JSON. */
export interface LoaderReport {
  /** the worst of all loads, beyond the interval of 1 ms at which it was looked */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** from when a page was due to when it was scored; NaN without */
  readonly pageMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** as `delayMs`, load by load: the first is a cold one */
  readonly loads: readonly LoaderReport['delayMs'][];
  readonly secondsPerLoad: number;
}

const RESOLUTION_MS = 1;

const job = JSON.parse(process.argv[2]!) as LoaderJob;
const redisAt = (url: string) => ({ urls: [url], namespace: 'bench', commandTimeoutMs: 60_000 });
const store: KeyValueStore =
  'redis' in job.store ? redisKeyValue(redisAt(job.store.redis)) : lmdbKeyValue({ path: job.store.lmdb });
const models = new Models(new Map([[BASE_KEY, BASE_POLICY]]), BASE_SCHEMA.hash);

/** One for all loads, as a process has that serves. */
const thread = 'redis' in job.store ? redisBaseSource(redisAt(job.store.redis)) : undefined;

async function follow(bases: BaseSource): Promise<void> {
  const follower = await followSnapshots({
    ...{
      store,
      bases: { ...bases, close: () => Promise.resolve() },
      announcements: memoryAnnouncements(),
      timers: systemTimers,
      clock: steadyClock,
    },
    ...{ policies: new Map([[BASE_KEY, BASE_POLICY]]), contextSchema: BASE_SCHEMA.hash },
    onModel({ modelKey, model, version }) {
      models.serve(modelKey, model, version);
    },
    onFault(error) {
      throw error;
    },
  });
  await follower.close();
}

async function loadWhole(): Promise<void> {
  const [bytes] = await store.getMany([WHOLE_KEY]);
  // A snapshot that is not newer is left out, so a model that has none takes its place each time.
  models.serve(BASE_KEY, BASE_POLICY.emptyModel(), 0);
  models.install(decodeSnapshot(bytes!));
}

const load = {
  thread: () => follow(thread!),
  sliced: () => follow(storeBaseSource(store)),
  whole: loadWhole,
  nothing: () => delay(job.idleMs),
}[job.how];
const delays: LoaderReport['delayMs'][] = [];
const beyond = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
const pages = new Durations();
const serving = job.beside === 'pages' ? servePages(() => models.get(BASE_KEY)!, pages) : undefined;
let loadingMs = 0;
// The process has begun; what it did for that is not to be counted.
await delay(200);
for (let i = 0; i < job.loads; i++) {
  // A monitor of its own: one that is enabled again takes the pause between two loads for a delay.
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  const startedMs = performance.now();
  await load();
  loadingMs += performance.now() - startedMs;
  // A stall is only seen by the timer that it held up.
  await delay(5);
  monitor.disable();
  const [p50, p99] = [beyond(monitor.percentile(50)), beyond(monitor.percentile(99))];
  delays.push({ p50, p99, max: beyond(monitor.max) });
  await delay(100);
}
serving?.stop();
if (job.how !== 'nothing' && models.get(BASE_KEY)!.model.rows === 0) throw new Error('nothing was loaded');
const worst = (of: (delay: LoaderReport['delayMs']) => number): number => Math.max(...delays.map(of));
const report: LoaderReport = {
  delayMs: { p50: worst(({ p50 }) => p50), p99: worst(({ p99 }) => p99), max: worst(({ max }) => max) },
  loads: delays,
  pageMs: pages.summary(),
  secondsPerLoad: loadingMs / 1000 / job.loads,
};
await thread?.close();
await store.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
