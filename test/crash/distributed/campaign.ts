import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AssertionError } from 'node:assert';
import { setTimeout as wait } from 'node:timers/promises';
import { HttpMarqueeClient } from '../../../client/index.js';
import { systemClock } from '../../../core/clock.js';
import { seededRng } from '../../../core/rng.js';
import { kafkaEventLog } from '../../../feedback/event-log/kafka/index.js';
import { commitNow } from '../../../scripts/commit.js';
import { members, rows, titles } from '../../support/small-catalogue.js';
import { Load } from '../load.js';
import { readSharedLog, type LogContent } from '../log-content.js';
import { ToldEvents } from '../told-events.js';
import { checkGuarantee, type Verdict } from '../verdict.js';
import { ALL_DISTRIBUTED, DISTRIBUTED_FAULTS, type DistributedFault } from './faults.js';
import { PARTITIONS, PROCESSES, Processes } from './processes.js';
import { checkPublished } from './published-check.js';
import { Servers } from './servers.js';

export interface DistributedRound extends Verdict {
  readonly round: number;
  readonly fault: DistributedFault;
  readonly pages: number;
  readonly acknowledged: number;
  /** processes that were started again */
  readonly restarts: number;
  /** from the end of the fault until everything was learned, in the tables and checked */
  readonly recoveredMs: number;
  readonly commit?: string;
}

export interface DistributedOptions {
  /** made when missing; rounds that are done there are not done again, on servers that begin anew */
  readonly directory: string;
  readonly rounds: number;
  readonly seed: number;
  /** default: all, in turn */
  readonly faults?: readonly DistributedFault[];
  readonly clickhouseAwayMs: number;
  readonly onRound?: (round: DistributedRound) => void;
}

/** By then everything must be learned, in the tables, and equal; most of it is waiting for sessions that end, on a busy machine for everything. */
const SETTLE_LIMIT_MS = 600_000;

/** Kills, freezes and robs of its servers what runs on Kafka, Redis and ClickHouse, and checks the guarantee after each time. */
export async function runDistributedCampaign(
  options: DistributedOptions,
): Promise<readonly DistributedRound[]> {
  mkdirSync(options.directory, { recursive: true });
  const progress = join(options.directory, 'rounds.jsonl');
  const done = readRounds(progress);
  const commit = commitNow();
  const life = join(options.directory, `life-${done.length}`);
  rmSync(life, { recursive: true, force: true });
  const servers = await Servers.start(join(life, 'servers'));
  const processes = new Processes(join(life, 'processes'), servers);
  try {
    mkdirSync(processes.directory);
    await Promise.all(PROCESSES.map((name) => processes.start(name)));
    const world = new World(options, processes, servers, new ToldEvents(join(life, 'told')));
    await world.load();
    while (done.length < options.rounds) {
      const round = { ...(await world.survive(done.length)), commit };
      done.push(round);
      appendFileSync(progress, `${JSON.stringify(round)}\n`);
      options.onRound?.(round);
    }
    await processes.stop();
  } finally {
    await processes.killAll();
    await servers.stop();
  }
  rmSync(life, { recursive: true });
  return done;
}

function readRounds(path: string): DistributedRound[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as DistributedRound);
}

class World {
  constructor(
    readonly options: DistributedOptions,
    readonly processes: Processes,
    readonly servers: Servers,
    readonly told: ToldEvents,
  ) {}

  async load(): Promise<void> {
    const client = new HttpMarqueeClient({ baseUrl: `http://127.0.0.1:${this.processes.port('serve-1')}` });
    await client.putTitles(titles);
    await client.putRows(rows);
    await client.putMembers(members);
  }

  async survive(round: number): Promise<DistributedRound> {
    const { options, processes, servers } = this;
    const rng = seededRng(options.seed).fork(`distributed-${round}`);
    const faults = options.faults ?? ALL_DISTRIBUTED;
    const fault = faults[round % faults.length]!;
    const restartsBefore = processes.restarts;
    const loads = (['serve-1', 'serve-2'] as const).map(
      (name) => new Load(processes.port(name), rng.fork(name), this.told, () => systemClock.nowMs()),
    );
    try {
      await Promise.race(loads.map((load) => load.after(20 + rng.below(100))));
      const { clickhouseAwayMs } = options;
      await DISTRIBUTED_FAULTS[fault]({ processes, servers, loads, rng, clickhouseAwayMs });
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
    }
    const endedAt = performance.now();
    const verdict = await this.#settle(round, fault);
    const sum = (of: (load: Load) => number): number => loads.reduce((total, load) => total + of(load), 0);
    return {
      ...{ round, fault, ...verdict, restarts: processes.restarts - restartsBefore },
      pages: sum(({ counts }) => counts.pages),
      acknowledged: sum(({ counts }) => counts.acknowledged),
      recoveredMs: Math.round(performance.now() - endedAt),
    };
  }

  /** Looks again until all is well: partitions move, sessions end, spools drain. What is wrong for good is still wrong at the end. */
  async #settle(round: number, fault: DistributedFault): Promise<Verdict> {
    const deadline = performance.now() + SETTLE_LIMIT_MS;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.processes.heal();
        return await this.#check(`judge-${round}-${attempt}`);
      } catch (cause) {
        // "Counted twice" heals by no waiting, but it is found again as well.
        if (performance.now() > deadline || !isPassing(cause))
          throw new Error(`round ${round} (${fault}, seed ${this.options.seed})`, { cause });
        await wait(200);
      }
    }
  }

  async #check(group: string): Promise<Verdict> {
    const { processes, told } = this;
    const learned = await Promise.all(
      (['learn-1', 'learn-2'] as const).map((name) => processes.victim(name).learned()),
    );
    await processes.victim('sink').learned();
    const config = processes.config('learn-1');
    const query = <Row>(sql: string): Promise<readonly Row[]> => processes.victim('sink').query<Row>(sql);
    const content = await this.#readLog(group);
    const verdict = await checkGuarantee({ config, told, content, learned, query });
    await checkPublished(config, content, this.servers.redisUrl);
    return verdict;
  }

  async #readLog(group: string): Promise<LogContent> {
    const log = await kafkaEventLog({ brokers: [this.servers.broker], partitions: PARTITIONS });
    try {
      return await readSharedLog(log, group);
    } finally {
      await log.close();
    }
  }
}

/** What a moment later may be otherwise: not everything is learned yet, or somebody could not answer. A mistake of this program is neither. */
function isPassing(cause: unknown): boolean {
  return cause instanceof AssertionError || !(cause instanceof TypeError || cause instanceof RangeError);
}
