import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpMarqueeClient } from '../client/index.js';
import type { EventReport, HomeResponse } from '../client/types.js';
import { partitionOf } from '../core/hash.js';
import {
  redisIsThere,
  startRedis,
  type RedisServer,
} from '../features/key-value/redis/redis-server.fixture.js';
import { chdbAnalytics } from '../feedback/analytics/chdb/chdb.js';
import { kafkaCanRun, startBroker } from '../feedback/event-log/kafka/kafka-broker.fixture.js';
import type { KafkaServer } from '../scripts/kafka/kafka-server.js';
import { metricOf, modelTotals } from './support/service-numbers.js';
import { startProcess, type RunningService } from './support/running-service.js';
import { followCounts, type ServedCounts } from './support/served-counts.js';
import { members, rows, titles } from './support/small-catalogue.js';
import { until } from './support/until.js';

/** One service as separate processes on a real broker and a real Redis: two that serve, two that learn, one that has the tables and the pages. */
const START_LIMIT_MS = 600_000;
/** Learns from everybody, and counts each impression as one. */
const MODEL = 'home/title-order';
const PARTITIONS = 4;
const LEARNERS = ['learn-1', 'learn-2'] as const;
/** A killed learner's partitions are free, and its lease too, after seconds; a busy machine takes its time. */
const TAKEOVER_MS = 120_000;
const directory = mkdtempSync(join(tmpdir(), 'marquee-distributed-'));

