import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelEvent, PlayEvent } from '../events/events.js';
import { countedLabels } from '../update/counted-labels.fixture.js';
import { PartitionLives } from '../update/partition-lives.fixture.js';
import { expectedJoin } from '../update/reference-join.fixture.js';
import { DEFAULT_JOIN_SETTINGS, JOINED_TOPICS, type JoinSettings } from './join-outcome.js';
import { MINUTE_MS, scenarios, SECONDS, WINDOW_MS, type ScenarioRecord } from './join-scenario.fixture.js';
import { NOON_MS } from './joined-events.fixture.js';

const SETTINGS: JoinSettings = {
  ...DEFAULT_JOIN_SETTINGS,
  attributionWindowMs: WINDOW_MS,
  maxEventBytes: 4_000,
  // Room for one or two joins: nearly everything comes from the store.
  joinCacheBytes: 4_000,
};

/** 600 seconds are worth 1; an expression may also fail, or leave [0, 1]. */
function evaluate({ watchedSeconds }: Pick<PlayEvent, 'watchedSeconds'>): number {
  if (watchedSeconds === SECONDS.broken) throw new Error('no such play');
  return watchedSeconds === SECONDS.tooMuch ? 2 : Math.min(1, watchedSeconds / 600);
}

function rewardOf(play: PlayEvent): number {
  const isOne = ![SECONDS.broken, SECONDS.tooMuch].some((seconds) => seconds === play.watchedSeconds);
  return isOne ? Math.fround(evaluate(play)) : NaN;
}

type Step =
  | { readonly kind: 'arrive'; readonly records: number }
  | { readonly kind: 'take'; readonly topic: (typeof JOINED_TOPICS)[number]; readonly records: number }
  | { readonly kind: 'die'; readonly labels: number }
  | { readonly kind: 'replay'; readonly topic: (typeof JOINED_TOPICS)[number] }
  | { readonly kind: 'drain' | 'settle' | 'sweep' | 'encode' | 'write' | 'kill' | 'move' };

const topic = fc.constantFrom(...JOINED_TOPICS);
const only = <K extends string>(...kinds: K[]): fc.Arbitrary<{ kind: K }> =>
  fc.record({ kind: fc.constantFrom(...kinds) });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constant('arrive' as const), records: fc.integer({ min: 1, max: 8 }) }),
    },
    {
      weight: 14,
      arbitrary: fc.record({
        kind: fc.constant('take' as const),
        topic,
        records: fc.integer({ min: 1, max: 5 }),
      }),
    },
    { weight: 12, arbitrary: only('encode', 'write', 'write') },
    { weight: 8, arbitrary: only('drain', 'sweep', 'settle', 'settle') },
    { weight: 3, arbitrary: only('kill', 'kill', 'kill', 'move') },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('die' as const), labels: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('replay' as const), topic }) },
  ),
  { minLength: 20, maxLength: 120 },
);

/** Runs a scenario through a partition's lives. */
class Run {
  readonly lives: PartitionLives;
  #arrived = 0;

