import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import cliProgress from 'cli-progress';
import { manualClock } from '../core/clock.js';
import { asId, type RequestId } from '../core/ids.js';
import { seededRng, type Rng } from '../core/rng.js';
import { manualTimers } from '../core/timers.js';
import { readFilms } from '../demo/catalogue/films.js';
import { demoRows } from '../demo/catalogue/rows.js';
import { demoTitles } from '../demo/catalogue/titles.js';
import type { LiveProgress } from '../demo/live.js';
import { loadDemo, runCampaign, type CampaignResult } from '../demo/run.js';
import type { SimulatorConfig, SimulatorMessage, SimulatorReport } from '../demo/simulator.js';
import { createWorld } from '../demo/world/world.js';
import { compose, type Marquee } from './compose.js';
import { DEFAULT_LAMBDA } from './config-schema.js';
import type { Config } from './config.js';
import { inProcessClient } from './in-process-client.js';
import { createLogger, onSignal, startService } from './start.js';

/** Where simulated time begins: any fixed instant, so that a seed gives the same run on every day. */
const SIMULATED_START_MS = Date.UTC(2026, 0, 5, 6);
const SETTLE_EVERY_VISITS = 200;
/** every so many settlings the shared block is fitted anew and a checkpoint made: what the live service does by its timers */
const BASE_EVERY_SETTLES = 3;

type ConfigWith = (more: Readonly<Record<string, unknown>>) => Config;

/** Members are split among the three policies; all rows are ordered by one shared policy, so the variants differ by artwork alone. */
export const EXPERIMENT = {
  id: 'demo',
  variants: [
    { id: 'uniform', weight: 1, policy: 'uniform' },
    { id: 'best-unpersonalised', weight: 1, policy: 'best-unpersonalised' },
    { id: 'contextual', weight: 1, policy: 'linear-thompson', settings: { lambda: DEFAULT_LAMBDA } },
  ],
};

export interface FastDemoOptions {
  readonly json?: boolean;
  readonly seed: number;
  readonly members: number;
  readonly visits: number;
}

