import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import type { Model } from '../../bandit/policy.js';
import { manualClock, type ManualClock } from '../../core/clock.js';
import { manualTimers, systemTimers } from '../../core/timers.js';
import { lmdbKeyValue } from '../../features/key-value/lmdb/index.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { embeddedEventLog } from '../event-log/embedded/index.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import { decodeDeadLetter } from '../events/avro.js';
import type { DeadLetterEvent } from '../events/events.js';
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
  type TopicRecord,
} from '../join/joined-events.fixture.js';
import type { Learner, LearnerOptions } from './learner-options.js';
import type { ModelSpec } from './model-spec.js';
import { snapshotKey } from './publisher.js';
import { replayLabels } from './replay-labels.js';
import { applySnapshot, decodeSnapshot, type Snapshot } from './snapshot.js';
import { startLearner } from './start-learner.js';

const PERSONAL = createPolicy('linear-thompson', {}, SCHEMA.dimension);
const MODELS: readonly ModelSpec[] = [
  { key: 'home/personal', policy: PERSONAL, target: 'artwork', learnsFrom: () => true, lambda: 1 },
  {
    key: 'home/best',
    policy: createPolicy('best-unpersonalised', {}, SCHEMA.dimension),
    target: 'title',
    learnsFrom: () => true,
    lambda: 1,
  },
];
const CONTEXT = { schema: SCHEMA, revisions: REVISIONS };
const KEY = 'home/personal';

/** A model served from nothing but the snapshots, checked to come in order. */
class Served {
  readonly snapshots: Snapshot[] = [];
  model: Model = PERSONAL.emptyModel();

  readonly take = (snapshot: Snapshot): void => {
    if (snapshot.modelKey !== KEY) return;
    expect(snapshot.parentVersion).toBe(this.snapshots.at(-1)?.version ?? 0);
    this.snapshots.push(snapshot);
    this.model = applySnapshot(PERSONAL, SCHEMA.hash, this.model, snapshot);
  };

  /** posterior means of every arm of title 0, in one context */
  get means(): number[] {
    return meansOf(this.model);
  }
}

function meansOf(model: Model): number[] {
  const d = SCHEMA.dimension;
  const contexts = new Float32Array(3 * d).map((_, i) => ((i % d) + 1) / d);
  const scores = {
    means: new Float64Array(3),
    deviations: new Float64Array(3),
    propensities: new Float64Array(3),
  };
  PERSONAL.score(model, { size: 3, rows: Int32Array.of(0, 1, 2), contexts }, scores);
  return [...scores.means];
}

function optionsOf(
  log: EventLog,
  store: KeyValueStore,
  clock: ManualClock,
  served: Served,
  changes: Partial<LearnerOptions> = {},
): LearnerOptions {
  const timers = manualTimers(clock);
  return {
    log,
    store,
    revisions: REVISIONS,
    schema: SCHEMA,
    models: MODELS,
    clock,
    timers,
    onSnapshot: served.take,
    ...changes,
  };
}

async function append(log: EventLog, records: readonly TopicRecord[]): Promise<void> {
  for (const { topic, ...record } of records) await log.append(topic, [record], 'synced');
}

/** Pages 'from' to 'to': two slots displayed, the first played well. */
function pages(from: number, to: number): TopicRecord[] {
  return Array.from({ length: to - from }, (_, i) => from + i).flatMap((r) => [
    decisionRecord(decisionOf(r)),
    impressionRecord(impressionOf(r, 0)),
    impressionRecord(impressionOf(r, 1)),
    playRecord(playOf(r, 0, 400)),
  ]);
}

async function deadLetters(log: EventLog, learner: Learner): Promise<DeadLetterEvent[]> {
  await learner.drained();
  const ends = await log.endOffsets('dead-letter');
  const letters: DeadLetterEvent[] = [];
  let missing = ends.reduce((sum, end) => sum + end, 0);
  if (missing === 0) return letters;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const consumer = await log.consume({
    group: 'letters',
    topics: ['dead-letter'],
    onBatch(batch) {
      letters.push(...batch.records.map(({ value }) => decodeDeadLetter(value)));
      missing -= batch.records.length;
      if (missing === 0) finish();
      return Promise.resolve();
    },
  });
  await finished;
  await consumer.close();
  return letters;
}

