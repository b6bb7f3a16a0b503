import pino from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../core/clock.js';
import { systemTimers } from '../core/timers.js';
import { memoryAnnouncements } from '../features/announcements/memory/index.js';
import { memoryKeyValue } from '../features/key-value/memory/index.js';
import {
  CONTEXT_SCHEMA,
  LearnedModel,
  POLICY,
  weightsOf,
} from '../feedback/snapshots/learned-model.fixture.js';
import { SnapshotPublisherStore } from '../feedback/snapshots/snapshot-publisher.js';
import { redisIsThere, startRedis } from '../features/key-value/redis/redis-server.fixture.js';
import { until } from '../test/support/until.js';
import { openBases, openStore } from './adapters.js';
import { loadConfig } from './config.js';
import { followModels } from './followed-models.js';
import { createMetrics } from './metrics.js';
import { observeFollower, observeSnapshotPublisher } from './observed.js';
import { Models } from './pipeline/models.js';

const MODEL = 'home/variant/personal';

test('a process serves what another has put into the shared store, and says so in its metrics', async () => {
  const [store, announcements] = [memoryKeyValue(), memoryAnnouncements()];
  const learned = new LearnedModel(MODEL, 20, 1);
  const publisher = new SnapshotPublisherStore({
    ...{ store, announcements, modelKeys: [MODEL], clock: systemClock, timers: systemTimers },
    onBaseNeeded: () => undefined,
    onFault: (error) => expect(error).toBeUndefined(),
  });
  publisher.put(learned.base());
  await publisher.settled();

  const models = new Models(
    new Map([
      [MODEL, POLICY],
      ['home/unpersonalised', POLICY],
    ]),
    CONTEXT_SCHEMA,
  );
  const metrics = createMetrics();
  const follower = await followModels({
    ...{ store, announcements, models, contextSchema: CONTEXT_SCHEMA, metrics },
    ...{ timers: systemTimers, clock: systemClock, logger: pino({ level: 'silent' }) },
  });
  observeFollower(metrics, () => follower);
  observeSnapshotPublisher(metrics, () => publisher);
  const served = (): { version: number; weights: number[] } => {
    const { version, model } = models.get(MODEL)!;
    return { version, weights: weightsOf(model, learned.rows) };
  };
  expect(served()).toEqual({ version: 1, weights: learned.weights() });
  publisher.put(learned.delta());
  await until(
    'the delta',
    () => models.get(MODEL)!.version,
    (version) => version === 2,
  );
  expect(served().weights).toEqual(learned.weights());
  expect(models.get('home/unpersonalised')!.version).toBe(0);

  const text = await metrics.registry.metrics();
  expect(text).toContain('marquee_follower_bases 1');
  expect(text).toContain('marquee_follower_deltas 1');
  expect(text).toContain('marquee_snapshot_publisher_deltas 1');
  expect(text).toContain(`marquee_model_version{model="${MODEL}"} 2`);
  expect(text).toContain('marquee_snapshot_to_served_seconds_count 2');
  await Promise.all([follower.close(), publisher.close()]);
});

test.runIf(redisIsThere)(
  'a base in Redis is read by a thread of its own, with the settings of the store',
  async () => {
    const server = await startRedis();
    const logger = pino({ level: 'silent' });
    const config = loadConfig({
      environment: {},
      overrides: { store: { adapter: 'redis', redis: { urls: [server.url], namespace: 'followed' } } },
    });
    const store = openStore(config, logger);
    const announcements = memoryAnnouncements();
    const learned = new LearnedModel(MODEL, 20, 1);
    const publisher = new SnapshotPublisherStore({
      ...{ store, announcements, modelKeys: [MODEL], clock: systemClock, timers: systemTimers },
      onBaseNeeded: () => undefined,
      onFault: (error) => expect(error).toBeUndefined(),
    });
    publisher.put(learned.base());
    await publisher.settled();

    const models = new Models(new Map([[MODEL, POLICY]]), CONTEXT_SCHEMA);
    // This thread looks at no chunk.
    const headOnly: typeof store = {
      ...store,
      getMany: (keys) => {
        expect(keys.filter((key) => /\/\d+$/.test(key))).toEqual([]);
        return store.getMany(keys);
      },
    };
    const follower = await followModels({
      ...{ store: headOnly, bases: openBases(config, store), announcements, models, logger },
      ...{
        contextSchema: CONTEXT_SCHEMA,
        metrics: createMetrics(),
        timers: systemTimers,
        clock: systemClock,
      },
    });
    const { version, model } = models.get(MODEL)!;
    expect(version).toBe(1);
    expect(weightsOf(model, learned.rows)).toEqual(learned.weights());
    await Promise.all([follower.close(), publisher.close()]);
    await store.close();
    await server.stop();
  },
);