  constructor(
    readonly scenario: readonly ScenarioRecord[],
    settings: JoinSettings,
  ) {
    this.lives = new PartitionLives(NOON_MS - MINUTE_MS, settings, { text: 'model', evaluate });
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'arrive':
        return this.arrive(step.records);
      case 'take':
        return this.lives.take(step.topic, step.records);
      case 'replay':
        for (const { record } of this.scenario.slice(0, this.#arrived))
          if (record.topic === step.topic) await this.lives.append(record);
        return;
      case 'die':
        this.lives.dieAfterLabels(step.labels);
        return;
      case 'drain':
        for (const each of JOINED_TOPICS) await this.lives.take(each);
        return;
      case 'settle':
        // Everything there is has been seen, and the time is noted; then the horizon moves there.
        for (const kind of ['drain', 'sweep', 'sweep'] as const) await this.step({ kind });
        return;
      case 'kill':
      case 'move':
        this.lives[step.kind]();
        return;
      default:
        return this.lives[step.kind]();
    }
  }

  /** @param isFollowed time is noted and windows are closed after every record: as soon as may be */
  async arrive(most = Infinity, isFollowed = false): Promise<void> {
    for (let i = 0; i < most && this.#arrived < this.scenario.length; i++) {
      if (isFollowed) await this.step({ kind: 'settle' });
      const { record, arrivesAtMs } = this.scenario[this.#arrived++]!;
      this.lives.clock.advance(Math.max(0, arrivesAtMs - this.lives.clock.nowMs()));
      await this.lives.append(record);
    }
  }

  /**
   * Everything arrives and is taken, and so much time passes that nothing can be open any more; nothing arrives in that time. Before and after, all partitions
   * are replayed whole, to a learner that has just begun.
   */
  async end(isFollowed: boolean): Promise<void> {
    this.lives.dieAfterLabels(Infinity);
    await this.arrive(Infinity, isFollowed);
    await this.#replayAll();
    this.lives.clock.advance(1_000 * MINUTE_MS);
    for (const kind of ['sweep', 'sweep'] as const) await this.step({ kind });
    await this.#replayAll();
    this.lives.clock.advance(1_000 * MINUTE_MS);
    for (const kind of ['sweep', 'sweep', 'encode', 'write'] as const) await this.step({ kind });
  }

  async #replayAll(): Promise<void> {
    for (const kind of ['drain', 'encode', 'write', 'kill'] as const) await this.step({ kind });
    for (const each of JOINED_TOPICS) await this.step({ kind: 'replay', topic: each });
    await this.step({ kind: 'drain' });
  }
}

/** Reward by slot as the labels say, each label checked to follow from the one before. */
function rewardsOf(labels: readonly LabelEvent[]): [string, number][] {
  const rewards = new Map<string, number>();
  for (const { kind, requestId, slot, rewardBefore, rewardAfter } of labels) {
    const key = `${requestId}/${slot}`;
    expect(rewards.get(key), `${kind} of ${key}`).toBe(kind === 'trial' ? undefined : rewardBefore);
    expect(kind === 'trial' ? rewardAfter === 0 : rewardAfter > rewardBefore, `${kind} of ${key}`).toBe(true);
    rewards.set(key, rewardAfter);
  }
  return sorted(rewards);
}

const sorted = (rewards: ReadonlyMap<string, number>): [string, number][] =>
  [...rewards].sort(([a], [b]) => (a < b ? -1 : 1));

describe('the join against a reference that looks at everything at once', { timeout: 240_000 }, () => {
  it('learns the same and refuses the same, whatever the order, the repeats and the kills', async () => {
    const seen = { lives: 0, trials: 0, rewards: 0, refused: 0, matured: 0 };
    await fc.assert(
      fc.asyncProperty(scenarios, steps, fc.boolean(), async (scenario, all, isFollowed) => {
        const run = new Run(scenario, SETTINGS);
        for (const step of all) await run.step(step);
        await run.end(isFollowed);
        const { lives } = run;
        const happened = scenario.flatMap((one) => one.happened ?? []);
        const expected = expectedJoin(happened, WINDOW_MS, rewardOf);
        expect(rewardsOf(await countedLabels(lives.log))).toEqual(sorted(expected.rewards));

        // A record's first copy is refused if and only if nothing can be made of it. A later copy of a page that is over has come too late, of course.
        const firsts = new Map<string, number>();
        for (const each of JOINED_TOPICS)
          for (const { value, key, offset } of lives.records[each]) {
            const bytes = `${each} ${key} ${Buffer.from(value).toString('hex')}`;
            if (!firsts.has(bytes)) firsts.set(bytes, offset);
          }
        for (const { record, happened: event } of scenario) {
          const bytes = `${record.topic} ${record.key} ${Buffer.from(record.value).toString('hex')}`;
          const name = `${record.topic}/${firsts.get(bytes)!}`;
          if (event !== undefined && expected.lateRepeats.has(event)) continue;
          const isRefused = event === undefined || expected.refused.has(event);
          expect(lives.refused.has(name), `${name} ${lives.refused.get(name) ?? ''}`).toBe(isRefused);
        }

        const { totals } = (await lives.partition()).join.table;
        expect(totals).toMatchObject({ openJoins: 0, openSlots: 0, heldEvents: 0 });
        expect(await lives.storedJoins()).toEqual([]);
        seen.lives += lives.lives;
        seen.trials += expected.rewards.size;
        seen.rewards += [...expected.rewards.values()].filter((reward) => reward > 0).length;
        seen.refused += lives.refused.size;
        seen.matured += lives.counts.get('matured') ?? 0;
      }),
      { numRuns: 200, seed: 11 },
    );
    // The property would be empty otherwise.
    for (const [what, n] of Object.entries(seen)) expect(n, what).toBeGreaterThan(250);
  });

  it('never learns twice nor more than there was where too much is open, and says what it gave up', async () => {
    const seen = { evicted: 0, rejected: 0, tooManyHeld: 0, tooManyPlays: 0 };
    const settings = { ...SETTINGS, maxOpenJoins: 3, maxOpenSlots: 8, maxHeldEvents: 4, maxPlaysPerSlot: 1 };
    await fc.assert(
      fc.asyncProperty(scenarios, steps, fc.boolean(), async (scenario, all, isFollowed) => {
        const run = new Run(scenario, settings);
        const { lives } = run;
        for (const step of all) {
          await run.step(step);
          const { totals } = (await lives.partition()).join.table;
          expect(totals.openJoins).toBeLessThanOrEqual(2);
          expect(totals.openSlots).toBeLessThanOrEqual(8);
          expect(totals.heldEvents).toBeLessThanOrEqual(4);
        }
        await run.end(isFollowed);
        const happened = scenario.flatMap((one) => one.happened ?? []);
        const expected = expectedJoin(happened, WINDOW_MS, rewardOf).rewards;
        const learned = new Map(rewardsOf(await countedLabels(lives.log)));
        // Where a slot's first impression was not kept, a later one counts: with its own window.
        const best = expectedJoin(happened, Infinity, rewardOf).rewards;
        for (const [slot, reward] of learned) {
          expect([...expected.keys()]).toContain(slot);
          expect(reward, slot).toBeLessThanOrEqual(best.get(slot)!);
        }
        // Whatever is missing is missing for a reason that was told.
        const told = new Set(
          [...lives.refused.keys()].map((name) => {
            const [each, offset] = name.split('/') as [(typeof JOINED_TOPICS)[number], string];
            return requestOf(lives.records[each][Number(offset)]!.value);
          }),
        );
        for (const [slot, reward] of expected)
          if (learned.get(slot) !== reward) expect(told, slot).toContain(slot.split('/')[0]);
        expect(await lives.storedJoins()).toEqual([]);
        const codes = [...lives.refused.values()];
        seen.evicted += lives.counts.get('evicted') ?? 0;
        for (const code of codes) {
          if (code === 'event/too-many-open') seen.rejected++;
          if (code === 'event/too-many-held') seen.tooManyHeld++;
          if (code === 'event/too-many-plays') seen.tooManyPlays++;
        }
      }),
      { numRuns: 120, seed: 12 },
    );
    for (const [what, n] of Object.entries(seen)) expect(n, what).toBeGreaterThan(20);
  });
});

/** Ids of the scenarios are "r" and a digit, and stand near the beginning of every event. */
function requestOf(value: Uint8Array): string {
  return /r\d/.exec(Buffer.from(value).toString('latin1'))?.[0] ?? '';
}