describe('a learner', () => {
  it('serves what it learned as base and deltas, and goes on after a restart', async () => {
    const [log, store, clock, served] = [
      memoryEventLog({ partitions: 2 }),
      memoryKeyValue(),
      manualClock(NOON_MS),
      new Served(),
    ];
    const options = optionsOf(log, store, clock, served);
    const learner = await startLearner(options);
    await append(log, pages(0, 20));
    await learner.drained();
    expect(learner.totals(KEY)).toEqual({ trials: 40, rewardSum: 20 });
    expect(served.snapshots.map(({ kind }) => kind)).toEqual(['base', 'delta']);
    await learner.publishNow({ base: true });
    expect(served.snapshots.at(-1)?.kind).toBe('base');
    await learner.close();

    const restarted = new Served();
    const again = await startLearner(optionsOf(log, store, clock, restarted));
    expect(restarted.means).toEqual(served.means);
    expect(restarted.snapshots[0]!.version).toBeGreaterThan(served.snapshots.at(-1)!.version);
    await append(log, pages(20, 30));
    await again.drained();
    expect(again.totals(KEY)).toEqual({ trials: 60, rewardSum: 30 });
    expect(again.hash()).toBe((await replayLabels(log, MODELS, CONTEXT)).hash);
    await again.close();
    const [stored] = await store.getMany([snapshotKey(KEY)]);
    expect(
      meansOf(applySnapshot(PERSONAL, SCHEMA.hash, PERSONAL.emptyModel(), decodeSnapshot(stored!))),
    ).toEqual(restarted.means);
  });

  it('publishes a refitted prior on its own time, whole, with what was touched while it was fitted', async () => {
    const [log, clock, served] = [memoryEventLog({ partitions: 2 }), manualClock(NOON_MS), new Served()];
    const timers = manualTimers(clock);
    let during: (() => Promise<void>) | undefined;
    const breathe = async (): Promise<void> => {
      await during?.();
      await systemTimers.breathe();
    };
    const learner = await startLearner(
      optionsOf(log, memoryKeyValue(), clock, served, {
        timers: { ...timers, breathe },
        settings: { rowsPerSlice: 1 },
      }),
    );
    await append(log, pages(0, 10));
    await learner.drained();
    await timers.advance(1_900);
    expect(served.snapshots.filter(({ kind }) => kind === 'base')).toHaveLength(1);
    during = async () => {
      during = undefined;
      await append(log, pages(10, 12));
      while (learner.totals(KEY).trials < 24) await systemTimers.breathe();
    };
    await timers.advance(200);
    expect(served.snapshots.at(-1)?.kind).toBe('base');
    const afterBase = served.means;
    await learner.publishNow({ base: true });
    // The prior itself moved on by two pages; the rows must not have been left behind.
    for (const [i, mean] of served.means.entries()) expect(afterBase[i]).toBeCloseTo(mean, 1);
    const { partitions } = await replayLabels(log, MODELS, CONTEXT);
    expect(partitions.reduce((sum, { models }) => sum + models[0]!.arms.totals().trials, 0)).toBe(24);
    await learner.close();
  });

  it('tells tastes and freshness as it publishes', async () => {
    const [log, clock] = [memoryEventLog(), manualClock(NOON_MS)];
    const histories = new Map<string, { plays: number; sum: Float32Array }>();
    const receivedAtMs: number[] = [];
    const learner = await startLearner(
      optionsOf(log, memoryKeyValue(), clock, new Served(), {
        onHistories: (all) => {
          for (const { memberId, ...history } of all) histories.set(memberId, history);
        },
        onLearned: (at) => receivedAtMs.push(at),
      }),
    );
    await append(log, pages(0, 1));
    await learner.drained();
    const revision = REVISIONS.revision(0)!;
    expect([...histories.keys()]).toEqual(['m0']);
    expect(histories.get('m0')!.plays).toBe(1);
    // one good play of title 0's artwork 0: (title vector + artwork vector) / 2
    for (let e = 0; e < 3; e++) {
      expect(histories.get('m0')!.sum[e]).toBeCloseTo(
        (revision.titleVector[e]! + revision.artworkVectors[e]!) / 2,
        6,
      );
    }
    expect(receivedAtMs.sort()).toEqual([NOON_MS + 520, NOON_MS + 520, NOON_MS + 60_020]);
    await learner.close();
  });

  it('puts what it cannot use among the dead letters, whole, and goes on', async () => {
    const [log, clock] = [memoryEventLog(), manualClock(NOON_MS + 3 * 24 * 3_600_000)];
    const learner = await startLearner(optionsOf(log, memoryKeyValue(), clock, new Served()));
    const broken = { ...impressionRecord(impressionOf(0, 0)), value: Uint8Array.of(255, 1, 2) };
    const orphan = impressionRecord(impressionOf(77, 0));
    const stranger = decisionRecord(decisionOf(1, { contextSchema: 'ffffffffffff' }));
    await append(log, [broken, orphan, stranger, impressionRecord(impressionOf(1, 0)), ...pages(2, 4)]);
    await learner.drained();
    await learner.sweepNow();
    const twoDaysOn = 2 * 24 * 3_600 + 1_000;
    await append(log, pages(twoDaysOn, twoDaysOn + 1));
    await learner.drained();
    await learner.sweepNow();
    await learner.sweepNow();
    const letters = await deadLetters(log, learner);
    expect(letters.map(({ reason }) => reason).sort()).toEqual([
      'event/orphan',
      'event/unreadable',
      'label/unlearnable',
    ]);
    expect([...letters.find(({ reason }) => reason === 'event/unreadable')!.payload]).toEqual([255, 1, 2]);
    expect(learner.totals(KEY)).toEqual({ trials: 6, rewardSum: 3 });
    const { counters } = learner.stats();
    expect([
      counters.unlearnable,
      counters.refused['event/orphan'],
      counters.refused['event/unreadable'],
    ]).toEqual([1, 1, 1]);
    await learner.close();
  });

  it('rebuilds a model it did not have from the labels, and finds one that was away as it was', async () => {
    const [log, store, clock] = [memoryEventLog({ partitions: 2 }), memoryKeyValue(), manualClock(NOON_MS)];
    const run = async (models: readonly ModelSpec[], from: number, to: number): Promise<string> => {
      const learner = await startLearner(
        optionsOf(log, store, clock, new Served(), { models, onSnapshot: () => undefined }),
      );
      await append(log, pages(from, to));
      await learner.drained();
      const hash = learner.hash();
      await learner.close();
      return hash;
    };
    await run(MODELS.slice(0, 1), 0, 5);
    expect(await run(MODELS, 5, 10)).toBe((await replayLabels(log, MODELS, CONTEXT)).hash);
    await run(MODELS.slice(1), 10, 15);
    expect(await run(MODELS, 15, 20)).toBe((await replayLabels(log, MODELS, CONTEXT)).hash);
    const reshaped = [{ ...MODELS[0]!, halfLifeMs: 60_000 }, MODELS[1]!];
    expect(await run(reshaped, 20, 25)).toBe((await replayLabels(log, reshaped, CONTEXT)).hash);
  });

  it('stops when labels of a partition it was told to own are written by somebody else', async () => {
    const [log, store, clock] = [memoryEventLog({ partitions: 1 }), memoryKeyValue(), manualClock(NOON_MS)];
    const partitions = [0];
    const learner = await startLearner(optionsOf(log, store, clock, new Served(), { partitions }));
    const other = await startLearner(
      optionsOf(log, memoryKeyValue(), clock, new Served(), { group: 'other', partitions }),
    );
    await append(log, pages(0, 3));
    await expect(Promise.race([learner.stopped, other.stopped])).rejects.toMatchObject({
      code: 'store/owned',
    });
    await Promise.allSettled([learner.close(), other.close()]);
  });

  it.each([
    ['a setting', { settings: { publishIntervalMs: 0 } }, 'publishIntervalMs is 0'],
    ['a model key', { models: [MODELS[0]!, MODELS[0]!] }, 'each key once'],
    ['a partition', { partitions: [9] }, 'partition 9'],
    ['a reward', { reward: 'import(1)' }, 'expected only'],
  ])('refuses %s that cannot be', async (_what, changes: Partial<LearnerOptions>, why) => {
    const options = optionsOf(memoryEventLog(), memoryKeyValue(), manualClock(0), new Served(), changes);
    await expect(startLearner(options)).rejects.toThrow(why);
  });
});

it('does the same on files: the embedded log and LMDB, opened again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-learner-'));
  const clock = manualClock(NOON_MS);
  const session = async (
    from: number,
    to: number,
  ): Promise<{ trials: number; rewardSum: number; hash: string; replayed: string }> => {
    const log = await embeddedEventLog({ directory: join(directory, 'log'), partitions: 2 });
    const store = lmdbKeyValue({ path: join(directory, 'store') });
    const learner = await startLearner(optionsOf(log, store, clock, new Served(), { timers: systemTimers }));
    await append(log, pages(from, to));
    await learner.drained();
    const seen = {
      ...learner.totals(KEY),
      hash: learner.hash(),
      replayed: (await replayLabels(log, MODELS, CONTEXT)).hash,
    };
    await learner.close();
    await log.close();
    await store.close();
    return seen;
  };
  try {
    const first = await session(0, 30);
    expect(first).toMatchObject({ trials: 60, rewardSum: 30, hash: first.replayed });
    const second = await session(25, 50);
    expect(second).toMatchObject({ trials: 100, rewardSum: 50, hash: second.replayed });
  } finally {
    await rm(directory, { recursive: true });
  }
});
