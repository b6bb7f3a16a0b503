import { setTimeout as wait } from 'node:timers/promises';
import { HttpMarqueeClient } from '../../client/index.js';
import type { Clock } from '../../core/clock.js';
import { seededRng } from '../../core/rng.js';
import { loadDemo } from '../../demo/run.js';
import { Accounts } from './accounts.js';
import { FreshnessProbe, probeTitles } from './freshness-probe.js';
import { readLag, type Lag } from './lag-reading.js';
import { errorsOf, quantiles, type Interval, type Quantiles } from './report.js';
import { ServiceConnection } from './service-connection.js';
import type { SimulateOptions } from './simulate-options.js';
import { simulatedWorld } from './simulated-world.js';
import { Books } from './tally.js';
import { Traffic } from './traffic.js';

const MOST_PROBES = 2_000;
const PUT_PROBES_AT_ONCE = 200;
const SETTLE_LOOK_MS = 500;
const PAGE_CONNECTIONS = 32;

export interface Simulated {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly due: number;
  readonly acknowledged: number;
  /** while members visited; not what was told afterwards */
  readonly acknowledgedPerSecond: number;
  /** of events: refused, lost or dropped */
  readonly errors: number;
  /** due and never asked for: too many were unanswered, so fewer events came of it than were asked for */
  readonly skippedPages: number;
  readonly fresh: (Quantiles & { readonly plays: number }) | null;
  /** processor seconds of this process per second */
  readonly ownCores: number;
  readonly mostResidentMib: number;
  /** until learners and sinks had nothing left to do; null: not within the time allowed, or nobody said */
  readonly settledAfterSeconds: number | null;
  readonly lastFailure: string | null;
  readonly intervals: readonly Interval[];
}

export interface SimulationOutput {
  say(line: string): void;
  interval(interval: Interval): void;
}

/** Loads a catalogue and members, drives pages and events at the rate asked for, and says what came of it. */
export async function simulate(
  options: SimulateOptions,
  output: SimulationOutput,
  clock: Clock,
): Promise<Simulated> {
  const startMs = clock.nowMs();
  const simulated = simulatedWorld(options, startMs);
  const probes = probeTitles(startMs.toString(36), Math.min(MOST_PROBES, 2 * options.seconds + 10));
  await load(options, simulated, probes, output);
  const { baseUrl, apiKey, connections } = options;
  const pages = new ServiceConnection(baseUrl, apiKey, PAGE_CONNECTIONS);
  const events = new ServiceConnection(baseUrl, apiKey, connections);
  // A probe waits for the service and not for the load.
  const probing = new ServiceConnection(baseUrl, apiKey, 2);
  try {
    const books = new Books();
    const rng = seededRng(options.seed).fork('traffic');
    const nowMs = (): number => clock.nowMs();
    const traffic = new Traffic(simulated.world, { pages, events }, books, options, rng, nowMs);
    const probe = new FreshnessProbe(probing, books, probes);
    return await drive(options, { traffic, books, probe, clock }, output);
  } finally {
    await Promise.all([pages, events, probing].map((one) => one.close()));
  }
}

async function load(
  { baseUrl, apiKey, isLoaded }: SimulateOptions,
  { titles, rows, world }: ReturnType<typeof simulatedWorld>,
  probes: ReturnType<typeof probeTitles>,
  output: SimulationOutput,
): Promise<void> {
  const client = new HttpMarqueeClient({
    ...{ baseUrl, timeoutMs: 60_000 },
    ...(apiKey !== undefined && { apiKey }),
  });
  if (!isLoaded) {
    output.say(`loading ${titles.length} titles and ${world.members.length} simulated members…`);
    await loadDemo(client, { titles, rows, members: world.members });
  }
  for (let at = 0; at < probes.length; at += PUT_PROBES_AT_ONCE)
    await client.putTitles(probes.slice(at, at + PUT_PROBES_AT_ONCE));
}

interface Driven {
  readonly traffic: Traffic;
  readonly books: Books;
  readonly probe: FreshnessProbe;
  readonly clock: Clock;
}

async function drive(
  options: SimulateOptions,
  { traffic, books, probe, clock }: Driven,
  output: SimulationOutput,
): Promise<Simulated> {
  const ending = new AbortController();
  const cpuBefore = process.cpuUsage();
  const accounts = new Accounts(options, books, traffic, (interval) => output.interval(interval));
  const beside = [accounts.countEvery(options.intervalMs, ending.signal), probe.run(ending.signal)];
  await traffic.drive(clock.nowMs() + options.seconds * 1000);
  const { seconds, acknowledged: driven } = accounts;
  const { user, system } = process.cpuUsage(cpuBefore);
  // Probes end with the load; what is still to be told is a stretch of its own.
  ending.abort();
  await Promise.all(beside);
  await accounts.count();
  await traffic.drain();
  await accounts.count();
  const settledAfterSeconds = await settled(options);
  const fresh = quantiles(accounts.fresh.summary());
  return {
    ...{ eventsPerSecond: options.eventsPerSecond, seconds },
    due: accounts.total((i) => i.due),
    acknowledged: accounts.acknowledged,
    acknowledgedPerSecond: Math.round(driven / seconds),
    errors: accounts.total(errorsOf),
    skippedPages: accounts.total((i) => i.skippedPages),
    fresh: fresh && { ...fresh, plays: accounts.total((i) => i.fresh?.plays ?? 0) },
    ownCores: Number(((user + system) / 1e6 / seconds).toFixed(3)),
    mostResidentMib: Math.max(...accounts.intervals.map((i) => i.residentMib)),
    settledAfterSeconds,
    ...{ lastFailure: accounts.lastFailure, intervals: accounts.intervals },
  };
}

async function settled({ metricsUrls, apiKey, settleSeconds }: SimulateOptions): Promise<number | null> {
  const began = performance.now();
  const isZero = ({ learner, sink }: Lag): boolean =>
    [learner, sink].every((lag) => lag === 0 || lag === null) && !(learner === null && sink === null);
  for (;;) {
    const lag = await readLag(metricsUrls, apiKey);
    const seconds = (performance.now() - began) / 1000;
    if (isZero(lag)) return Number(seconds.toFixed(1));
    if (seconds >= settleSeconds) return null;
    await wait(SETTLE_LOOK_MS);
  }
}
