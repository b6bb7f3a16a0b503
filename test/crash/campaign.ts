import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { HttpMarqueeClient } from '../../client/index.js';
import { systemClock } from '../../core/clock.js';
import { seededRng, type Rng } from '../../core/rng.js';
import { members, rows, titles } from '../support/small-catalogue.js';
import { loadConfig } from '../../src/config.js';
import { commitNow } from '../../scripts/commit.js';
import { serviceCode } from '../support/service-code.js';
import { crashSettings } from './crash-settings.js';
import { drawFault, FAULTS, type Fault } from './faults.js';
import { Load } from './load.js';
import { readLogFiles } from './log-content.js';
import { smallDisk, type SmallDisk } from './small-disk.js';
import { ToldEvents } from './told-events.js';
import { checkGuarantee, type Verdict } from './verdict.js';
import { VictimProcess } from './victim-process.js';

export interface CrashRound extends Verdict {
  readonly round: number;
  readonly fault: Fault;
  /** starts that were killed before they had recovered */
  readonly killedStarts: number;
  readonly pages: number;
  readonly acknowledged: number;
  /** from the last start until everything in the log was learned and in the tables, checked reading included */
  readonly recoveredMs: number;
  readonly commit?: string;
}

export interface CampaignOptions {
  /** made when missing; a campaign whose directory is there goes on where it stopped */
  readonly directory: string;
  readonly rounds: number;
  readonly seed: number;
  /** what strikes, in turn; default: drawn by the seed */
  readonly faults?: readonly Fault[];
  /** rounds on one data directory, so that a round stays cheap to check; default 25 */
  readonly roundsPerLife?: number;
  readonly onRound?: (round: CrashRound) => void;
}

/** Starts that are killed on the way, one after the other, and how likely another one is. */
const MOST_KILLED_STARTS = 4;
const ANOTHER_KILLED_START = 0.4;

/**
 * Kills the service again and again, at seeded random moments under load, and checks the guarantee after each time. Its data stands on a small disk of its own.
 *
 * @throws when a check fails, with what is needed to run that round again; the directory is kept
 */
export async function runCampaign(options: CampaignOptions): Promise<readonly CrashRound[]> {
  mkdirSync(options.directory, { recursive: true });
  const progress = join(options.directory, 'rounds.jsonl');
  const done = readRounds(progress);
  const commit = commitNow();
  const disk = smallDisk(join(options.directory, 'disk'));
  try {
    const { roundsPerLife = 25 } = options;
    while (done.length < options.rounds) {
      const first = done.length - (done.length % roundsPerLife);
      const life = new ServiceLife(options, disk, first);
      for (let round = done.length; round < Math.min(options.rounds, first + roundsPerLife); round++) {
        const survived = { ...(await life.survive(round)), commit };
        done.push(survived);
        appendFileSync(progress, `${JSON.stringify(survived)}\n`);
        options.onRound?.(survived);
      }
      await life.end();
    }
  } finally {
    disk.free();
  }
  disk.unmount();
  return done;
}

function readRounds(path: string): CrashRound[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CrashRound);
}

/** One data directory, from its first start to its last. */
class ServiceLife {
  readonly #data: string;
  readonly #settingsFile: string;
  readonly #told: ToldEvents;
  readonly #code = serviceCode();
  #running: { readonly victim: VictimProcess; readonly port: number } | undefined;
  /** what a start takes here and now: what moments of it are drawn from */
  #startMs = 2_000;

  constructor(
    readonly options: CampaignOptions,
    readonly disk: SmallDisk,
    readonly firstRound: number,
  ) {
    this.#data = join(disk.path, `life-${firstRound}`);
    this.#settingsFile = join(options.directory, 'settings.json');
    writeFileSync(this.#settingsFile, JSON.stringify(crashSettings(this.#data)));
    this.#told = new ToldEvents(join(options.directory, `told-${firstRound}`));
  }

  async survive(round: number): Promise<CrashRound> {
    const rng = seededRng(this.options.seed).fork(`round-${round}`);
    const { faults } = this.options;
    const fault = faults === undefined ? drawFault(rng) : faults[round % faults.length]!;
    const { victim, port } = this.#running ?? (await this.#start());
    const load = new Load(port, rng.fork('load'), this.#told, () => systemClock.nowMs());
    try {
      await load.after(10 + rng.below(150));
      await wait(20 * rng.uniform());
      await FAULTS[fault]({ victim, load, rng, disk: this.disk });
    } finally {
      victim.signal('SIGKILL');
      await load.stop();
    }
    const killedStarts = await this.#killStarts(rng);
    const startedAt = performance.now();
    await this.#start();
    const verdict = await this.#check(round, fault);
    const recoveredMs = Math.round(performance.now() - startedAt);
    const { pages, acknowledged } = load.counts;
    return { round, fault, killedStarts, pages, acknowledged, recoveredMs, ...verdict };
  }

  /** Stops in order, and what was learned is what is on disk: one more start, nothing sent, nothing changed, to the last bit. */
  async end(): Promise<void> {
    const { hash } = await (this.#running ?? (await this.#start())).victim.learned();
    await this.#stopInOrder();
    const again = await (await this.#start()).victim.learned();
    if (again.hash !== hash)
      throw new Error(`stopped in order with hash ${hash}, it started with ${again.hash}`);
    await this.#stopInOrder();
    rmSync(this.#data, { recursive: true });
    rmSync(this.#told.path);
  }

  async #stopInOrder(): Promise<void> {
    const { victim } = this.#running!;
    this.#running = undefined;
    const { code, signal } = await victim.stopped();
    if (code !== 0) throw new Error(`stopped in order, it ended with ${signal ?? code}:\n${victim.printed}`);
  }

  async #start(): Promise<{ readonly victim: VictimProcess; readonly port: number }> {
    const startedAt = performance.now();
    const victim = new VictimProcess(this.#code, this.#settingsFile);
    const port = await victim.ready();
    this.#startMs = performance.now() - startedAt;
    const client = new HttpMarqueeClient({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 60_000 });
    // The same again changes nothing.
    await client.putTitles(titles);
    await client.putRows(rows);
    await client.putMembers(members);
    this.#running = { victim, port };
    return this.#running;
  }

  async #killStarts(rng: Rng): Promise<number> {
    this.#running = undefined;
    let killed = 0;
    while (killed < MOST_KILLED_STARTS && rng.uniform() < ANOTHER_KILLED_START) {
      const victim = new VictimProcess(this.#code, this.#settingsFile);
      await wait(1.2 * this.#startMs * rng.uniform());
      victim.signal('SIGKILL');
      await victim.exited;
      killed++;
    }
    return killed;
  }

  async #check(round: number, fault: Fault): Promise<Verdict> {
    const { victim } = this.#running!;
    const config = loadConfig({ file: this.#settingsFile, environment: {} });
    try {
      const learned = [await victim.learned()];
      const content = await readLogFiles(this.#data, config.eventLog.partitions);
      const query = <Row>(sql: string): Promise<readonly Row[]> => victim.query<Row>(sql);
      return await checkGuarantee({ config, told: this.#told, content, learned, query });
    } catch (cause) {
      victim.signal('SIGKILL');
      throw new Error(
        `round ${round} (${fault}, seed ${this.options.seed}) of the life that began with round ${this.firstRound}; its data is kept in ${this.#data}`,
        { cause },
      );
    }
  }
}
