import { systemClock } from '../core/clock.js';
import { simulate, type Simulated } from '../src/simulate/simulate.js';
import { DEFAULT_DELAY_SCALE } from '../src/simulate/simulate-options.js';
import type { Benchmark } from './benchmark.js';
import { BenchService } from './service.js';

/** The last is what is to be kept up for the whole time, the others are tried for a tenth of it. */
const RATES = [2_000, 5_000, 10_000, 20_000] as const;
const TITLES = 800;
const MEMBERS = 20_000;
const LOOK_MS = 1_000;

/** A whole service, all roles in one process, under a steady rate of impressions and plays of simulated members, beside the process that simulates them. */
export const steadyLoad: Benchmark = async (options) => {
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  for (const [place, rate] of RATES.entries()) {
    const isLast = place === RATES.length - 1;
    const seconds = Math.max(5, Math.round(isLast ? options.seconds : options.seconds / 10));
    options.say(`steady load: ${rate} events/s for ${seconds} s`);
    const found = await underLoad(rate, seconds, options);
    raw.push(found);
    const { simulated, service } = found;
    rows.push([
      ...[rate, seconds, simulated.acknowledgedPerSecond, simulated.errors, simulated.skippedPages],
      simulated.fresh ? `${simulated.fresh.p50} / ${simulated.fresh.p99}` : '–',
      simulated.settledAfterSeconds ?? 'not within 120 s',
      ...[service.cores.toFixed(2), simulated.ownCores.toFixed(2)],
      `${service.halfwayMib} → ${service.mostMib}`,
    ]);
  }
  return {
    name: 'steady-load',
    method:
      `Open loop: \`marquee simulate\` asks for pages of ${TITLES} titles × 8 artworks as often as makes so many impressions and plays, whether they are answered or not, and sends them in batches of up to 500. One service process (squarecb, every role, files of its own) and the simulator share ` +
      'this machine. Lag is zero when the learner has consumed and the tables hold everything. Memory: resident, of the service, halfway and at most.',
    columns: [
      'events/s asked for',
      'for s',
      'acknowledged/s',
      'errors',
      'skipped pages',
      'fresh p50 / p99 ms',
      'lag zero after s',
      'service cores',
      'simulator cores',
      'MiB',
    ],
    rows,
    raw,
  };
};

interface UnderLoad {
  readonly rate: number;
  readonly simulated: Simulated;
  readonly service: { readonly cores: number; readonly halfwayMib: number; readonly mostMib: number };
}

async function underLoad(
  rate: number,
  seconds: number,
  { startCommand, say }: Parameters<Benchmark>[0],
): Promise<UnderLoad> {
  const service = await BenchService.start({ policy: 'squarecb', startCommand, core: 'any' });
  const residents: number[] = [];
  const looking = setInterval(() => {
    service.process.residentBytes().then(
      (bytes) => residents.push(Math.round(bytes / 2 ** 20)),
      () => undefined,
    );
  }, LOOK_MS);
  try {
    const cpuBefore = await service.process.cpuMicros();
    const simulated = await simulate(
      {
        ...{ baseUrl: service.baseUrl, metricsUrls: [service.baseUrl], eventsPerSecond: rate, seconds },
        ...{ seed: 1, members: MEMBERS, titles: TITLES, catalogue: 'synthetic', isLoaded: false },
        ...{ batch: 500, connections: 16, intervalMs: 10_000, settleSeconds: 120 },
        delayScale: DEFAULT_DELAY_SCALE,
      },
      { say, interval: () => undefined },
      systemClock,
    );
    const cpu = (await service.process.cpuMicros()) - cpuBefore;
    const halfwayMib = residents[residents.length >> 1] ?? 0;
    const whole = simulated.seconds + (simulated.settledAfterSeconds ?? 0);
    return {
      ...{ rate, simulated },
      service: { cores: cpu / 1e6 / whole, halfwayMib, mostMib: Math.max(0, ...residents) },
    };
  } finally {
    clearInterval(looking);
    await service.stop();
  }
}
