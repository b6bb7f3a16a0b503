import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import type { LabelEvent } from '../events/events.js';
import { DEFAULT_JOIN_SETTINGS } from '../join/join-outcome.js';
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
import { countedLabels } from './counted-labels.fixture.js';
import type { Learner } from './learner-options.js';
import type { ModelSpec } from './model-spec.js';
import { Life, mortalLog, mortalStore } from './mortal-stores.fixture.js';
import { expectedJoin, type HappenedEvent } from './reference-join.fixture.js';
import { replayLabels } from './replay-labels.js';
import { startLearner } from './start-learner.js';

const REWARD = 'min(1, watchedSeconds / 600)';
const MODELS: readonly ModelSpec[] = [
  {
    key: 'home/personal',
    policy: createPolicy('linear-thompson', {}, SCHEMA.dimension),
    target: 'artwork',
    learnsFrom: () => true,
    lambda: 1,
    halfLifeMs: 3_600_000,
  },
  {
    key: 'home/rows',
    policy: createPolicy('best-unpersonalised', {}, SCHEMA.dimension),
    target: 'title',
    learnsFrom: (label) => label.position === 0,
    lambda: 1,
  },
];

type Step =
  | { readonly kind: 'decision'; readonly request: number }
  | { readonly kind: 'impression'; readonly request: number; readonly slot: number }
  | { readonly kind: 'play'; readonly request: number; readonly slot: number; readonly seconds: number }
  | { readonly kind: 'checkpoint' | 'sweep' | 'drain' }
  | { readonly kind: 'kill'; readonly writes: number; readonly isAfter: boolean };

const request = fc.nat(5);
const slot = fc.nat(3);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('decision' as const), request }) },
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('impression' as const), request, slot }) },
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('play' as const),
        request,
        slot,
        seconds: fc.constantFrom(10, 60, 300, 900, 200_000),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('checkpoint' as const, 'sweep' as const, 'drain' as const),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('kill' as const),
        writes: fc.integer({ min: 1, max: 4 }),
        isAfter: fc.boolean(),
      }),
    },
  ),
  { minLength: 20, maxLength: 80 },
);

/** A learner that is started again whenever it was killed, on stores that live on. */
class Resurrected {
  readonly log: EventLog = memoryEventLog({ partitions: 2 });
  readonly happened: HappenedEvent[] = [];
  readonly versions: number[] = [];
  readonly histories = new Map<string, number>();
  readonly #store = memoryKeyValue();
  readonly #clock = manualClock(NOON_MS + 3_600_000);
  #life = new Life();
  #learner: Learner | undefined;
  kills = 0;

  async alive(): Promise<Learner> {
    while (this.#learner === undefined || this.#life.ended) {
      if (this.#life.ended) {
        this.kills++;
        await this.#learner?.close().catch(() => undefined);
        this.#life = new Life();
      }
      this.#learner = await this.#start().catch(() => undefined);
    }
    return this.#learner;
  }

  /** The learner with everything learned, and no death pending. */
  async settled(): Promise<Learner> {
    this.#life.endAt(Infinity, false);
    const learner = await this.alive();
    await learner.drained();
    return learner;
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'kill':
        this.#life.endAt(step.writes, step.isAfter);
        return;
      case 'decision':
        return this.#append({ topic: 'decisions', event: decisionOf(step.request) });
      case 'impression':
        return this.#append({ topic: 'impressions', event: impressionOf(step.request, step.slot) });
      case 'play':
        return this.#append({ topic: 'plays', event: playOf(step.request, step.slot, step.seconds) });
      case 'checkpoint':
      case 'sweep':
      case 'drain': {
        const learner = await this.alive();
        const work = {
          checkpoint: () => learner.checkpointNow(),
          sweep: () => learner.sweepNow(),
          drain: () => learner.drained(),
        };
        await work[step.kind]().catch(() => undefined);
      }
    }
  }

  labels(): Promise<LabelEvent[]> {
    return countedLabels(this.log);
  }

  #start(): Promise<Learner> {
    return startLearner({
      log: mortalLog(this.log, this.#life),
      store: mortalStore(this.#store, this.#life),
      revisions: REVISIONS,
      schema: SCHEMA,
      models: MODELS,
      clock: this.#clock,
      timers: manualTimers(this.#clock),
      reward: REWARD,
      settings: { maxBatchRecords: 3 },
      onSnapshot: ({ version }) => this.versions.push(version),
      onHistories: (all) => {
        for (const { memberId, plays } of all) this.histories.set(memberId, plays);
      },
    });
  }

  async #append(happened: HappenedEvent): Promise<void> {
    this.happened.push(happened);
    const { topic, ...record } =
      happened.topic === 'decisions'
        ? decisionRecord(happened.event)
        : happened.topic === 'impressions'
          ? impressionRecord(happened.event)
          : playRecord(happened.event);
    await this.log.append(topic, [record], 'synced');
  }
}

/** Reward by slot as the labels say, each label checked to follow from the one before. */
function rewardsOf(labels: readonly LabelEvent[]): Map<string, number> {
  const rewards = new Map<string, number>();
  for (const { kind, requestId, slot: at, rewardBefore, rewardAfter } of labels) {
    const key = `${requestId}/${at}`;
    expect(rewards.get(key), `${kind} of ${key}`).toBe(kind === 'trial' ? undefined : rewardBefore);
    expect(kind === 'trial' ? rewardAfter === 0 : rewardAfter > rewardBefore).toBe(true);
    rewards.set(key, rewardAfter);
  }
  return rewards;
}

describe('a learner that is killed at any point', () => {
  it('counts every acknowledged event exactly once, whatever the order, repeats and crashes', async () => {
    let kills = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const world = new Resurrected();
        await world.alive();
        for (const step of all) await world.step(step);
        const learner = await world.settled();
        const { rewards: expected } = expectedJoin(
          world.happened,
          DEFAULT_JOIN_SETTINGS.attributionWindowMs,
          ({ watchedSeconds }) => Math.fround(Math.min(1, watchedSeconds / 600)),
        );
        const sorted = (rewards: ReadonlyMap<string, number>): [string, number][] =>
          [...rewards].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(sorted(rewardsOf(await world.labels()))).toEqual(sorted(expected));
        const replayed = await replayLabels(world.log, MODELS, { schema: SCHEMA, revisions: REVISIONS });
        expect(learner.hash()).toBe(replayed.hash);
        for (const [i, version] of world.versions.entries())
          expect(version).toBeGreaterThan(world.versions[i - 1] ?? 0);
        const plays = [...expected.values()].reduce((sum, reward) => sum + reward, 0);
        expect([...world.histories.values()].reduce((sum, n) => sum + n, 0)).toBeCloseTo(plays, 9);
        kills += world.kills;
        await learner.close();
      }),
      { numRuns: 80, seed: 7 },
    );
    // The property would be empty if nothing had died.
    expect(kills).toBeGreaterThan(50);
  });
});