/** Runs the service whole (log, join, learner, snapshots, analytics) under simulated time and prints what each policy earned. */
export async function fastDemo(options: FastDemoOptions, configWith: ConfigWith): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-demo-'));
  try {
    const config = configWith({
      data: { directory },
      experiment: EXPERIMENT,
      log: { level: 'warn' },
      roles: ['serve', 'learn', 'sink'],
      // The draw is keyed: with keys of the seed the same seed shows the same pictures.
      secrets: { tokenKey: seededKey('token', options.seed), drawKey: seededKey('draw', options.seed) },
    });
    const results = await simulate(options, config);
    if (options.json === true)
      process.stdout.write(
        `${JSON.stringify({ simulated: true, seed: options.seed, visits: options.visits, policies: compared(results).map(asJson) }, null, 2)}\n`,
      );
    else process.stdout.write(`${resultsTable(results)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function simulate(options: FastDemoOptions, config: Config): Promise<CampaignResult[]> {
  const rng = seededRng(options.seed);
  const clock = manualClock(SIMULATED_START_MS);
  const ids = rng.fork('request ids');
  const marquee = await compose(config, {
    logger: createLogger(config),
    clock,
    timers: manualTimers(clock),
    newRequestId: () => seededRequestId(ids),
  });
  try {
    const titles = demoTitles(readFilms());
    const rows = demoRows(titles);
    const world = createWorld({
      seed: options.seed,
      titles,
      rows,
      startMs: SIMULATED_START_MS,
      members: options.members,
    });
    const client = inProcessClient(marquee);
    await loadDemo(client, { titles, rows, members: world.members });
    const progress = progressBar(options);
    const results = await runCampaign({
      ...{ client, world, clock, rng, visits: options.visits },
      settleEveryVisits: SETTLE_EVERY_VISITS,
      settle: settler(marquee),
      onProgress: ({ visits }) => progress.update(visits),
    });
    progress.stop();
    await agreeWithAnalytics(marquee, results);
    return results;
  } finally {
    await marquee.close();
  }
}

function settler(marquee: Marquee): () => Promise<void> {
  let settles = 0;
  return async () => {
    await marquee.learner!.drained();
    if (++settles % BASE_EVERY_SETTLES !== 0) return;
    await marquee.learner!.publishNow({ base: true });
    await marquee.learner!.checkpointNow();
  };
}

/** The same numbers by two ways: what the members did, and what arrived in analytics through log, join and sink. */
async function agreeWithAnalytics(marquee: Marquee, results: readonly CampaignResult[]): Promise<void> {
  await marquee.drained({ analytics: true });
  const counted = await marquee.analytics!.query<{ variant: string; impressions: string; plays: string }>(
    'SELECT variant, count() AS impressions, sum(reward) AS plays FROM marquee.outcomes FINAL GROUP BY variant',
  );
  for (const { variant, impressions, qualityPlays } of results) {
    const row = counted.find((c) => c.variant === variant);
    if (Number(row?.impressions) !== impressions || Number(row?.plays) !== qualityPlays) {
      throw new Error(
        `analytics count ${row?.impressions ?? 0} impressions and ${row?.plays ?? 0} plays for ${variant}; the members made ${impressions} and ${qualityPlays}`,
      );
    }
  }
}

function seededKey(purpose: string, seed: number): string {
  return `simulation-only-${purpose}-key-of-seed-${seed}-`.padEnd(32, '.');
}

function seededRequestId(rng: Rng): RequestId {
  return asId<RequestId>(
    Buffer.from(Uint8Array.from({ length: 16 }, () => rng.below(256))).toString('base64url'),
  );
}

function progressBar({ visits }: FastDemoOptions): { update(done: number): void; stop(): void } {
  const bar = new cliProgress.SingleBar(
    { format: 'simulated visits {bar} {value}/{total}, {eta_formatted} left', noTTYOutput: false },
    cliProgress.Presets.shades_classic,
  );
  bar.start(visits, 0);
  return bar;
}

/** The compared variants in the order of the experiment; the random slice is in none. */
function compared(results: readonly CampaignResult[]): CampaignResult[] {
  return EXPERIMENT.variants.flatMap(({ id }) => results.find((r) => r.variant === id) ?? []);
}

function asJson({ variant, policy, impressions, takeFraction, low, high, meanRegret }: CampaignResult) {
  return { policy, variant, impressions, takeFraction, low, high, regret: meanRegret };
}

function resultsTable(results: readonly CampaignResult[]): string {
  const table = new Table({
    head: ['policy (simulated members)', 'impressions', 'take fraction', 'low', 'high', 'regret'],
    style: { head: [], border: [] },
  });
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  for (const r of compared(results))
    table.push([
      r.policy,
      r.impressions.toLocaleString('en'),
      percent(r.takeFraction),
      percent(r.low),
      percent(r.high),
      percent(r.meanRegret),
    ]);
  return table.toString();
}

export interface LiveDemoOptions {
  readonly seed: number;
  readonly members: number;
  readonly rate: number;
  readonly seconds?: number;
}

/** Starts the service on a fresh directory and, in a process of their own, the simulated members who visit it. */
export async function liveDemo(options: LiveDemoOptions, configWith: ConfigWith): Promise<void> {
  const directory = join(configWith({}).data.directory, 'demo');
  rmSync(directory, { recursive: true, force: true });
  const config = configWith({ data: { directory }, experiment: EXPERIMENT, log: { level: 'warn' } });
  say('starting the service…');
  const marquee = await startService(config);
  const address = `http://localhost:${portOf(marquee)}`;
  say(`loading ${readFilms().length} real films and ${options.members} simulated members…`);
  const simulator = startSimulator({
    baseUrl: address,
    seed: options.seed,
    members: options.members,
    visitsPerSecond: options.rate,
  });
  say(`\n  Open ${address}  — a homepage that learns. Ctrl-C ends it; + and - change the speed.\n`);
  onSpeedKeys(options.rate, (visitsPerSecond) =>
    simulator.send({ type: 'speed', visitsPerSecond } satisfies SimulatorMessage),
  );
  let last: LiveProgress | undefined;
  simulator.on('message', (report: SimulatorReport) => {
    if (report.type === 'progress') {
      showProgress(report.progress, last === undefined);
      last = report.progress;
    }
    if (report.type === 'failed') say(`the simulated members stopped: ${report.message}`);
  });
  const end = (): void => {
    simulator.disconnect();
    if (last) say(`\n${resultsTable(last.results)}`);
  };
  onSignal(end);
  if (options.seconds !== undefined)
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), options.seconds * 1000);
}

/** + and - double and halve the visits per second, where there is a terminal to press them in. */
function onSpeedKeys(rate: number, set: (visitsPerSecond: number) => void): void {
  const { stdin } = process;
  if (!stdin.isTTY) return;
  stdin.setRawMode(true);
  stdin.on('data', (key) => {
    const pressed = key.toString();
    if (pressed === '\u0003') process.kill(process.pid, 'SIGINT');
    if (pressed !== '+' && pressed !== '-') return;
    rate = Math.min(1000, Math.max(1, pressed === '+' ? rate * 2 : Math.round(rate / 2)));
    set(rate);
    say(`\n${rate} simulated visits a second`);
  });
}

function startSimulator(config: SimulatorConfig): ChildProcess {
  const child = fork(
    new URL(`../demo/simulator${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
  );
  child.send({ type: 'start', config } satisfies SimulatorMessage);
  return child;
}

function portOf({ server }: Marquee): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function showProgress({ visits, results, failures }: LiveProgress, first: boolean): void {
  const fractions = compared(results)
    .map((r) => `${r.policy} ${(100 * r.takeFraction).toFixed(1)} %`)
    .join(' · ');
  const line = `${visits} simulated visits · ${fractions}${failures > 0 ? ` · ${failures} failures` : ''}`;
  if (process.stdout.isTTY) process.stdout.write(`${first ? '' : '\r\x1b[2K'}${line}`);
  else if (visits % 1000 < 50) say(line);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
