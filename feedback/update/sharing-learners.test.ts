import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { memoryEventLog } from '../event-log/memory/index.js';
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
import type { Learner, LearnerOptions } from './learner-options.js';
import type { ModelSpec } from './model-spec.js';
import { Life, mortalLog, mortalStore } from './mortal-stores.fixture.js';
import { expectedJoin, type HappenedEvent } from './reference-join.fixture.js';
import { replayLabels } from './replay-labels.js';
import { startLearner } from './start-learner.js';

const PARTITIONS = 3;
const LEARNERS = 3;
const MODELS: readonly ModelSpec[] = [
  {
    key: 'home/personal',
    policy: createPolicy('linear-thompson', {}, SCHEMA.dimension),
    target: 'artwork',
    learnsFrom: () => true,
    lambda: 1,
  },
];
const CONTEXT = { schema: SCHEMA, revisions: REVISIONS };

/** Learners of one log that come, go and die; each keeps its store through its lives. */
class Crowd {
  readonly log = memoryEventLog({ partitions: PARTITIONS });
  readonly happened: HappenedEvent[] = [];
  readonly #clock = manualClock(NOON_MS + 3_600_000);
  readonly #stores = Array.from({ length: LEARNERS }, () => memoryKeyValue());
  readonly #learners = new Map<number, { readonly learner: Learner; readonly life: Life }>();
  #lives = 0;

  get learners(): Learner[] {
    return [...this.#learners.values()].map(({ learner }) => learner);
  }

  async join(who: number, changes: Partial<LearnerOptions> = {}): Promise<void> {
    if (this.#learners.has(who)) return;
    const life = new Life();
    const learner = await startLearner({
      log: mortalLog(this.log, life),
      store: mortalStore(this.#stores[who]!, life),
      revisions: REVISIONS,
      schema: SCHEMA,
      models: MODELS,
      clock: this.#clock,
      timers: manualTimers(this.#clock),
      owner: `life ${++this.#lives}`,
      settings: { maxBatchRecords: 3 },
      onSnapshot: () => undefined,
      ...changes,
    });
    this.#learners.set(who, { learner, life });
  }

  async leave(who: number): Promise<void> {
    const found = this.#learners.get(who);
    this.#learners.delete(who);
    await found?.learner.close();
  }

  /** Nothing it does from now on has any effect. */
  async kill(who: number): Promise<void> {
    const found = this.#learners.get(who);
    this.#learners.delete(who);
    if (found === undefined) return;
    found.life.ended = true;
    await found.learner.close().catch(() => undefined);
  }

  async checkpoint(who: number): Promise<void> {
    await this.#learners.get(who)?.learner.checkpointNow();
  }

  /** Everybody has learned what is theirs, and everything is somebody's. */
  async settled(): Promise<void> {
    const owned = (): number[] => this.learners.flatMap((learner) => [...learner.stats().partitions]).sort();
    do await Promise.all(this.learners.map((learner) => learner.drained()));
    while (owned().join() !== '0,1,2');
    await Promise.all(this.learners.map((learner) => learner.drained()));
  }

  async append(happened: HappenedEvent): Promise<void> {
    this.happened.push(happened);
    const { topic, ...record } =
      happened.topic === 'decisions'
        ? decisionRecord(happened.event)
        : happened.topic === 'impressions'
          ? impressionRecord(happened.event)
          : playRecord(happened.event);
    await this.log.append(topic, [record], 'synced');
  }

  /** Each event counted once, by the log and by who has its partition. */
  async check(): Promise<void> {
    const { rewards: expected } = expectedJoin(
      this.happened,
      DEFAULT_JOIN_SETTINGS.attributionWindowMs,
      (play) => (play.watchedSeconds >= 360 || play.watchedFraction >= 0.7 ? 1 : 0),
    );
    const rewards = new Map<string, number>();
    for (const { kind, requestId, slot, rewardAfter } of await countedLabels(this.log)) {
      const key = `${requestId}/${slot}`;
      expect(rewards.has(key), `${kind} of ${key}`).toBe(kind === 'reward');
      rewards.set(key, rewardAfter);
    }
    expect(new Map([...rewards].sort())).toEqual(new Map([...expected].sort()));
    for (const learner of this.learners) {
      const { partitions } = learner.stats();
      expect(learner.hash()).toBe((await replayLabels(this.log, MODELS, CONTEXT, { partitions })).hash);
    }
    const trials = this.learners.reduce((sum, learner) => sum + learner.totals('home/personal').trials, 0);
    expect(trials).toBe(expected.size);
  }
}

type Step =
  | { readonly kind: 'join' | 'leave' | 'kill' | 'checkpoint'; readonly who: number }
  | { readonly kind: 'settle' }
  | { readonly kind: 'page'; readonly request: number; readonly seconds: number };
const who = fc.nat({ max: LEARNERS - 1 });
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('join' as const), who }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('leave' as const, 'kill' as const, 'checkpoint' as const),
        who,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('page' as const),
        request: fc.nat({ max: 15 }),
        seconds: fc.constantFrom(0, 100, 400),
      }),
    },
  ),
  { minLength: 15, maxLength: 50 },
);

async function page(crowd: Crowd, request: number, seconds: number): Promise<void> {
  // The play first: it waits for its decision.
  if (seconds > 0) await crowd.append({ topic: 'plays', event: playOf(request, 1, seconds) });
  await crowd.append({ topic: 'decisions', event: decisionOf(request) });
  await crowd.append({ topic: 'impressions', event: impressionOf(request, 0) });
  await crowd.append({ topic: 'impressions', event: impressionOf(request, 1) });
}

async function take(crowd: Crowd, step: Step): Promise<void> {
  switch (step.kind) {
    case 'page':
      return page(crowd, step.request, step.seconds);
    case 'settle':
      return crowd.learners.length === 0 ? undefined : crowd.settled();
    default:
      return crowd[step.kind](step.who);
  }
}

describe('learners that share a log', () => {
  it('count every event once, whoever comes, goes and dies', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const crowd = new Crowd();
        for (const step of all) await take(crowd, step);
        await crowd.join(0);
        await crowd.join(1);
        await crowd.settled();
        await crowd.check();
        await Promise.all([0, 1, 2].map((one) => crowd.leave(one)));
      }),
      { seed: 11, numRuns: 25 },
    );
  }, 240_000);

  it('take over what one that does not know it yet still writes, and it goes on with what is given to it anew', async () => {
    const crowd = new Crowd();
    await crowd.join(0);
    await page(crowd, 0, 400);
    await crowd.settled();
    // Of another group: nobody tells the first that its partitions are claimed.
    await crowd.join(1, { group: 'other' });
    await crowd.leave(1);
    for (let request = 1; request < 6; request++) await page(crowd, request, 400);
    await crowd.settled();
    await crowd.check();
    expect(crowd.learners[0]!.stats().counters.lost).toBeGreaterThan(0);
    await crowd.leave(0);
  });

  it('stop when somebody who is not of their group takes their partitions again and again', async () => {
    const crowd = new Crowd();
    await crowd.join(0);
    const [learner] = crowd.learners;
    for (let request = 0; ; request++) {
      const isOver = await Promise.race([
        learner!.stopped.then(
          () => true,
          () => true,
        ),
        (async () => {
          await crowd.join(1, { group: `other ${request}` });
          await crowd.leave(1);
          await page(crowd, request, 0);
          await learner!.drained();
          return false;
        })().catch(() => true),
      ]);
      if (isOver) break;
    }
    await expect(learner!.stopped).rejects.toMatchObject({ code: 'store/owned' });
  });
});
