import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SharedStatistics } from './shared-statistics.js';
import {
  calmlyOf,
  expectSameSums,
  partialModels,
  PartialWorld,
  publishedOf,
} from './partial-world.fixture.js';

const LEARNERS = 3;
const learner = fc.nat({ max: LEARNERS - 1 });
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('happen' as const),
      request: fc.nat({ max: 40 }),
      slot: fc.nat({ max: 2 }),
      minute: fc.nat({ max: 600 }),
      reward: fc.constantFrom(0, 0, 0.5, 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const), learner }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('checkpoint' as const), partition: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      partition: fc.nat(),
      learner,
      isHandedOn: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const worlds = fc.record({
  partitions: fc.integer({ min: 1, max: 6 }),
  halfLifeMs: fc.constantFrom(undefined, 3_600_000),
  split: fc.array(learner, { minLength: 6, maxLength: 6 }),
  steps: fc.array(step, { minLength: 10, maxLength: 80 }),
});

async function take(world: PartialWorld, one: Step, publish: () => Promise<void>): Promise<void> {
  switch (one.kind) {
    case 'happen':
      return world.happen(one);
    case 'flush':
      return world.flush(one.learner);
    case 'publish':
      return publish();
    case 'checkpoint':
      return world.checkpoint(one.partition % world.partitions);
    case 'move': {
      const partition = one.partition % world.partitions;
      if (one.isHandedOn) {
        await world.flushOne(world.shares.get(partition)!);
        await world.checkpoint(partition);
      }
      await world.give(partition, one.learner);
    }
  }
}

/** Rows as they were last published, by model: what a serving process has. */
class Published {
  readonly rows: Map<number, Uint8Array>[] = [];
  #isBegun = false;

  constructor(
    readonly statistics: SharedStatistics,
    readonly models: number,
  ) {
    for (let m = 0; m < models; m++) this.rows.push(new Map());
  }

  async publish(): Promise<void> {
    await this.statistics.refresh();
    for (const [m, rows] of this.rows.entries()) {
      const touched = this.statistics.drainTouched(m);
      for (const row of this.#isBegun ? touched : this.statistics.allRows(m))
        rows.set(row, this.statistics.merged(m).encodeRow(row));
    }
    this.#isBegun = true;
  }
}

describe('partial statistics of learners that share partitions', () => {
  it('add up to what one learner knows of everything, whoever had which partition when', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ partitions, halfLifeMs, split, steps }) => {
        const models = partialModels(halfLifeMs);
        const world = new PartialWorld(partitions, models, halfLifeMs);
        for (let p = 0; p < partitions; p++) await world.give(p, split[p]!);
        const published = new Published(world.publisher(0), models.length);
        for (const one of steps) await take(world, one, () => published.publish());
        await world.flush();
        await published.publish();

        const found = await publishedOf(published.statistics, models.length);
        const wanted = calmlyOf(world.calmly());
        for (const [i, arms] of wanted.entries()) expectSameSums(found[i]!, arms);
        // The rows that were said to have changed are all that have.
        for (const [m, rows] of published.rows.entries()) {
          const arms = published.statistics.merged(m);
          expect([...rows.keys()].sort()).toEqual([...published.statistics.allRows(m)].sort());
          for (const [row, bytes] of rows) expect(arms.encodeRow(row)).toEqual(bytes);
        }
        // Another publisher, that has no partitions and begins now, has the same to the last bit.
        const other = world.publisher();
        await other.refresh();
        for (const [i, arms] of (await publishedOf(other, models.length)).entries())
          expect(arms.equals(found[i]!)).toBe(true);
      }),
      { seed: 4, numRuns: 60 },
    );
  }, 120_000);
});
