import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, BenchOptions, BenchReport } from './benchmark.js';
import type { LoadResult } from './load/job.js';
import { median } from './load/percentiles.js';
import { runLoad } from './load/run-load.js';
import { SERVER_CORE, startProcess, type RunningProcess } from './processes.js';
import { BenchService } from './service.js';
import { furnish, homeRequest, MEMBERS, TITLES_OF_ONE_ROW } from './world.js';

const CONNECTIONS = 8;

interface Shape {
  readonly name: string;
  readonly bodiesFile: string;
}

interface Contender {
  readonly name: string;
  readonly shape: Shape;
  readonly baseUrl: string;
  readonly process: RunningProcess;
}

/** One contender in one round. */
interface Measured {
  readonly capacity: LoadResult;
  readonly halfLoad: LoadResult;
  /** of the server process, all threads, at capacity */
  readonly cpuMicrosPerRequest: number;
}

/** POST /v1/home: a full page of 800 titles × 8 artworks, and one row of 40 titles, per policy, beside a bare handler sending as many bytes. */
export const home: Benchmark = async (options) => {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-home-'));
  const services: BenchService[] = [];
  const rivals: RunningProcess[] = [];
  try {
    const shapes = await writeShapes(directory);
    for (const policy of options.policies) {
      options.say(`home: loading 800 titles and some history for ${policy}`);
      const service = await BenchService.start({ policy, startCommand: options.startCommand });
      services.push(service);
      await furnish(service);
    }
    const contenders: Contender[] = [];
    for (const shape of shapes) {
      const sample = await measure(
        { name: '', shape, baseUrl: services[0]!.baseUrl, process: services[0]!.process },
        0.5,
      );
      const bare = startProcess({
        module: new URL('./bare', import.meta.url),
        args: [String(Math.round(sample.capacity.responseBytes / sample.capacity.requests))],
        core: SERVER_CORE,
      });
      rivals.push(bare);
      contenders.push({
        name: 'bare node:http',
        shape,
        baseUrl: `http://127.0.0.1:${await bare.firstLine()}`,
        process: bare,
      });
      for (const { policy, baseUrl, process } of services)
        contenders.push({ name: policy, shape, baseUrl, process });
    }
    return report(contenders, await rounds(contenders, options));
  } finally {
    await Promise.all([...services, ...rivals].map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  }
};

async function writeShapes(directory: string): Promise<Shape[]> {
  const shape = async (name: string, titles: number | undefined): Promise<Shape> => {
    const bodiesFile = join(directory, `${name}.ndjson`);
    const bodies = Array.from({ length: MEMBERS }, (_, member) => {
      // Each member asks for another stretch of the catalogue: one row is not one warm cache line.
      const ids =
        titles === undefined
          ? undefined
          : Array.from({ length: titles }, (__, i) => `title-${(member * 7 + i) % 800}`);
      return JSON.stringify(homeRequest(member, ids));
    });
    await writeFile(bodiesFile, bodies.join('\n'));
    return { name, bodiesFile };
  };
  return [await shape('800 titles', undefined), await shape('one row of 40', TITLES_OF_ONE_ROW)];
}

/** Contenders take turns within a round, so that a slow minute of the machine hits all of them. */
async function rounds(contenders: readonly Contender[], options: BenchOptions): Promise<Measured[][]> {
  const found: Measured[][] = contenders.map(() => []);
  for (let round = 1; round <= options.rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      options.say(`home: round ${round} of ${options.rounds}: ${contender.shape.name}, ${contender.name}`);
      found[i]!.push(await measure(contender, options.seconds));
    }
  }
  return found;
}

async function measure({ shape, baseUrl, process }: Contender, seconds: number): Promise<Measured> {
  const job = {
    baseUrl,
    method: 'POST',
    path: '/v1/home',
    bodiesFile: shape.bodiesFile,
    once: false,
    connections: CONNECTIONS,
    warmUpMs: 500,
    measuredMs: seconds * 1000,
  } as const;
  // Warm-up and generator start-up cost the server as much per request as the rest: CPU is divided by all requests, which is why none is discarded here.
  await runLoad({ ...job, warmUpMs: 0, measuredMs: 1000 });
  const before = await process.cpuMicros();
  const capacity = await runLoad({ ...job, warmUpMs: 0 });
  const cpuMicrosPerRequest = ((await process.cpuMicros()) - before) / (capacity.requests + capacity.errors);
  const halfLoad = await runLoad({ ...job, connections: 256, ratePerSecond: capacity.requestsPerSecond / 2 });
  return { capacity, halfLoad, cpuMicrosPerRequest };
}

function report(contenders: readonly Contender[], measured: readonly Measured[][]): BenchReport {
  const rows = contenders.map((contender, i) => {
    const runs = measured[i]!;
    const bare = measured[contenders.findIndex((other) => other.shape === contender.shape)]!;
    const of = (read: (run: Measured, round: number) => number): number => median(runs.map(read));
    return [
      contender.shape.name,
      contender.name,
      Math.round(of((run) => run.capacity.requestsPerSecond)),
      round(of((run) => run.halfLoad.latencyMs.p50)),
      round(of((run) => run.halfLoad.latencyMs.p99)),
      round(of((run) => run.halfLoad.latencyMs.max)),
      Math.round(of((run) => run.cpuMicrosPerRequest)),
      round(of((run, r) => run.cpuMicrosPerRequest / bare[r]!.cpuMicrosPerRequest)),
      runs.reduce((sum, run) => sum + run.capacity.errors + run.halfLoad.errors, 0),
    ];
  });
  return {
    name: 'home',
    method:
      `POST /v1/home; medians of rounds that take turns. req/s: closed loop, ${CONNECTIONS} connections. Latency: open loop at half of the contender's own req/s, from the time each request ` +
      'was due. CPU: the server process with all its threads (recording, log and learner included) at capacity; ×bare: against the bare handler in the same round.',
    columns: ['page', 'server', 'req/s', 'p50 ms', 'p99 ms', 'max ms', 'CPU µs/req', '× bare', 'errors'],
    rows,
    raw: contenders.map(({ name, shape }, i) => ({ server: name, page: shape.name, rounds: measured[i] })),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
