import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../../../features/key-value/key-value.js';
import { PartitionPartials } from './partition-partials.js';
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

interface Moved {
  readonly gets: number;
  readonly puts: number;
  readonly scans: number;
}

/** A store that counts what is asked of it: entries read, entries written, scans begun. */
function counted(store: KeyValueStore): { readonly store: KeyValueStore; readonly moved: () => Moved } {
  const moved = { gets: 0, puts: 0, scans: 0 };
  return {
    moved: () => ({ ...moved }),
    store: {
      getMany(keys) {
        moved.gets += keys.length;
        return store.getMany(keys);
      },
      write(batch) {
        moved.puts += [...(batch.puts ?? [])].length;
        return store.write(batch);
      },
      scan(prefix) {
        moved.scans++;
        return store.scan(prefix);
      },
      close: () => store.close(),
    },
  };
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
          const stale = [...rows].filter(([row, bytes]) => Buffer.compare(arms.encodeRow(row), bytes) !== 0);
          expect(stale).toEqual([]);
        }
        // Another publisher, that has no partitions and begins now, has the same to the last bit.
        const other = world.publisher();
        await other.refresh();
        for (const [i, arms] of (await publishedOf(other, models.length)).entries())
          expect(arms.equals(found[i]!)).toBe(true);
      }),
      { seed: 4, numRuns: 40 },
    );
  }, 120_000);

  it('move as far as they were touched, however much there is besides', async () => {
    const models = partialModels();
    const movedBy = async (pictures: number): Promise<Moved> => {
      const world = new PartialWorld(2, models);
      for (const partition of [0, 1]) await world.give(partition, 1);
      // request r, slot 1: revision (r + 1) mod 4, arm r mod 3, so 12 requests show 12 pictures of 4 titles
      for (let request = 0; request < pictures; request++)
        await world.happen({ request, slot: 1, minute: 0, reward: 0 });
      await world.flush();
      const { store, moved } = counted(world.shared);
      world.shares.forEach((share, partition) => {
        const partials = new PartitionPartials(share.partition, store);
        world.shares.set(partition, { ...share, partials });
      });
      await world.flush();
      const publisher = world.publisher(undefined, store);
      await publisher.refresh();
      const before = moved();
      await world.happen({ request: 0, slot: 1, minute: 1, reward: 0 });
      await world.flush();
      await publisher.refresh();
      expect([...publisher.drainTouched(0)]).toEqual([3]);
      const after = moved();
      return {
        gets: after.gets - before.gets,
        puts: after.puts - before.puts,
        scans: after.scans - before.scans,
      };
    };
    const [few, many] = [await movedBy(1), await movedBy(12)];
    expect(many).toEqual(few);
    expect(many.scans).toBe(0);
    // a row and a shared block of each model, head, list of changes
    expect(many.puts).toBe(6);
  });
});
