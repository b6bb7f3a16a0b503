import { describe, expect, it } from 'vitest';
import {
  encodeActivation,
  encodeCommand,
  encodeRank,
  encodeReward,
  type LearningMode,
} from '../../feedback/events/personalizer-events.js';
import { DIMENSION, FEATURE_SCHEMA } from './features.js';
import { PersonalizerFold } from './fold.js';
import type { ServiceSettings } from './service-settings.js';
import { chosenContexts } from './decision.js';
import { exportedModel, verifiedModel } from './model-file.js';

const SERVICE: ServiceSettings = {
  ...{ rewardWaitMs: 600_000, defaultReward: 0, rewardAggregation: 'earliest' },
  ...{ explorationPercentage: 0.2, learningMode: 'Online' },
};
const ASKED = {
  ...{ context: [{ hour: 'late' }], excluded: [] },
  actions: [
    { id: 'a', features: [{ kind: 'x' }] },
    { id: 'b', features: [{ kind: 'y' }] },
  ],
};
const START = 1_000_000;

function story(service: Partial<ServiceSettings> = {}, range = { lowest: 0, highest: 1 }) {
  const policy = { name: 'p', model: { lambda: 1, gamma: 10, growth: 0.5 } };
  const fold = new PersonalizerFold({
    service: { ...SERVICE, ...service },
    policy,
    range,
    halfLifeMs: Infinity,
  });
  let offset = 0;
  const tell = (value: Uint8Array) => fold.apply(offset++, value);
  return {
    fold,
    tell,
    rank: (
      eventId: string,
      atMs = START,
      more: { deferred?: boolean; mode?: LearningMode; asked?: object } = {},
    ) => {
      const { deferred = false, mode = 'Online', asked = ASKED } = more;
      const slots = (asked as { slots?: unknown[] }).slots?.length ?? 1;
      tell(
        encodeRank({
          ...{ eventId, atMs, deferred, mode, request: JSON.stringify(asked), foldedTo: 0 },
          chosen: Uint8Array.from({ length: slots }, (_, i) => i),
          propensities: new Float32Array(2 * slots).fill(0.5),
          featureSchema: FEATURE_SCHEMA,
        }),
      );
    },
    reward: (eventId: string, value: number, atMs = START + 1, slot = '') =>
      tell(encodeReward({ eventId, atMs, rewards: [[slot, value]] })),
    activate: (eventId: string, atMs = START + 1) => tell(encodeActivation({ eventId, atMs })),
    mean: () => {
      const [x] = chosenContexts(ASKED, Uint8Array.of(0));
      fold.model.contexts.set(x!, 0);
      return fold.model.score(1).means[0]!;
    },
  };
}

/** One example of reward r under λ = 1: x·θ = r·‖x‖²/(1 + ‖x‖²), the ridge regression of a single row. */
function meanAfter(...rewards: number[]): number {
  const [x] = chosenContexts(ASKED, Uint8Array.of(0));
  const squares = x!.reduce((sum, v) => sum + v * v, 0);
  const total = rewards.reduce((sum, r) => sum + r, 0);
  return (total * squares) / (1 + rewards.length * squares);
}

describe('an event of one slot', () => {
  it('counts its first reward, whatever comes later', () => {
    const { fold, rank, reward, mean } = story();
    rank('e');
    reward('e', 0.5);
    reward('e', 1);
    expect(mean()).toBeCloseTo(meanAfter(0.5), 6);
    expect(fold.head.counters).toMatchObject({ learned: 1, rewards: 2, ignoredRewards: 1 });
  });

  it('sums its rewards where so configured, within the range', () => {
    const { rank, reward, mean } = story({ rewardAggregation: 'sum' });
    rank('e');
    reward('e', 0.25);
    reward('e', 0.5);
    expect(mean()).toBeCloseTo(meanAfter(0.75), 6);
    reward('e', 1);
    expect(mean()).toBeCloseTo(meanAfter(1), 6);
    reward('e', -1);
    expect(mean()).toBeCloseTo(meanAfter(0.75), 6);
  });

  it('has the default reward until one comes, and for good when none comes in time', () => {
    const { fold, rank, reward, mean } = story({ defaultReward: 0.2 });
    rank('e');
    expect(mean()).toBeCloseTo(meanAfter(0.2), 6);
    reward('e', 1, START + 600_001);
    expect(mean()).toBeCloseTo(meanAfter(0.2), 6);
    expect([fold.open.size, fold.head.counters.unmatched]).toEqual([0, 1]);
  });

  it('takes a reward at the last moment', () => {
    const { rank, reward, mean } = story();
    rank('e');
    reward('e', 1, START + 600_000);
    expect(mean()).toBeCloseTo(meanAfter(1), 6);
  });

  it('is learned in shares of the reward range', () => {
    const { rank, reward, mean } = story({}, { lowest: -1, highest: 1 });
    rank('e');
    reward('e', 0.5);
    expect(mean()).toBeCloseTo(meanAfter(0.75), 6);
  });

  it('is known once: the same id again changes nothing while it is open', () => {
    const { fold, rank, reward, mean } = story();
    rank('e');
    rank('e', START + 1);
    reward('e', 1, START + 2);
    expect(mean()).toBeCloseTo(meanAfter(1), 6);
    expect(fold.head.counters).toMatchObject({ learned: 1, repeatedRanks: 1 });
    rank('e', START + 700_000);
    expect(fold.head.counters.learned).toBe(2);
  });

  it('that nobody asked for is counted and forgotten', () => {
    const { fold, reward, activate, mean } = story();
    reward('unknown', 1);
    activate('unknown');
    expect(mean()).toBe(0);
    expect(fold.head.counters.unmatched).toBe(2);
  });

  it('of logging-only is not learned from', () => {
    const { fold, rank, reward } = story();
    rank('e', START, { mode: 'LoggingOnly' });
    reward('e', 1);
    expect(fold.head.counters.learned).toBe(0);
  });
});

