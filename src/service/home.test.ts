import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { HomeResponse, Title } from '../../client/types.js';
import { manualClock } from '../../core/clock.js';
import { asId, type RequestId } from '../../core/ids.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { MemberStore } from '../../features/member-store.js';
import { memoryEventLog } from '../../feedback/event-log/memory/index.js';
import { loadConfig } from '../config.js';
import { createMetrics } from '../metrics.js';
import { modelSpecs, servedPolicies } from '../model-specs.js';
import { Models } from '../pipeline/models.js';
import { servingSide } from '../serving-side.js';

const request = { memberId: 'm', country: 'GB', language: 'en', device: 'tv' } as const;
const title = (titleId: string, maturityRating: number): Title => ({
  titleId,
  name: titleId,
  maturityRating,
  themes: {},
  artworks: [{ artworkId: `${titleId}-1`, url: '/1.svg', themes: {} }],
});

/** The serving side over a feature store that answers when, and if, it is told to. */
async function withStore(titles: readonly Title[], answer: Promise<void>) {
  const config = loadConfig({ environment: {} });
  const schema = contextSchema(config.features.themes);
  const memory = memoryKeyValue();
  const catalogue = await Catalogue.open(schema, memory, config.catalogue);
  await catalogue.putTitles(titles);
  await catalogue.putRows([{ rowId: 'r', name: 'R', titleIds: titles.map((t) => t.titleId) }]);
  const slow = {
    ...memory,
    getMany: async (keys: readonly string[]) => answer.then(() => memory.getMany(keys)),
  };
  const members = new MemberStore(schema, slow, { priorStrength: 4, cacheEntries: 100 });
  const metrics = createMetrics();
  const { home } = servingSide({
    ...{ config, schema, catalogue, members, metrics },
    clock: manualClock(Date.UTC(2026, 0, 1)),
    models: new Models(servedPolicies(modelSpecs(config, schema.dimension), schema.dimension), schema.hash),
    log: memoryEventLog({ partitions: 1 }),
    secrets: { tokenKey: 't'.repeat(32), drawKey: 'd'.repeat(32) },
    logger: pino({ level: 'silent' }),
    newRequestId: () => asId<RequestId>('AAAAAAAAAAAAAAAAAAAAAA'),
    // no patience at all: whatever is not there at once is late
    patience: () => Promise.resolve(undefined),
  });
  const shown = async (): Promise<[titleId: string, fallback: string | undefined][]> => {
    const page = JSON.parse((await home.home(request)).toString()) as HomeResponse;
    return page.rows.flatMap((row) =>
      row.titles.map((t): [string, string | undefined] => [t.titleId, t.fallback]),
    );
  };
  return {
    shown,
    lookups: async () => {
      const [hits, misses] = [metrics.memberCacheHits, metrics.memberCacheMisses];
      const [{ values: hit }, { values: miss }] = await Promise.all([hits.get(), misses.get()]);
      return { hits: hit[0]!.value, misses: miss[0]!.value };
    },
    faults: () => metrics.registry.getSingleMetricAsString('marquee_member_feature_faults_total'),
  };
}

const never = new Promise<void>(() => undefined);

describe('a member’s features do not come', () => {
  test('in time: titles for every age are shown, by the ladder of fallbacks, flagged and counted', async () => {
    const { shown, faults } = await withStore([title('for-all', 0), title('adult', 18)], never);
    expect(await shown()).toEqual([['for-all', 'default-artwork']]);
    expect(await faults()).toContain('{reason="slow"} 1');
  });

  test('at all: the same', async () => {
    const { shown, faults } = await withStore(
      [title('for-all', 0), title('adult', 18)],
      Promise.reject(new Error('down')),
    );
    expect(await shown()).toEqual([['for-all', 'default-artwork']]);
    expect(await faults()).toContain('{reason="failed"} 1');
  });

  test('in time, and nothing is for every age: the page is late rather than empty', async () => {
    let arrive: () => void = () => undefined;
    const { shown } = await withStore(
      [title('adult', 18)],
      new Promise<void>((resolve) => (arrive = resolve)),
    );
    const page = shown();
    setImmediate(arrive);
    expect(await page).toEqual([['adult', undefined]]);
  });
});

test('who was in the cache is counted, and who was not', async () => {
  const { shown, lookups } = await withStore([title('for-all', 0)], Promise.resolve());
  expect(await lookups()).toEqual({ hits: 0, misses: 0 });
  // Nobody waits for the first: it is in the cache for the next.
  await shown();
  expect(await lookups()).toEqual({ hits: 0, misses: 1 });
  await shown();
  await shown();
  expect(await lookups()).toEqual({ hits: 2, misses: 1 });
});
