import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { contextSchema } from '../../features/context-vector.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { embeddedEventLog } from '../event-log/embedded/index.js';
import type { EventLog } from '../event-log/event-log.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  playOf,
  playRecord,
  REVISIONS,
  SCHEMA,
} from '../join/joined-events.fixture.js';
import { keepForLearner } from './checkpoint-writer.js';
import type { Learner } from './learner-options.js';
import type { ModelSpec } from './model-spec.js';
import { startLearner } from './start-learner.js';

/** What the learner does when the log, or the vocabulary, is no longer what its checkpoint was made with. */
const KEYS = ['home/one', 'home/other'] as const;
const modelOf = (key: string, dimension: number): ModelSpec => ({
  key,
  policy: createPolicy('linear-thompson', {}, dimension),
  target: 'artwork',
  learnsFrom: () => true,
  lambda: 1,
});
const store = memoryKeyValue();
const clock = manualClock(NOON_MS);
let directory: string;

beforeEach(async () => {
  await store.write({ deletes: await keysOf() });
  directory = await mkdtemp(join(tmpdir(), 'marquee-retention-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function keysOf(): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of store.scan('')) keys.push(key);
  return keys;
}

/** Every page closes a segment, and nothing is kept that may go. */
const openLog = (unreadMaxBytes: number): Promise<EventLog> =>
  embeddedEventLog({
    directory,
    partitions: 1,
    clock,
    segmentBytes: 1,
    retention: { maxBytes: 1, unreadMaxBytes },
  });

async function appendPages(log: EventLog, from: number, to: number): Promise<void> {
  for (let r = from; r < to; r++) {
    const records = [
      decisionRecord(decisionOf(r)),
      impressionRecord(impressionOf(r, 0)),
      playRecord(playOf(r, 0, 400)),
    ];
    for (const { topic, ...record } of records) await log.append(topic, [record], 'synced');
  }
}

const learnerOn = (log: EventLog, keys: readonly string[], schema = SCHEMA): Promise<Learner> =>
  startLearner({
    ...{ log, store, clock, schema, revisions: REVISIONS },
    models: keys.map((key) => modelOf(key, schema.dimension)),
    onSnapshot: () => undefined,
  });

/** A life of the service: starts, learns these pages, stops. */
async function learn(keys: readonly string[], from: number, to: number, schema = SCHEMA) {
  const log = await openLog(1 << 30);
  const learner = await learnerOn(log, keys, schema);
  await appendPages(log, from, to);
  await learner.drained();
  const trials = keys.map((key) => learner.totals(key).trials);
  await learner.close();
  await log.close();
  return trials;
}

it('starts when a model comes back that lacks labels the log has dropped', async () => {
  expect(await learn(KEYS, 0, 5)).toEqual([5, 5]);
  expect(await learn(['home/other'], 5, 10)).toEqual([10]);
  const [one, other] = await learn(KEYS, 10, 12);
  expect(other).toBe(12);
  // its own five, what is left of those it missed, and the two new ones
  expect(one).toBeGreaterThanOrEqual(7);
  expect(one).toBeLessThan(12);
});

it('goes on with the oldest that is left when the log has dropped what was never read', async () => {
  expect(await learn(KEYS, 0, 5)).toEqual([5, 5]);
  const withoutLearner = await openLog(1);
  await appendPages(withoutLearner, 5, 15);
  await withoutLearner.close();
  const log = await openLog(1);
  const learner = await learnerOn(log, KEYS);
  await appendPages(log, 15, 17);
  await learner.drained();
  expect(learner.totals('home/one').trials).toBeGreaterThanOrEqual(7);
  await learner.close();
  await expect(learner.stopped).resolves.toBeUndefined();
  await log.close();
});

it('learns everything though it first starts long after the log did', async () => {
  const withoutLearner = await openLog(1 << 30);
  await keepForLearner(withoutLearner);
  await appendPages(withoutLearner, 0, 10);
  await withoutLearner.close();
  const reopened = await openLog(1 << 30);
  await keepForLearner(reopened);
  await reopened.close();
  expect(await learn(KEYS, 10, 12)).toEqual([12, 12]);
});

it('begins anew with other themes, histories included', async () => {
  expect(await learn(KEYS, 0, 5)).toEqual([5, 5]);
  const more = contextSchema([...SCHEMA.themes, 'western']);
  const log = await openLog(1 << 30);
  const learner = await learnerOn(log, KEYS, more);
  // A late play of a page that the former vocabulary decided, by a member with a history in it.
  await log.append('plays', [playRecord(playOf(4, 0, 500, { playId: '2' }))], 'synced');
  await appendPages(log, 5, 6);
  await learner.drained();
  expect(learner.totals('home/one').trials).toBe(0);
  await learner.close();
  await expect(learner.stopped).resolves.toBeUndefined();
  await log.close();
});
