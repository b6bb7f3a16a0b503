import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../features/key-value/memory/index.js';
import { LEASE_MS, PARTITIONS, SharedLearners, type SharedLearner } from './shared-learners.fixture.js';

const all = (learners: readonly SharedLearner[]): number[] =>
  learners.flatMap(({ learner }) => [...learner.stats().partitions]).sort();

async function pages(world: SharedLearners, from: number, to: number): Promise<void> {
  for (let request = from; request < to; request++) await world.page(request);
}

/** What is served is what one learner that has everything would serve: its parameters are float32. */
async function expectOneModel(world: SharedLearners): Promise<void> {
  const calm = await world.calmly();
  const means = world.means();
  expect(Math.max(...calm.means.map(Math.abs))).toBeGreaterThan(0.1);
  for (const [i, mean] of calm.means.entries()) expect(Math.abs(means[i]! - mean)).toBeLessThan(1e-6);
  const curves = await world.curves();
  for (const axis of ['columns', 'rows'] as const) {
    const [mine, theirs] = [curves![axis].examination, calm.curves![axis].examination];
    expect(calm.curves![axis].plays.some((plays) => plays > 0)).toBe(true);
    for (const [i, value] of theirs.entries()) expect(Math.abs(mine[i]! - value)).toBeLessThan(1e-9);
  }
}

function expectRisingVersions(world: SharedLearners): void {
  const { versions } = world.served;
  for (const [i, version] of versions.slice(1).entries()) expect(version).toBeGreaterThan(versions[i]!);
}

describe('learners that share partitions and a store', () => {
  it('publish one model of what all of them know, and tell every member’s history once', async () => {
    const world = new SharedLearners();
    const first = await world.start();
    const second = await world.start();
    await world.serve();
    await world.pass(200);
    expect(world.publishers()).toEqual([first]);
    await pages(world, 0, 30);
    await world.settled();
    expect(all([first, second])).toEqual([0, 1, 2, 3]);
    for (const { learner } of [first, second]) expect(learner.stats().counters.trials).toBeGreaterThan(0);
    await expectOneModel(world);
    expect(second.versions).toEqual([]);
    // 30 requests of 10 members, two plays each
    expect([...world.histories.values()].reduce((sum, { plays }) => sum + plays, 0)).toBe(60);
    expect([...first.faults, ...second.faults]).toEqual([]);
    await world.leave(second);
    await world.leave(first);
  });

  it('go on from each other’s partitions when one comes, goes or dies', async () => {
    const world = new SharedLearners();
    const stores = [memoryKeyValue(), memoryKeyValue()] as const;
    const first = await world.start(stores[0]);
    await world.serve();
    await pages(world, 0, 12);
    await world.settled();
    const second = await world.start(stores[1]);
    await pages(world, 12, 20);
    await world.settled();
    await expectOneModel(world);
    await world.leave(second);
    await pages(world, 20, 28);
    await world.settled();
    expect(first.learner.stats().partitions).toHaveLength(PARTITIONS);
    await expectOneModel(world);
    const again = await world.start(stores[1]);
    await pages(world, 28, 34);
    await world.kill(again);
    await world.settled();
    await expectOneModel(world);
    expectRisingVersions(world);
    await world.leave(first);
  });

  it('replace a publisher that dies, and number on', async () => {
    const world = new SharedLearners();
    const first = await world.start();
    const second = await world.start();
    await world.serve();
    await pages(world, 0, 20);
    await world.settled();
    const before = world.served.now!.version;
    await world.kill(first);
    await pages(world, 20, 30);
    await second.learner.drained();
    await world.pass(LEASE_MS / 2);
    expect(world.publishers()).toEqual([]);
    expect(world.served.now!.version).toBe(before);
    await world.pass(LEASE_MS + 1_000);
    expect(world.publishers()).toEqual([second]);
    await world.settled();
    await expectOneModel(world);
    expect(world.served.now!.version).toBeGreaterThan(before);
    expectRisingVersions(world);
    await world.leave(second);
  });

  it('refuse what a publisher that was replaced without knowing it still publishes', async () => {
    const world = new SharedLearners();
    const zombie = await world.start();
    const second = await world.start();
    await world.serve();
    await pages(world, 0, 20);
    await world.settled();
    // Its timers stand still: no beat, and nothing else it does by itself.
    await world.pass(LEASE_MS + 1_100, [second]);
    expect(second.learner.stats().publishes).toBe(true);
    const { version } = world.served.now!;
    expect(zombie.learner.stats().publishes).toBe(true);
    await zombie.learner.publishNow({ base: true });
    expect(world.served.now!.version).toBe(version);
    expect(zombie.faults).toContainEqual(expect.objectContaining({ code: 'store/conflict' }));
    await world.pass(1_500);
    expect(world.publishers()).toEqual([second]);
    await pages(world, 20, 24);
    await world.settled();
    await expectOneModel(world);
    expectRisingVersions(world);
    await world.leave(zombie);
    await world.leave(second);
  });

  it('lose a partition to whoever claimed it later, as soon as the store refuses what they write of it', async () => {
    const world = new SharedLearners();
    const zombie = await world.start();
    await world.serve();
    await pages(world, 0, 10);
    await world.settled();
    // Of another group: nobody tells the first that its partitions are claimed, and nothing is appended to tell it.
    const other = await world.start(memoryKeyValue(), { group: 'other' });
    await other.learner.drained();
    await world.pass(1_100, [zombie]);
    expect(zombie.learner.stats().counters.lost).toBe(PARTITIONS);
    await world.leave(other);
    await world.settled();
    expect(zombie.learner.stats().partitions).toHaveLength(PARTITIONS);
    await expectOneModel(world);
    await world.leave(zombie);
  });

  it('publish on at once when the publisher breaks down, though its process goes on', async () => {
    const world = new SharedLearners();
    // Whose partitions are given to it loses one only by a mistake, and stops.
    const broken = await world.start(memoryKeyValue(), { partitions: [0, 1, 2, 3] });
    await world.serve();
    await pages(world, 0, 10);
    await world.settled();
    expect(world.publishers()).toEqual([broken]);
    const second = await world.start(memoryKeyValue(), { group: 'other' });
    await world.pass(1_100, [broken]);
    await expect(broken.learner.stopped).rejects.toMatchObject({ code: 'store/owned' });
    expect(broken.learner.stats().publishes).toBe(false);
    await world.pass(LEASE_MS / 2, [second]);
    expect(second.learner.stats().publishes).toBe(true);
    await second.learner.drained();
    await second.learner.publishNow({ base: true });
    await expectOneModel(world);
    await world.leave(second);
    await world.kill(broken);
  });

  it('number on, and publish everything again, when the store has lost all it had', async () => {
    const world = new SharedLearners();
    const first = await world.start();
    const second = await world.start();
    await world.serve();
    await pages(world, 0, 20);
    await world.settled();
    const keys: string[] = [];
    for await (const [key] of world.shared.scan('')) keys.push(key);
    await world.shared.write({ deletes: keys });
    await world.pass(2 * LEASE_MS);
    await pages(world, 20, 24);
    await world.settled();
    await expectOneModel(world);
    expectRisingVersions(world);
    await world.leave(second);
    await world.leave(first);
  });
});
