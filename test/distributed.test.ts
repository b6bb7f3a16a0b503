import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpMarqueeClient } from '../client/index.js';
import type { EventReport, HomeResponse } from '../client/types.js';
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
import { members, rows, titles } from './support/small-catalogue.js';
import { until } from './support/until.js';

/** One service as separate processes on a real broker and a real Redis: two that serve, one that learns, one that has the tables and the pages. */
const START_LIMIT_MS = 600_000;
/** Learns from everybody, and counts each impression as one. */
const MODEL = 'home/title-order';
const directory = mkdtempSync(join(tmpdir(), 'marquee-distributed-'));

describe.runIf(kafkaCanRun && redisIsThere)('one service in several processes', () => {
  let kafka: KafkaServer;
  let redis: RedisServer;
  const running = new Map<string, RunningService>();
  const service = (name: string): RunningService => running.get(name)!;
  const client = (name: string): HttpMarqueeClient =>
    new HttpMarqueeClient({ baseUrl: service(name).baseUrl, timeoutMs: 30_000 });
  const expected = { trials: 0, reward: 0 };

  const start = async (name: string, roles: string): Promise<void> => {
    const settings = {
      MARQUEE_ROLES: roles,
      MARQUEE_EVENT_LOG__ADAPTER: 'kafka',
      MARQUEE_EVENT_LOG__PARTITIONS: '4',
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
      start('learn', '[learn]'),
      start('sink', '[sink, dashboards]'),
    ]);
  }, START_LIMIT_MS);

  afterAll(async () => {
    await Promise.all([...running.values()].map((one) => one.kill()));
    await redis.stop();
    await kafka.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const pageOf = (name: string, memberId = 'member-1'): Promise<HomeResponse> =>
    client(name).home({ memberId, country: 'GB', language: 'en', device: 'tv' });
  const pictures = (page: HomeResponse): string[] =>
    page.rows.flatMap((row) => row.titles.map((t) => `${row.rowId}/${t.titleId}/${t.artworkId}`));
  const learned = (): Promise<{ trials: number; reward: number }> => modelTotals(service('learn'), MODEL);

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
  const allLearned = (): Promise<unknown> =>
    until('all acknowledged events are learned', learned, ({ trials, reward }) => {
      return trials > expected.trials - 0.5 && reward > expected.reward - 0.5;
    });

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

  test('what members do is told to either, and learned for both', async () => {
    const before = await pageOf('serve-1');
    for (const [n, memberId] of ['member-3', 'member-4', 'member-5', 'member-6'].entries()) {
      const [made, tell] = n % 2 === 0 ? ['serve-1', 'serve-2'] : ['serve-2', 'serve-1'];
      await watch(await pageOf(made, memberId), tell);
    }
    await allLearned();
    for (const name of ['serve-1', 'serve-2']) {
      await until(
        `${name} serves what was learned`,
        async () => (await pageOf(name)).snapshotVersion,
        (version) => version > before.snapshotVersion,
      );
    }
  });

  test('a learner that is killed goes on where it was, and pages go on without it', async () => {
    await service('learn').kill();
    for (const memberId of ['member-7', 'member-8', 'member-9'])
      await watch(await pageOf('serve-1', memberId), 'serve-2');
    await start('learn', '[learn]');
    await allLearned();
    const { trials, reward } = await learned();
    expect([Math.round(trials), Math.round(reward)]).toEqual([expected.trials, expected.reward]);
  }, 120_000);

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