describe.runIf(kafkaCanRun && redisIsThere)('one service in several processes', () => {
  let kafka: KafkaServer;
  let redis: RedisServer;
  let served: ServedCounts;
  const closers: (() => Promise<void>)[] = [];
  const running = new Map<string, RunningService>();
  const service = (name: string): RunningService => running.get(name)!;
  const client = (name: string): HttpMarqueeClient =>
    new HttpMarqueeClient({ baseUrl: service(name).baseUrl, timeoutMs: 30_000 });
  const expected = { trials: 0, reward: 0 };

  const start = async (name: string, roles: string): Promise<void> => {
    const settings = {
      MARQUEE_ROLES: roles,
      MARQUEE_EVENT_LOG__ADAPTER: 'kafka',
      MARQUEE_EVENT_LOG__PARTITIONS: String(PARTITIONS),
      MARQUEE_EVENT_LOG__KAFKA__BROKERS: `["${kafka.broker}"]`,
      MARQUEE_EVENT_LOG__KAFKA__REPLICATION_FACTOR: '1',
      // the least that brokers take: a killed learner's partitions are free after this
      MARQUEE_EVENT_LOG__KAFKA__SESSION_TIMEOUT_MS: '6000',
      MARQUEE_STORE__ADAPTER: 'redis',
      MARQUEE_STORE__REDIS__URLS: `["${redis.url}"]`,
      MARQUEE_SECRETS__TOKEN_KEY: 'signs the tokens of the distributed test',
      MARQUEE_SECRETS__DRAW_KEY: 'deals the pictures of the distributed test',
      // nothing is forgotten while the test runs: counts are whole numbers
      MARQUEE_LEARN__HALF_LIFE_DAYS: '36500',
    };
    running.set(name, await startProcess(join(directory, name), settings));
  };

  beforeAll(async () => {
    [kafka, redis] = await Promise.all([startBroker(), startRedis()]);
    await start('serve-1', '[serve]');
    await Promise.all([
      start('serve-2', '[serve]'),
      ...LEARNERS.map((name) => start(name, '[learn]')),
      start('sink', '[sink, dashboards]'),
    ]);
    served = await followCounts(redis.url);
    closers.push(() => served.close());
  }, START_LIMIT_MS);

  afterAll(async () => {
    for (const close of closers) await close();
    await Promise.all([...running.values()].map((one) => one.kill()));
    await redis.stop();
    await kafka.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const pageOf = (name: string, memberId = 'member-1'): Promise<HomeResponse> =>
    client(name).home({ memberId, country: 'GB', language: 'en', device: 'tv' });
  const pictures = (page: HomeResponse): string[] =>
    page.rows.flatMap((row) => row.titles.map((t) => `${row.rowId}/${t.titleId}/${t.artworkId}`));
  /** by each learner that runs, of its own partitions */
  const learned = async (): Promise<{ trials: number; reward: number }[]> =>
    Promise.all(LEARNERS.flatMap((name) => (running.has(name) ? [modelTotals(service(name), MODEL)] : [])));
  const publishers = async (): Promise<string[]> => {
    const names = LEARNERS.filter((name) => running.has(name));
    const publishes = await Promise.all(
      names.map((name) => metricOf(service(name), 'marquee_learner_publishes')),
    );
    return names.filter((_, i) => publishes[i] === 1);
  };
  /** one whose events are in that partition */
  const memberIn = (partition: number): string =>
    members.map(({ memberId }) => memberId).find((id) => partitionOf(id, PARTITIONS) === partition)!;
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);

  /** Everything on a page seen and played, told to one process or the other; counted when it was acknowledged. */
  const watch = async (page: HomeResponse, tell: string): Promise<void> => {
    const slots = page.rows.flatMap((row) => row.titles.map((t) => t.slot));
    const events = slots.flatMap((slot): EventReport[] => [
      { type: 'impression', token: page.token, slot },
      { type: 'play', token: page.token, slot, watchedSeconds: 3600 },
    ]);
    expect(await client(tell).events(events)).toEqual({ accepted: events.length, rejected: [] });
    expected.trials += slots.length;
    expected.reward += slots.length;
  };
  const allLearned = async (): Promise<void> => {
    const total = (all: { trials: number; reward: number }[], of: 'trials' | 'reward'): number =>
      Math.round(all.reduce((sum, one) => sum + one[of], 0));
    await until(
      `all ${expected.reward} acknowledged plays are learned once`,
      learned,
      (all) => total(all, 'trials') === expected.trials && total(all, 'reward') === expected.reward,
      TAKEOVER_MS,
    );
  };
  /** One model has what every learner knows. */
  const allServed = (): Promise<unknown> =>
    until(
      `${expected.reward} plays in the served model`,
      () => served.rewards(),
      (rewards) => Math.round(rewards) === expected.reward,
      TAKEOVER_MS,
    );

  test('what is loaded through one process is shown by all, the same for the same member', async () => {
    const one = client('serve-1');
    expect(await one.putTitles(titles)).toEqual({ stored: titles.length, rejected: [] });
    await one.putRows(rows);
    await one.putMembers(members);
    const first = pictures(await pageOf('serve-1'));
    expect(first.length).toBeGreaterThan(0);
    await until(
      'the other process has the catalogue',
      async () => pictures(await pageOf('serve-2')),
      (other) => other.join() === first.join(),
    );
  });

  test('what members do is told to either, learned by two, and served as one model', async () => {
    const before = await pageOf('serve-1');
    for (const partition of partitions) {
      const [made, tell] = partition % 2 === 0 ? ['serve-1', 'serve-2'] : ['serve-2', 'serve-1'];
      await watch(await pageOf(made, memberIn(partition)), tell);
    }
    await allLearned();
    await until(
      'each learner has learned of its own partitions',
      learned,
      (all) => all.every(({ reward }) => reward > 0),
      TAKEOVER_MS,
    );
    expect(await publishers()).toHaveLength(1);
    await allServed();
    for (const name of ['serve-1', 'serve-2']) {
      await until(
        `${name} serves what was learned`,
        async () => (await pageOf(name)).snapshotVersion,
        (version) => version > before.snapshotVersion,
      );
    }
  }, 300_000);

  test('the publisher is killed: the other learns and publishes on, and pages go on meanwhile', async () => {
    const [publisher] = await publishers();
    const before = served.version();
    await service(publisher!).kill();
    running.delete(publisher!);
    for (const partition of partitions) await watch(await pageOf('serve-1', memberIn(partition)), 'serve-2');
    await allLearned();
    await allServed();
    expect(await publishers()).toHaveLength(1);
    expect(served.version()).toBeGreaterThan(before);
    // It comes back with what it had kept, and is given its share again.
    await start(publisher!, '[learn]');
    for (const partition of partitions) await watch(await pageOf('serve-2', memberIn(partition)), 'serve-1');
    await allLearned();
    await allServed();
    const versions = await Promise.all(
      ['serve-1', 'serve-2'].map(async (name) => (await pageOf(name)).snapshotVersion),
    );
    for (const version of versions) expect(version).toBeGreaterThan(before);
  }, 600_000);

  test('the page of results answers where the tables are', async () => {
    await until(
      'the sink has read everything',
      () => metricOf(service('sink'), 'marquee_sink_lag_records'),
      (lag) => lag === 0,
    );
    expect((await fetch(`${service('sink').baseUrl}/live`)).status).toBe(200);
  });

  test('each process stops in order, and the tables have everything once', async () => {
    const codes = await Promise.all([...running.values()].map((one) => one.stop()));
    expect(codes).toEqual(codes.map(() => 0));
    const tables = await chdbAnalytics({ path: join(directory, 'sink', 'analytics') });
    const [row] = await tables.query<{ trials: string; reward: number }>(
      'SELECT count() AS trials, sum(reward) AS reward FROM marquee.outcomes FINAL',
    );
    await tables.close();
    expect({ trials: Number(row!.trials), reward: row!.reward }).toEqual(expected);
  }, 60_000);
});
