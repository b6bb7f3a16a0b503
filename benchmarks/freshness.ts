import { setTimeout as delay } from 'node:timers/promises';
import { seededRng } from '../core/rng.js';
import type { Benchmark } from './benchmark.js';
import { startDistributedLoop } from './distributed-loop.js';
import { Durations } from './load/percentiles.js';
import { BenchService } from './service.js';
import { syntheticCatalogue } from './synthetic-catalogue.js';
import { furnish, homeRequest, settled, THEMES } from './world.js';

const CALIBRATIONS = 3;
const TIMEOUT_MS = 10_000;
const FIRST_TIMEOUT_MS = 120_000;
/** after a play was first seen: its impression may have been learned alone */
const SETTLING_MS = 3_000;
/** never seen, so that one play moves each of them as much as any other */
const FRESH_TITLES = 600;
/** asks, and never plays: what changes for it is the model, not its own taste */
const PROBE = 999;

/**
 * Event → served model: from sending a play to having in hand a page, decided for *another* member, whose explanation shows a higher mean for the artwork that
 * was played from. Every step is in it: intake, fsync, join, label, update, fit, publish, apply, the next decision.
 */
export const freshness: Benchmark = async (options) => {
  const learning = options.policies.filter((policy) => policy !== 'uniform');
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  for (const policy of learning) {
    const { startCommand } = options;
    const loop = options.on === 'kafka' ? await startDistributedLoop({ policy, startCommand }) : undefined;
    const service = await BenchService.start({ policy, startCommand, settings: loop?.settings });
    try {
      options.say(`freshness: loading titles and some history for ${policy}`);
      await furnish(service);
      const { titles } = syntheticCatalogue(
        { titles: FRESH_TITLES, artworksPerTitle: 1, rows: 1 },
        THEMES,
        seededRng(77),
      );
      await service.put(
        'titles',
        titles.map((title) => fresh(title)),
      );
      await settled(service);
      options.say(`freshness: ${policy}: playing`);
      const found = await measure(service, options.seconds * options.rounds);
      rows.push([
        policy,
        found.plays,
        Math.round(found.p50),
        Math.round(found.p99),
        Math.round(found.max),
        found.timeouts,
      ]);
      raw.push({ policy, ...found });
    } finally {
      await service.stop();
      await loop?.stop();
    }
  }
  const where = options.on === 'kafka' ? 'On Kafka and Redis, the learner in a process of its own. ' : '';
  return {
    name: 'freshness',
    method:
      where +
      'One play at a time on an otherwise idle service: from sending POST /v1/events (impression and play of an artwork never shown before) until a /v1/home answer for another member is in hand whose explanation ' +
      'gives that artwork a higher mean, by at least half of what a play was seen to give once all had settled. Polled without a pause.',
    columns: ['policy', 'plays', 'p50 ms', 'p99 ms', 'max ms', `over ${TIMEOUT_MS / 1000} s`],
    rows,
    raw,
  };
};

function fresh<T extends { titleId: string; artworks: readonly { artworkId: string }[] }>(title: T): T {
  const artworks = title.artworks.map((artwork) => ({ ...artwork, artworkId: `fresh-${artwork.artworkId}` }));
  return { ...title, titleId: `fresh-${title.titleId}`, artworks };
}

interface Found {
  readonly plays: number;
  readonly timeouts: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

async function measure(service: BenchService, seconds: number): Promise<Found> {
  let title = 0;
  let rise = Infinity;
  for (; title < CALIBRATIONS; title++) {
    const before = await probe(service, title);
    await play(service, title);
    await moved(service, title, before);
    await delay(SETTLING_MS);
    rise = Math.min(rise, (await probe(service, title)) - before);
  }
  if (!(rise > 0)) throw new Error(`a play changed its artwork's mean by ${rise}; expected it to rise`);
  const latencies = new Durations();
  let timeouts = 0;
  const deadline = performance.now() + seconds * 1000;
  for (; title < FRESH_TITLES && performance.now() < deadline; title++) {
    const goal = (await probe(service, title)) + rise / 2;
    const sentAt = await play(service, title);
    while ((await probe(service, title)) < goal && performance.now() - sentAt < TIMEOUT_MS);
    const took = performance.now() - sentAt;
    if (took < TIMEOUT_MS) latencies.add(took);
    else timeouts++;
  }
  return { plays: title - CALIBRATIONS, timeouts, ...latencies.summary() };
}

/** The first takes longest: on a busy machine the history that was loaded may still be learned. */
async function moved(service: BenchService, title: number, from: number): Promise<void> {
  const deadline = performance.now() + FIRST_TIMEOUT_MS;
  while ((await probe(service, title)) <= from) {
    if (performance.now() > deadline)
      throw new Error(
        `a play did not raise its artwork's mean of ${from} within ${FIRST_TIMEOUT_MS / 1000} s`,
      );
    await delay(50);
  }
}

/** Mean of the title's only artwork in a page decided now. */
async function probe(service: BenchService, title: number): Promise<number> {
  const page = await service.home({ ...homeRequest(PROBE, [`fresh-title-${title}`]), explain: true });
  const { arms } = await service.explanation(page.requestId, page.rows[0]!.titles[0]!.slot);
  return arms[0]!.mean;
}

/** Asks for the page of one fresh title and plays it. @returns when the play was sent */
async function play(service: BenchService, title: number): Promise<number> {
  const page = await service.home(homeRequest(title, [`fresh-title-${title}`]));
  const about = { token: page.token, slot: page.rows[0]!.titles[0]!.slot };
  const sentAt = performance.now();
  await service.events([
    { type: 'impression', ...about },
    { type: 'play', ...about, watchedSeconds: 3600, watchedFraction: 1 },
  ]);
  return sentAt;
}
