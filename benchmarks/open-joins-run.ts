import { readFile, stat } from 'node:fs/promises';
import { join as path } from 'node:path';
import { systemClock } from '../core/clock.js';
import { seededRng } from '../core/rng.js';
import { lmdbKeyValue } from '../features/key-value/lmdb/index.js';
import type { KeyValueStore } from '../features/key-value/key-value.js';
import { DEFAULT_JOIN_SETTINGS, type JoinRecord } from '../feedback/join/join-outcome.js';
import { PartitionJoin } from '../feedback/join/partition-join.js';
import { readRecord } from '../feedback/join/record-reading.js';
import { rewardExpression } from '../feedback/join/reward-expression.js';
import { headerOf, PartitionCheckpoint } from '../feedback/update/checkpoint.js';
import { SpilledJoins } from '../feedback/update/spilled-joins.js';
import { JoinTraffic } from './join-traffic.js';

/** What a process is asked to do, and what it found. */
export interface OpenJoinsJob {
  readonly directory: string;
  readonly pages: number;
  readonly slots: number;
  readonly joinCacheBytes: number;
}
export interface OpenJoinsResult {
  readonly openJoins: number;
  readonly openImpressions: number;
  /** impressions of pages just decided, decisions among them; CPU of the whole process, checkpoints included */
  readonly live: Pace;
  /** plays of pages from any time */
  readonly cold: Pace;
  readonly memory: Memory;
  readonly diskBytes: number;
  readonly restoreMs: number;
}
interface Pace {
  readonly events: number;
  readonly seconds: number;
  readonly cpuMicrosPerEvent: number;
}
interface Memory {
  readonly anonymousBytes: number;
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
}

const BATCH = 256;
const PAGES_AT_A_TIME = 512;
const COLD_PLAYS = 20_000;
/** events between two checkpoints: a second at the rate that one learner is asked to keep up with */
const CHECKPOINT_EVENTS = 20_000;

/** One partition's joins on LMDB, without what is learned from them. */
class Partition {
  readonly checkpoint: PartitionCheckpoint;
  readonly join: PartitionJoin;
  readonly joins: SpilledJoins;
  trials = 0;
  #sinceCheckpoint = 0;

  constructor(
    readonly store: KeyValueStore,
    joinCacheBytes: number,
  ) {
    const settings = { ...DEFAULT_JOIN_SETTINGS, joinCacheBytes };
    this.checkpoint = new PartitionCheckpoint(store, 0, 'a1b2c3d4e5f6');
    this.join = new PartitionJoin(settings, rewardExpression());
    this.joins = new SpilledJoins(this.join, this.checkpoint.joins);
  }

  async take(records: readonly JoinRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += BATCH) {
      const read = records.slice(at, at + BATCH).map((record) => readRecord(record));
      await this.joins.prepare(read);
      for (const one of read) for (const { kind } of this.join.take(one)) if (kind === 'trial') this.trials++;
    }
    this.#sinceCheckpoint += records.length;
    const { settings, table } = this.join;
    const isLarge = table.resident.unsavedBytes >= settings.maxUnsavedJoinBytes;
    if (isLarge || this.#sinceCheckpoint >= CHECKPOINT_EVENTS) await this.save();
  }

  async save(): Promise<void> {
    this.#sinceCheckpoint = 0;
    const { changes, swept } = this.joins.drain(systemClock.nowMs());
    const header = headerOf({
      consumed: { decisions: 0, impressions: 0, plays: 0 },
      labelsOffset: 0,
      joins: { ...this.join.table.totals },
      watermarks: { decisions: null, impressions: null, plays: null },
      horizonMs: null,
      floorMs: null,
      models: {},
    });
    const nothing = { rows: [], histories: [] };
    await this.store.write(
      this.checkpoint.encode({ header, joins: changes, sweptFilings: swept, ...nothing }),
    );
    this.joins.saved();
  }
}

async function run(job: OpenJoinsJob): Promise<OpenJoinsResult> {
  const traffic = new JoinTraffic(job.slots);
  let store = lmdbKeyValue({ path: job.directory });
  const partition = new Partition(store, job.joinCacheBytes);
  const live = new Stopwatch();
  for (let page = 0; page < job.pages + PAGES_AT_A_TIME; page += PAGES_AT_A_TIME) {
    const to = Math.min(job.pages, page + PAGES_AT_A_TIME);
    const shown = Math.max(0, page - PAGES_AT_A_TIME);
    const batches = [
      traffic.decisions(Math.min(page, to), to),
      traffic.impressions(shown, Math.min(page, to)),
    ];
    for (const records of batches) await live.time(records.length, () => partition.take(records));
  }
  await partition.save();
  const memory = await memoryNow();
  const cold = new Stopwatch();
  const rng = seededRng(1);
  const pages = Array.from({ length: COLD_PLAYS }, () => Math.floor(rng.uniform() * job.pages));
  const plays = traffic.plays(pages);
  for (let at = 0; at < plays.length; at += BATCH)
    await cold.time(Math.min(BATCH, plays.length - at), () => partition.take(plays.slice(at, at + BATCH)));
  const { openJoins } = partition.join.table.totals;
  await partition.save();
  await store.close();

  const beganAtMs = performance.now();
  store = lmdbKeyValue({ path: job.directory });
  const again = new Partition(store, job.joinCacheBytes);
  const header = await again.checkpoint.readHeader(again.join.settings, systemClock.nowMs());
  Object.assign(again.join.table.totals, header!.joins);
  await again.take(plays.slice(0, BATCH));
  const restoreMs = performance.now() - beganAtMs;
  await store.close();
  const { size: diskBytes } = await stat(path(job.directory, 'data.mdb'));
  const openImpressions = partition.trials;
  return { openJoins, openImpressions, live: live.pace, cold: cold.pace, memory, diskBytes, restoreMs };
}

class Stopwatch {
  #events = 0;
  #seconds = 0;
  #cpuMicros = 0;

  async time(events: number, work: () => Promise<void>): Promise<void> {
    const cpu = process.cpuUsage();
    const beganAtMs = performance.now();
    await work();
    this.#seconds += (performance.now() - beganAtMs) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuMicros += user + system;
    this.#events += events;
  }

  get pace(): Pace {
    const cpuMicrosPerEvent = this.#cpuMicros / this.#events;
    return { events: this.#events, seconds: this.#seconds, cpuMicrosPerEvent };
  }
}

/** Linux: LMDB's pages are mapped from a file and counted as resident, though the system takes them back whenever it needs room. */
async function memoryNow(): Promise<Memory> {
  const text = `${await readFile('/proc/self/smaps_rollup', 'utf8')}\n${await readFile('/proc/self/status', 'utf8')}`;
  const bytes = (name: string): number =>
    1_024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN);
  return {
    anonymousBytes: bytes('Anonymous'),
    residentBytes: bytes('Rss'),
    peakResidentBytes: bytes('VmHWM'),
  };
}

process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2]!) as OpenJoinsJob)));
