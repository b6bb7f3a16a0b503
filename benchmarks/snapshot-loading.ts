import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../core/clock.js';
import { systemTimers } from '../core/timers.js';
import { memoryAnnouncements } from '../features/announcements/memory/index.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import { lmdbKeyValue } from '../features/key-value/lmdb/index.js';
import { redisKeyValue } from '../features/key-value/redis/index.js';
import { SnapshotPublisherStore } from '../feedback/snapshots/snapshot-publisher.js';
import { encodeSnapshot } from '../feedback/update/snapshot.js';
import type { Benchmark } from './benchmark.js';
import { SERVER_CORE, startProcess } from './processes.js';
import { BASE_KEY, baseOfSize, WHOLE_KEY } from './snapshot-base.js';
import type { LoaderJob, LoaderReport } from './snapshot-loader.js';

const BASE_BYTES = 100 * 2 ** 20;
const IDLE_MS = 1_000;
const WAYS = {
  nothing: 'nothing',
  thread: 'as followed: fetched by another thread, taken in in slices',
  sliced: 'fetched and taken in in slices',
  whole: 'in one go',
} as const;

/** What a base of 100 MB does to a process that loads it from a shared store: how long whoever else needs the thread has to wait. */
export const snapshotLoading: Benchmark = async (options) => {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-'));
  const place = openPlace(directory);
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  try {
    options.say(`snapshot-loading: putting a base of 100 MB into ${place.name}`);
    await putBase(place.store);
    for (const serving of [false, true]) {
      for (const how of place.ways) {
        options.say(`snapshot-loading: ${WAYS[how]}, ${serving ? 'serving' : 'idle'}`);
        const job: LoaderJob = {
          ...{ store: place.address, how, loads: options.rounds, idleMs: IDLE_MS },
          beside: serving ? 'pages' : 'nothing',
        };
        const report = await runLoader(job);
        rows.push(rowOf(job, report));
        raw.push({ ...job, store: place.name, ...report });
      }
    }
  } finally {
    await place.close();
    await rm(directory, { recursive: true, force: true });
  }
  return {
    name: 'snapshot-loading',
    method:
      `A base of 100 MB (linear-thompson, d = 32) in ${place.name} is loaded by a process of its own, ${options.rounds} times, the first one cold: event-loop delay while it loads, the worst load’s (monitorEventLoopDelay every 1 ms, less ` +
      'that millisecond); and, while it scores the artworks of one row of 40 titles every 5 ms, how late each is done. In one go: one value, decoded and applied as a whole. Nothing: the same process loads nothing for a second.',
    columns: ['loaded', 'beside', 's a load', 'delay p50 ms', 'p99', 'max', 'row p50 ms', 'p99', 'max'],
    rows,
    raw,
  };
};

async function runLoader(job: LoaderJob): Promise<LoaderReport> {
  const loader = startProcess({
    module: new URL('./snapshot-loader', import.meta.url),
    args: [JSON.stringify(job)],
    core: SERVER_CORE,
  });
  return JSON.parse(await loader.output()) as LoaderReport;
}

function rowOf({ how, beside }: LoaderJob, report: LoaderReport): (string | number)[] {
  // What was not measured is NaN, which JSON has no word for but null.
  const ms = (value: number | null): string =>
    value === null || Number.isNaN(value) ? '' : value.toFixed(1);
  const each = [report.delayMs, report.pageMs].flatMap(({ p50, p99, max }) => [ms(p50), ms(p99), ms(max)]);
  return [
    WAYS[how],
    beside === 'pages' ? 'a row every 5 ms' : 'nothing',
    report.secondsPerLoad.toFixed(2),
    ...each,
  ];
}

interface Place {
  readonly name: string;
  readonly store: KeyValueStore;
  readonly address: LoaderJob['store'];
  readonly ways: readonly (keyof typeof WAYS)[];
  close(): Promise<void>;
}

/** Redis on a socket where it is installed, else LMDB. */
function openPlace(directory: string): Place {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    const path = join(directory, 'lmdb');
    const store = lmdbKeyValue({ path });
    return {
      name: 'LMDB (no redis-server was found)',
      store,
      address: { lmdb: path },
      ways: ['nothing', 'sliced', 'whole'],
      close: () => store.close(),
    };
  }
  const socket = join(directory, 'redis.sock');
  const server = startRedisServer(socket, directory);
  const store = redisKeyValue({
    urls: [socket],
    namespace: 'bench',
    commandTimeoutMs: 60_000,
    maxReconnectDelayMs: 50,
  });
  return {
    name: 'Redis',
    store,
    address: { redis: socket },
    ways: ['nothing', 'thread', 'sliced', 'whole'],
    async close() {
      await store.close();
      await server.stop();
    },
  };
}

function startRedisServer(socket: string, directory: string): { stop(): Promise<void> } {
  const words = [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const server = spawn('redis-server', words, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  return {
    async stop() {
      server.kill();
      await ended;
    },
  };
}

async function putBase(store: KeyValueStore): Promise<void> {
  const base = baseOfSize(BASE_BYTES);
  const publisher = new SnapshotPublisherStore({
    ...{
      store,
      announcements: memoryAnnouncements(),
      modelKeys: [BASE_KEY],
      clock: systemClock,
      timers: systemTimers,
    },
    onBaseNeeded: () => undefined,
    onFault(error) {
      throw error;
    },
  });
  publisher.put(base);
  await publisher.close();
  await store.write({ puts: [[WHOLE_KEY, encodeSnapshot(base)]] });
}