describe('a deferred event', () => {
  // The three cases of "Behavior with deferred activation" in the service's documentation.
  it('with a reward and no activation is not learned from', () => {
    const { rank, reward, mean } = story();
    rank('e', START, { deferred: true });
    reward('e', 1);
    expect(mean()).toBe(0);
  });

  it.each(['reward first', 'activation first'])('with both is learned with the reward: %s', (order) => {
    const { rank, reward, activate, mean } = story();
    rank('e', START, { deferred: true });
    if (order === 'reward first') reward('e', 1);
    activate('e');
    if (order !== 'reward first') reward('e', 1);
    expect(mean()).toBeCloseTo(meanAfter(1), 6);
  });

  it('with an activation and no reward is learned with the default', () => {
    const { rank, activate, mean } = story({ defaultReward: 0.5 });
    rank('e', START, { deferred: true });
    activate('e');
    activate('e', START + 2);
    expect(mean()).toBeCloseTo(meanAfter(0.5), 6);
  });

  it('activated after the wait is not learned from', () => {
    const { rank, activate, mean } = story({ defaultReward: 0.5 });
    rank('e', START, { deferred: true });
    activate('e', START + 600_001);
    expect(mean()).toBe(0);
  });
});

describe('an event of several slots', () => {
  const slots = [
    { id: 'top', features: [{ place: 'top' }], excluded: [], baseline: 'a' },
    { id: 'side', features: [{ place: 'side' }], excluded: [], baseline: 'b' },
  ];

  it('is learned slot by slot', () => {
    const { fold, rank, reward } = story();
    rank('e', START, { asked: { ...ASKED, slots } });
    reward('e', 1, START + 1, 'side');
    reward('e', 1, START + 1, 'nowhere');
    expect(fold.head.counters).toMatchObject({ learned: 2, unmatched: 1 });
    const xs = chosenContexts({ ...ASKED, slots }, Uint8Array.of(0, 1));
    fold.model.contexts.set(xs[0]!, 0);
    fold.model.contexts.set(xs[1]!, DIMENSION);
    const { means } = fold.model.score(2);
    expect(means[1]).toBeGreaterThan(means[0]!);
  });
});

describe('commands', () => {
  const NONE = new Uint8Array(0);

  it('empty the model, and what it had learned is not corrected afterwards', () => {
    const { fold, tell, rank, reward, mean } = story();
    rank('e');
    tell(encodeCommand({ kind: 'model', atMs: START + 1, body: '{}', payload: NONE }));
    reward('e', 1, START + 2);
    expect(mean()).toBe(0);
    expect(fold.head.counters.unmatched).toBe(1);
  });

  it('take an exported model in, to the bit', () => {
    const taught = story();
    taught.rank('e');
    taught.reward('e', 1);
    const file = exportedModel(taught.fold.model.encode(), 'secret');
    const other = story();
    const payload = verifiedModel(file, 'secret')!;
    other.tell(encodeCommand({ kind: 'model', atMs: START, body: '{}', payload }));
    expect(other.fold.model.encode()).toEqual(taught.fold.model.encode());
    expect(verifiedModel(file, 'another')).toBeUndefined();
    expect(verifiedModel(file.subarray(0, 20), 'secret')).toBeUndefined();
  });

  it('set the wait of events to come, not of those there are', () => {
    const { fold, tell, rank, reward } = story();
    rank('before');
    const body = JSON.stringify({ ...SERVICE, rewardWaitMs: 5_000 });
    tell(encodeCommand({ kind: 'service', atMs: START + 1, body, payload: NONE }));
    rank('after', START + 2);
    reward('before', 1, START + 6_000);
    reward('after', 1, START + 6_000);
    expect(fold.head.counters).toMatchObject({ rewards: 2, unmatched: 1 });
  });

  it.each([
    { lambda: 2, gamma: 10, growth: 0.5 },
    { lambda: 1, gamma: 5, growth: 0.25 },
  ])('keep what was learned under other settings: %j', (model) => {
    const { fold, tell, rank, reward, mean } = story();
    rank('e');
    reward('e', 1);
    const body = JSON.stringify({ name: 'other', model });
    tell(encodeCommand({ kind: 'policy', atMs: START + 2, body, payload: NONE }));
    const [x] = chosenContexts(ASKED, Uint8Array.of(0));
    const squares = x!.reduce((sum, v) => sum + v * v, 0);
    expect(mean()).toBeCloseTo(squares / (model.lambda + squares), 6);
    tell(encodeCommand({ kind: 'policy', atMs: START + 3, body: 'null', payload: NONE }));
    expect(fold.policy.name).toBe('p');
  });
});

it('bytes that are no records change nothing', () => {
  const { fold, tell, rank } = story();
  tell(Uint8Array.of(1, 2, 3));
  tell(encodeCommand({ kind: 'policy', atMs: START, body: '{', payload: new Uint8Array(0) }));
  rank('e', START, { asked: {} });
  expect(fold.head.counters).toMatchObject({ foreign: 3, learned: 0 });
  expect(fold.head.nextOffset).toBe(3);
});
