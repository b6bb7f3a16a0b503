import { expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { seededRng } from '../../core/rng.js';
import { systemTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { EventLog } from '../../feedback/event-log/event-log.js';
import { memoryEventLog } from '../../feedback/event-log/memory/index.js';
import { PersonalizerFold } from './fold.js';
import { PersonalizerLoop } from './loop.js';
import { PersonalizerService } from './service.js';

/** Checkpoints are written when the test says so. */
const SELDOM_MS = 1e9;

function process(log: EventLog, store: KeyValueStore, clock = manualClock(1_000_000)) {
  const fold = new PersonalizerFold({
    service: {
      ...{ rewardWaitMs: 60_000, defaultReward: 0, rewardAggregation: 'sum' },
      ...{ explorationPercentage: 0.2, learningMode: 'Online' },
    },
    policy: { name: 'p', model: { lambda: 1, gamma: 10, growth: 0.5 } },
    range: { lowest: 0, highest: 1 },
    halfLifeMs: 86_400_000,
  });
  const faults: unknown[] = [];
  const started = PersonalizerLoop.start({
    ...{ log, store, clock, timers: systemTimers, fold, checkpointIntervalMs: SELDOM_MS },
    onFault: (error) => faults.push(error),
  });
  return started.then((loop) => {
    let events = 0;
    const service = new PersonalizerService({
      ...{ loop, clock, drawSecret: 's'.repeat(32), newEventId: () => `made-${events++}` },
      ...{ range: { lowest: 0, highest: 1 }, maxOpenEvents: 1_000 },
    });
    return { loop, service, fold, clock, faults };
  });
}

type Running = Awaited<ReturnType<typeof process>>;

/** Ranks, activates and rewards as clients would, some late, some twice. */
async function traffic({ service, clock }: Running, seed: number, events: number): Promise<void> {
  const rng = seededRng(seed);
  const known: string[] = [];
  for (let i = 0; i < events; i++) {
    clock.advance(rng.below(3_000));
    const { eventId } = await service.rank({
      asked: {
        ...{ context: [{ hour: rng.below(4) }], excluded: [] },
        actions: ['a', 'b', 'c'].map((id) => ({ id, features: [{ id }] })),
      },
      ...{ eventId: `${seed}-${i}`, deferred: rng.below(4) === 0 },
    });
    known.push(eventId);
    const some = () => known[Math.max(0, known.length - 1 - rng.below(40))]!;
    if (rng.below(2) === 0) await service.reward(some(), [['', rng.uniform()]]);
    if (rng.below(5) === 0) await service.activate(some());
  }
}

const ends = async ({ loop }: Running, log: EventLog): Promise<void> =>
  loop.foldedTo(Math.max(...(await log.endOffsets('personalizer'))));

it('knows after a kill what it knew, to the bit, from its checkpoint and the log or from the log alone', async () => {
  const log = memoryEventLog({ partitions: 3 });
  const store = memoryKeyValue();
  const first = await process(log, store);
  await traffic(first, 1, 100);
  first.loop.dueCheckpoint();
  await traffic(first, 2, 200);
  await service(first);
  await traffic(first, 3, 100);
  first.loop.dueCheckpoint();
  await traffic(first, 4, 200);
  await ends(first, log);
  const afterKill = await process(log, await left(store));
  const anew = await process(log, memoryKeyValue());
  expect(await savedOffset(store)).toBeGreaterThanOrEqual(512);
  expect(first.fold.head.counters.learned).toBeGreaterThan(100);
  expect(first.fold.head.counters.unmatched).toBeGreaterThan(0);
  expect(afterKill.fold.hash()).toBe(first.fold.hash());
  expect(anew.fold.hash()).toBe(first.fold.hash());
  for (const each of [first, afterKill, anew]) {
    expect(each.faults).toEqual([]);
    await each.loop.close();
  }
  const afterClose = await process(log, store);
  expect(afterClose.fold.hash()).toBe(first.fold.hash());
  await log.close();
}, 60_000);

/** What a killed process leaves in its store, for one that reads the log beside it. */
async function left(store: KeyValueStore): Promise<KeyValueStore> {
  const copy = memoryKeyValue();
  for await (const [key, value] of store.scan('personalizer/'))
    if (!key.endsWith('/instance')) await copy.write({ puts: [[key, value]] });
  return copy;
}

async function savedOffset(store: KeyValueStore): Promise<number> {
  const [head] = await store.getMany(['personalizer/head']);
  return (JSON.parse(Buffer.from(head!).toString()) as { head: { nextOffset: number } }).head.nextOffset;
}

async function service({ service: api, fold }: Running): Promise<void> {
  await api.command('service', { ...fold.service, rewardWaitMs: 30_000, explorationPercentage: 0.1 });
  expect(fold.service.rewardWaitMs).toBe(30_000);
}

it('answers the same id alike while nothing is learned, and refuses more open events than it may hold', async () => {
  const log = memoryEventLog();
  const running = await process(log, memoryKeyValue());
  const asked = {
    ...{ context: [], excluded: [] },
    actions: Array.from({ length: 20 }, (_, i) => ({ id: `a${i}`, features: [] })),
  };
  const call = (eventId: string) => running.service.rank({ asked, eventId, deferred: true });
  const answers = await Promise.all(['e', 'e', 'e'].map(call));
  expect(new Set(answers.map(({ rewardActionId }) => rewardActionId)).size).toBe(1);
  for (let i = 0; i < 1_000; i++) await call(`${i}`);
  await ends(running, log);
  await expect(call('one more')).rejects.toMatchObject({ code: 'TooManyRequests', status: 429 });
  running.clock.advance(60_001);
  expect((await call('one more')).eventId).toBe('one more');
  await ends(running, log);
  expect(running.fold.open.size).toBe(1);
  await running.loop.close();
  await log.close();
});

it('reads a part of the log again', async () => {
  const log = memoryEventLog({ partitions: 2 });
  const running = await process(log, memoryKeyValue());
  await traffic(running, 5, 10);
  await ends(running, log);
  const end = running.fold.head.nextOffset;
  const seen: number[] = [];
  await running.loop.read(3, (offset) => seen.push(offset) > 0);
  expect(seen).toEqual(Array.from({ length: end - 3 }, (_, i) => i + 3));
  const few: number[] = [];
  await running.loop.read(0, (offset) => few.push(offset) < 2);
  expect(few).toEqual([0, 1]);
  await running.loop.read(end, () => {
    throw new Error('nothing is there');
  });
  await running.loop.close();
  await log.close();
});
