import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRng } from '../core/rng.js';
import type { Benchmark } from './benchmark.js';
import type { LoadResult } from './load/job.js';
import { median } from './load/percentiles.js';
import { runLoad } from './load/run-load.js';
import { BenchService } from './service.js';
import { eventsOfPage, furnish, homeRequest, settled } from './world.js';

const BATCH = 100;
const CONNECTIONS = 8;
/** distinct events that may be needed: the target is 50,000/s */
const MOST_EVENTS_PER_SECOND = 80_000;

interface Measured {
  readonly load: LoadResult;
  readonly cpuMicrosPerEvent: number;
}

/** POST /v1/events in batches of 100: every event is a real one of a page that was served, none is sent twice, and 202 means durable. */
export const events: Benchmark = async (options) => {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-events-'));
  const policy = options.policies.at(-1)!;
  const service = await BenchService.start({ policy, startCommand: options.startCommand });
  try {
    await furnish(service, { pagesSeen: 5 });
    const measured: Measured[] = [];
    for (let round = 0; round < options.rounds; round++) {
      options.say(`events: round ${round + 1} of ${options.rounds}: asking for pages to report about`);
      const bodiesFile = join(directory, 'bodies.ndjson');
      await writeFile(bodiesFile, await batches(service, round, options.seconds * MOST_EVENTS_PER_SECOND));
      options.say(`events: round ${round + 1} of ${options.rounds}: posting`);
      measured.push(await post(service, bodiesFile, options.seconds));
      await settled(service, 1000);
    }
    return report(policy, measured);
  } finally {
    await service.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

async function batches(service: BenchService, round: number, most: number): Promise<string> {
  const rng = seededRng(round + 1);
  const lines: string[] = [];
  for (let page = 0; lines.length * BATCH < most; page++) {
    const found = eventsOfPage(await service.home(homeRequest(page)), rng);
    for (let at = 0; at + BATCH <= found.length; at += BATCH)
      lines.push(JSON.stringify({ events: found.slice(at, at + BATCH) }));
  }
  return lines.join('\n');
}

async function post(service: BenchService, bodiesFile: string, seconds: number): Promise<Measured> {
  const before = await service.process.cpuMicros();
  const load = await runLoad({
    baseUrl: service.baseUrl,
    method: 'POST',
    path: '/v1/events',
    bodiesFile,
    once: true,
    connections: CONNECTIONS,
    warmUpMs: 0,
    measuredMs: seconds * 1000,
    sumField: 'accepted',
  });
  return { load, cpuMicrosPerEvent: ((await service.process.cpuMicros()) - before) / load.sum };
}

function report(policy: string, measured: readonly Measured[]): Awaited<ReturnType<Benchmark>> {
  const of = (read: (run: Measured) => number): number => median(measured.map(read));
  return {
    name: 'events',
    method:
      `POST /v1/events, batches of ${BATCH}, closed loop, ${CONNECTIONS} connections, distinct events of served pages (11 impressions to 1 play, about); an event counts when its 202 says "accepted", ` +
      'which is after the log has synced it. Latency is of a batch. CPU: the server process, its learner included.',
    columns: ['policy', 'events/s', 'batch p50 ms', 'batch p99 ms', 'CPU µs/event', 'errors'],
    rows: [
      [
        policy,
        Math.round(of(({ load }) => load.sum / load.seconds)),
        Number(of(({ load }) => load.latencyMs.p50).toPrecision(3)),
        Number(of(({ load }) => load.latencyMs.p99).toPrecision(3)),
        Number(of((run) => run.cpuMicrosPerEvent).toPrecision(3)),
        measured.reduce((sum, { load }) => sum + load.errors, 0),
      ],
    ],
    raw: measured,
  };
}
