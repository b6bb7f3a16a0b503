import { expect, it } from 'vitest';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { DEFAULT_JOIN_SETTINGS, type JoinSettings } from '../join/join-outcome.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  type TopicRecord,
} from '../join/joined-events.fixture.js';
import { PartitionJoin } from '../join/partition-join.js';
import { readRecord } from '../join/record-reading.js';
import { rewardExpression } from '../join/reward-expression.js';
import { JoinEntries } from './join-entries.js';
import { SpilledJoins } from './spilled-joins.js';

const PAGES = 1_200;

/** A partition's joins over a store that counts what is read of it. */
class Spilled {
  readonly store = memoryKeyValue();
  readonly join: PartitionJoin;
  readonly joins: SpilledJoins;
  reads = 0;

  constructor(settings: Partial<JoinSettings> = {}) {
    const counting = {
      ...this.store,
      getMany: (keys: readonly string[]) => {
        this.reads += keys.length;
        return this.store.getMany(keys);
      },
    };
    this.join = new PartitionJoin({ ...DEFAULT_JOIN_SETTINGS, ...settings }, rewardExpression());
    this.joins = new SpilledJoins(this.join, new JoinEntries(counting, 'learner/00000/'));
  }

  async take(records: readonly TopicRecord[]): Promise<string[]> {
    const read = records.map((record, offset) => readRecord({ ...record, offset }));
    await this.joins.prepare(read);
    return read.flatMap((one) => this.join.take(one).map(({ kind }) => kind));
  }

  async save(): Promise<void> {
    const { changes, swept } = this.joins.drain(NOON_MS + 3_600_000);
    await this.store.write(this.joins.entries.encode(changes, swept));
    this.joins.saved();
  }
}

const decisions = (from: number, to: number): TopicRecord[] =>
  Array.from({ length: to - from }, (_, i) => decisionRecord(decisionOf(from + i)));

it('reads what memory has no room for, and nothing that it has', async () => {
  // A join of three slots takes some 3 KB: room for about a hundred.
  const spilled = new Spilled({ joinCacheBytes: 300_000 });
  for (let page = 0; page < PAGES; page += 100) {
    await spilled.take(decisions(page, page + 100));
    await spilled.save();
  }
  spilled.reads = 0;
  expect(await spilled.take([impressionRecord(impressionOf(PAGES - 1, 0))])).toEqual(['trial']);
  expect(spilled.reads).toBe(0);
  // the state, then the decision
  expect(await spilled.take([impressionRecord(impressionOf(0, 0))])).toEqual(['trial']);
  expect(spilled.reads).toBe(2);
  // A decision that nobody has seen is looked up once, and is certainly new.
  spilled.reads = 0;
  expect(await spilled.take(decisions(PAGES, PAGES + 1))).toEqual(['opened']);
  expect(spilled.reads).toBe(1);
});

it('gives up the oldest of those on disk, whatever is in memory', async () => {
  const spilled = new Spilled({ maxOpenJoins: PAGES, joinCacheBytes: 300_000 });
  await spilled.take(decisions(0, PAGES));
  await spilled.save();
  expect(await spilled.take(decisions(PAGES, PAGES + 2))).toEqual(['evicted', 'opened', 'evicted', 'opened']);
  expect(spilled.join.table.totals.openJoins).toBe(PAGES);
  expect(
    await spilled.take([impressionRecord(impressionOf(1, 0)), impressionRecord(impressionOf(2, 0))]),
  ).toEqual(['held', 'trial']);
  // What the rest of their filing was filed again for: the next ones to go are the next oldest.
  await spilled.save();
  expect(await spilled.take(decisions(PAGES + 2, PAGES + 3))).toEqual(['evicted', 'opened']);
  expect(
    await spilled.take([impressionRecord(impressionOf(2, 1)), impressionRecord(impressionOf(3, 0))]),
  ).toEqual(['held', 'trial']);
});

it('closes what is on disk a slice at a time, and leaves nothing behind', async () => {
  const spilled = new Spilled({ joinCacheBytes: 300_000 });
  await spilled.take(decisions(0, PAGES));
  await spilled.save();
  spilled.join.advanceHorizon(NOON_MS + 100 * 3_600_000);
  const slices: number[] = [];
  for await (const outcomes of spilled.joins.sweep()) {
    slices.push(outcomes.filter(({ kind }) => kind === 'matured').length);
    // Between two slices a batch may come and a checkpoint may be made.
    await spilled.take([impressionRecord(impressionOf(PAGES + 7, 0))]);
    await spilled.save();
  }
  expect(slices.length).toBeGreaterThan(1);
  expect(slices.reduce((sum, n) => sum + n, 0)).toBe(PAGES);
  const left: string[] = [];
  for await (const [key] of spilled.store.scan('learner/')) left.push(key);
  // the impressions that wait for a decision
  expect(left.filter((key) => !key.includes('/expiry/'))).toEqual([`learner/00000/join/r${PAGES + 7}`]);
  expect(spilled.join.table.totals).toMatchObject({ openJoins: 0, openSlots: 0 });
});
