import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import cliProgress from 'cli-progress';
import { manualClock } from '../../core/clock.js';
import { asId, type RequestId } from '../../core/ids.js';
import { seededRng, type Rng } from '../../core/rng.js';
import { manualTimers } from '../../core/timers.js';
import { readFilms } from '../../demo/catalogue/films.js';
import { demoRows } from '../../demo/catalogue/rows.js';
import { demoTitles } from '../../demo/catalogue/titles.js';
import { loadDemo, runCampaign, type CampaignResult } from '../../demo/run.js';
import { createWorld } from '../../demo/world/world.js';
import { compose, type Marquee } from '../compose.js';
import type { Config } from '../config.js';
import { inProcessClient } from '../in-process-client.js';
import { createLogger } from '../start.js';
import { EXPERIMENT, type ConfigWith } from './experiment.js';
import { asJson, compared, resultsTable } from './results.js';

/** Where simulated time begins: any fixed instant, so that a seed gives the same run on every day. */
const SIMULATED_START_MS = Date.UTC(2026, 0, 5, 6);
const SETTLE_EVERY_VISITS = 200;
/** every so many settlings the shared block is fitted anew and a checkpoint made: what the live service does by its timers */
const BASE_EVERY_SETTLES = 3;
/** Simulated hours pass in a minute: at their usual intervals these timers would go off before every visit. Settling does their work. */
const RARE_TIMERS = {
  learn: { publishIntervalMs: 60_000, priorIntervalMs: 3_600_000, checkpointIntervalMs: 600_000 },
  sink: { maxBatchAgeMs: 600_000 },
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
      ...RARE_TIMERS,
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
