import { describe, expect, it } from 'vitest';
import type { LabelEvent } from '../events/events.js';
import { DEFAULT_JOIN_SETTINGS, type JoinOutcome, type JoinSettings } from './join-outcome.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  playOf,
  playRecord,
  type TopicRecord,
} from './joined-events.fixture.js';
import { PartitionJoin } from './partition-join.js';
import { readRecord } from './record-reading.js';
import { rewardExpression } from './reward-expression.js';

const WINDOW_MS = DEFAULT_JOIN_SETTINGS.attributionWindowMs;
const HOUR_MS = 3_600_000;

class Joined {
  readonly join: PartitionJoin;
  readonly labels: LabelEvent[] = [];
  #offset = 0;

  constructor(settings: Partial<JoinSettings> = {}, reward = 'min(1, watchedSeconds / 600)') {
    this.join = new PartitionJoin({ ...DEFAULT_JOIN_SETTINGS, ...settings }, rewardExpression(reward));
  }

  /** @returns what became of the records: kinds, refusals with their code */
  take(...records: TopicRecord[]): string[] {
    return records.flatMap(({ topic, key, value }) =>
      this.note(this.join.take(readRecord({ topic, key, value, offset: this.#offset++ }))),
    );
  }

  note(outcomes: readonly JoinOutcome[]): string[] {
    return outcomes.map((outcome) => {
      if (outcome.kind === 'trial' || outcome.kind === 'labelled') this.labels.push(outcome.label);
      return outcome.kind === 'refused' ? outcome.code : outcome.kind;
    });
  }

  get rewards(): [before: number, after: number][] {
    return this.labels.map(({ rewardBefore, rewardAfter }) => [rewardBefore, rewardAfter]);
  }
}

const decision = decisionRecord(decisionOf(0));
const impression = impressionRecord(impressionOf(0, 1));
const play = (seconds: number, changes = {}): TopicRecord => playRecord(playOf(0, 1, seconds, changes));

describe('a displayed slot', () => {
  it('is a trial at once, said with everything the fold needs', () => {
    const joined = new Joined();
    expect(joined.take(decision, impressionRecord(impressionOf(0, 2)))).toEqual(['opened', 'trial']);
    expect(joined.labels).toEqual([
      {
        kind: 'trial',
        requestId: 'r0',
        memberId: 'm0',
        slot: 2,
        canvas: 'home',
        experiment: 'e1',
        variant: 'personal',
        policy: 'linear-thompson',
        snapshotVersion: 1,
        contextSchema: decisionOf(0).contextSchema,
        rowId: 'second',
        position: 0,
        titleRevision: 2,
        arm: 2,
        propensity: 0.75,
        flags: 0,
        device: 0,
        daypart: 1,
        country: 'CH',
        memberVector: decisionOf(0).memberVector,
        epoch: 3,
        impressionAtMs: NOON_MS + 500,
        atMs: NOON_MS + 500,
        rewardBefore: 0,
        rewardAfter: 0,
        watchedSeconds: 0,
        rowIndex: 1,
        examination: 1,
        swaps: new Float32Array(0),
        neighbourRewards: new Float32Array(0),
        ownerEpoch: 0,
        ownerSequence: 0,
      },
    ]);
  });

  it('earns the best of its plays: repeats and worse plays change nothing', () => {
    const joined = new Joined();
    expect(
      joined.take(
        decision,
        impression,
        impression,
        play(150),
        play(150),
        play(60),
        play(300, { playId: '2' }),
        decision,
      ),
    ).toEqual([
      'opened',
      'trial',
      'duplicate',
      'labelled',
      'unchanged',
      'unchanged',
      'labelled',
      'duplicate',
    ]);
    expect(joined.rewards).toEqual([
      [0, 0],
      [0, 0.25],
      [0.25, 0.5],
    ]);
  });

  it('learns a late reward like an early one, as of its impression', () => {
    const early = new Joined();
    const late = new Joined();
    const atMs = impressionOf(0, 1).atMs;
    early.take(decision, impression, play(150, { atMs: atMs + 1 }));
    late.take(decision, impression, play(150, { atMs: atMs + WINDOW_MS }));
    const sums = ({ impressionAtMs, rewardBefore, rewardAfter }: LabelEvent): unknown => [
      impressionAtMs,
      rewardBefore,
      rewardAfter,
    ];
    expect(late.labels.map(sums)).toEqual(early.labels.map(sums));
    expect(late.take(play(600, { atMs: atMs + WINDOW_MS + 1 }))).toEqual(['event/expired']);
  });

  it('does not count an impression that is later than the window', () => {
    const joined = new Joined();
    joined.take(decision);
    expect(joined.take(impressionRecord(impressionOf(0, 1, { atMs: NOON_MS + WINDOW_MS + 1 })))).toEqual([
      'event/expired',
    ]);
    expect(joined.take(impressionRecord(impressionOf(0, 1, { atMs: NOON_MS + WINDOW_MS })))).toEqual([
      'trial',
    ]);
  });

  it('refuses a reward outside [0, 1], whole', () => {
    const joined = new Joined({}, 'watchedSeconds <= 36000 ? 1 : 2');
    expect(joined.take(decision, impression, play(40_000), play(60))).toEqual([
      'opened',
      'trial',
      'bandit/bad-reward',
      'labelled',
    ]);
  });
});

describe('order', () => {
  it('holds a play until its impression, and everything until its decision', () => {
    const joined = new Joined();
    expect(joined.take(play(300), impression, play(150))).toEqual(['held', 'held', 'held']);
    expect(joined.take(decision)).toEqual(['opened', 'trial', 'labelled', 'unchanged']);
    expect(joined.join.table.totals.heldEvents).toBe(0);
    expect(joined.take(playRecord(playOf(0, 0, 600)), impressionRecord(impressionOf(0, 0)))).toEqual([
      'held',
      'trial',
      'labelled',
    ]);
  });

  it('never counts a play whose slot was never displayed', () => {
    const joined = new Joined();
    joined.take(decision, play(600));
    expect(joined.note(joined.join.advanceHorizon(NOON_MS + WINDOW_MS + HOUR_MS))).toEqual([
      'matured',
      'event/orphan',
    ]);
    expect(joined.labels).toEqual([]);
  });

  it('gives up an event whose decision does not come, once the hold is over', () => {
    const joined = new Joined();
    joined.take(impression);
    const receivedAtMs = impressionOf(0, 1).receivedAtMs;
    const holdMs = DEFAULT_JOIN_SETTINGS.orphanHoldMs;
    expect(joined.note(joined.join.advanceHorizon(receivedAtMs + holdMs))).toEqual([]);
    expect(joined.note(joined.join.advanceHorizon(receivedAtMs + holdMs + 1))).toEqual(['event/orphan']);
    expect(joined.take(decision)).toEqual(['opened']);
    expect(joined.join.table.totals.heldEvents).toBe(0);
  });
});

describe('what is refused', () => {
  it('is unreadable: other bytes, another key, an id that is too long', () => {
    const joined = new Joined();
    const broken = Uint8Array.of(9, 9, 9);
    expect(
      joined.take(
        { ...decision, value: broken },
        { ...impression, value: broken },
        { ...play(1), value: broken },
      ),
    ).toEqual(Array(3).fill('event/unreadable'));
    expect(joined.take({ ...impression, key: 'm4' })).toEqual(['event/unreadable']);
    const long = impressionOf(0, 1);
    expect(
      joined.take(
        impressionRecord({
          ...long,
          requestId: `${long.requestId}${'x'.repeat(300)}` as typeof long.requestId,
        }),
      ),
    ).toEqual(['event/unreadable']);
  });

  it('names a slot the page does not have, or a page of somebody else', () => {
    const joined = new Joined();
    joined.take(decision);
    expect(joined.take(impressionRecord(impressionOf(0, 3)))).toEqual(['event/bad-slot']);
    const other = impressionOf(1, 0, { requestId: impressionOf(0, 0).requestId });
    expect(joined.take(impressionRecord(other))).toEqual(['event/orphan']);
  });
});

describe('what is open', () => {
  it('closes when its windows have, and stays closed should its decision come again', () => {
    const joined = new Joined();
    joined.take(decision, impression);
    expect(joined.note(joined.join.advanceHorizon(NOON_MS + WINDOW_MS + HOUR_MS))).toEqual(['matured']);
    expect(joined.join.table.totals.openJoins).toBe(0);
    expect(joined.take(decision)).toEqual(['event/expired']);
  });

  it('stays open for plays of a late impression', () => {
    const joined = new Joined();
    const atMs = NOON_MS + WINDOW_MS;
    joined.take(decision, impressionRecord(impressionOf(0, 1, { atMs })));
    expect(joined.note(joined.join.advanceHorizon(NOON_MS + WINDOW_MS + HOUR_MS))).toEqual([]);
    expect(joined.take(play(600, { atMs: atMs + WINDOW_MS }))).toEqual(['labelled']);
  });

  it('is bounded by number and by slots: the oldest are given up and not opened again', () => {
    const joined = new Joined({ maxOpenJoins: 2 });
    const pages = [0, 1, 2].map((r) => decisionRecord(decisionOf(r)));
    expect(joined.take(...pages)).toEqual(['opened', 'opened', 'evicted', 'opened']);
    expect(joined.take(pages[0]!, impression)).toEqual(['event/expired', 'held']);
    expect(new Joined({ maxOpenSlots: 4 }).take(...pages.slice(0, 2))).toEqual([
      'opened',
      'evicted',
      'opened',
    ]);
    expect(new Joined({ maxOpenSlots: 2 }).take(pages[0]!)).toEqual(['event/too-many-open']);
  });

  it('never gives up a newer decision for an older one: it could be counted again', () => {
    const joined = new Joined({ maxOpenJoins: 1 });
    const [older, newer] = [0, 1].map((r) => decisionRecord(decisionOf(r)));
    expect(joined.take(newer!, older!, newer!)).toEqual(['opened', 'event/too-many-open', 'duplicate']);
  });

  it('is not closed to everybody by one decision from a clock that runs ahead', () => {
    const joined = new Joined({ maxOpenJoins: 2 });
    const ahead = decisionRecord(decisionOf(0, { atMs: NOON_MS + 24 * HOUR_MS }));
    const pages = [1, 2, 3].map((r) => decisionRecord(decisionOf(r)));
    expect(joined.take(ahead, ...pages)).toEqual([
      'opened',
      'opened',
      'evicted',
      'opened',
      'evicted',
      'opened',
    ]);
  });

  it('holds a bounded number of events', () => {
    const joined = new Joined({ maxHeldEvents: 3, maxPlaysPerSlot: 2 });
    expect(joined.take(play(1), play(2), play(3))).toEqual(['held', 'held', 'event/too-many-plays']);
    expect(joined.take(impression, impressionRecord(impressionOf(1, 0)))).toEqual([
      'held',
      'event/too-many-held',
    ]);
    expect(joined.take(decision)).toEqual(['opened', 'trial', 'labelled', 'labelled']);
    expect(joined.take(impressionRecord(impressionOf(1, 0)))).toEqual(['held']);
  });
});
