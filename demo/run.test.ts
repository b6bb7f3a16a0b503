import { describe, expect, it } from 'vitest';
import type { EventReport } from '../client/types.js';
import { manualClock, systemClock } from '../core/clock.js';
import { seededRng } from '../core/rng.js';
import { readFilms } from './catalogue/films.js';
import { demoRows } from './catalogue/rows.js';
import { demoTitles } from './catalogue/titles.js';
import type { MarqueeClient } from './client.js';
import { runLive, type LiveProgress } from './live.js';
import { loadDemo, runCampaign } from './run.js';
import { createWorld } from './world/world.js';

const titles = demoTitles(readFilms());
const rows = demoRows(titles);
const world = createWorld({ seed: 1, members: 300, titles, rows });

/** The least service there is: answers the rows asked for with seeded artwork, half of the members in each of two variants. */
function leastService(
  fail: () => boolean = () => false,
): MarqueeClient & { readonly batches: (readonly EventReport[])[] } {
  const artworks = new Map(titles.map((title) => [title.titleId, title.artworks]));
  const rng = seededRng(2);
  const batches: (readonly EventReport[])[] = [];
  let requests = 0;
  const stored = (entries: readonly unknown[]) => Promise.resolve({ stored: entries.length, rejected: [] });
  return {
    batches,
    putTitles: stored,
    putRows: stored,
    putMembers: stored,
    home(request) {
      if (fail()) return Promise.reject(new Error('away'));
      let slot = 0;
      const page = (request.rows ?? []).map((row) => ({
        rowId: row.rowId,
        name: row.rowId,
        titles: row.titleIds.map((titleId) => {
          const { artworkId, url } = artworks.get(titleId)![rng.below(artworks.get(titleId)!.length)]!;
          return { slot: slot++, titleId, name: titleId, artworkId, artworkUrl: url };
        }),
      }));
      const variant = Number(request.memberId.slice(-1)) % 2 === 0 ? 'even' : 'odd';
      const token = `token ${requests++}`;
      return Promise.resolve({
        requestId: token,
        token,
        experiment: 'e',
        variant,
        policy: 'uniform',
        snapshotVersion: 0,
        rows: page,
      });
    },
    events(events) {
      batches.push(events);
      return Promise.resolve({ accepted: events.length, rejected: [] });
    },
  };
}

describe('runCampaign', () => {
  const run = async (visits: number, settle?: () => Promise<void>) => {
    const client = leastService();
    const clock = manualClock(world.startMs);
    const results = await runCampaign({
      client,
      world,
      clock,
      rng: seededRng(3),
      visits,
      eventBatch: 200,
      settleEveryVisits: 50,
      ...(settle && { settle }),
    });
    return { client, clock, results };
  };

  it('gives the same results and the same deliveries for the same seed', async () => {
    const [first, again] = [await run(300), await run(300)];
    expect(again.results).toEqual(first.results);
    expect(again.client.batches).toEqual(first.client.batches);
  });

  it('delivers every event once, in batches no larger than asked, and counts what it delivered', async () => {
    const { client, results } = await run(300);
    const events = client.batches.flat();
    expect(Math.max(...client.batches.map((batch) => batch.length))).toBeLessThanOrEqual(200);
    expect(results.map((result) => result.variant)).toEqual(['even', 'odd']);
    expect(events.filter((event) => event.type === 'impression').length).toBe(
      results.reduce((sum, r) => sum + r.impressions, 0),
    );
    const good = new Set(
      events
        .filter((event) => event.type === 'play' && event.watchedSeconds >= 360)
        .map((event) => `${event.token}/${event.slot}`),
    );
    expect(good.size).toBe(results.reduce((sum, r) => sum + r.qualityPlays, 0));
    for (const { takeFraction, low, high, meanRegret, members } of results) {
      expect(low).toBeLessThan(takeFraction);
      expect(high).toBeGreaterThan(takeFraction);
      expect(meanRegret).toBeGreaterThan(0.05);
      expect(members).toBeGreaterThan(50);
    }
  });

  it('lets the service settle every so many visits and at the end', async () => {
    let settled = 0;
    await run(120, () => {
      settled++;
      return Promise.resolve();
    });
    expect(settled).toBe(3);
  });

  it('stops at a refused event and at an abort', async () => {
    const refusing: MarqueeClient = {
      ...leastService(),
      events: () =>
        Promise.resolve({ accepted: 0, rejected: [{ index: 0, code: 'token/expired', message: 'too old' }] }),
    };
    const options = { world, clock: manualClock(world.startMs), rng: seededRng(3), visits: 100 };
    await expect(runCampaign({ ...options, client: refusing })).rejects.toThrow(/refused.*token\/expired/);
    await expect(
      runCampaign({ ...options, client: leastService(), signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
  });

  it('loads everything, and refuses to go on half loaded', async () => {
    await loadDemo(leastService(), { titles, rows, members: world.members });
    const picky: MarqueeClient = {
      ...leastService(),
      putMembers: (members) =>
        Promise.resolve({
          stored: 0,
          rejected: members.map((_, index) => ({ index, code: 'request/invalid', message: 'no' })),
        }),
    };
    await expect(loadDemo(picky, { titles, rows, members: world.members })).rejects.toThrow(
      /200 demo entries were refused/,
    );
  });
});

describe('runLive', () => {
  it('goes on until aborted, through failures, and sends what its members do', async () => {
    const stop = new AbortController();
    let calls = 0;
    const client = leastService(() => ++calls === 3);
    let last: LiveProgress | undefined;
    await runLive({
      client,
      world,
      clock: systemClock,
      rng: seededRng(4),
      visitsPerSecond: () => 100,
      signal: stop.signal,
      delayScale: 1e-6,
      progressIntervalMs: 1,
      onProgress(progress) {
        last = progress;
        if (progress.visits >= 30 && client.batches.flat().some((event) => event.type === 'play'))
          stop.abort();
      },
    });
    expect(last?.failures).toBe(1);
    expect(last?.lastFailure).toBe('away');
    expect(last?.results.reduce((sum, result) => sum + result.impressions, 0)).toBeGreaterThan(300);
  });
});
