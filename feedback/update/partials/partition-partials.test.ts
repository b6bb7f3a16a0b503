import { describe, expect, it } from 'vitest';
import { decodeJson, PartialKeys, type PartialHead, type PartialOwner } from './partial-keys.js';
import { PartitionPartials } from './partition-partials.js';
import {
  calmlyOf,
  expectSameSums,
  partialModels,
  PartialWorld,
  publishedOf,
} from './partial-world.fixture.js';

const MODELS = partialModels();
const KEYS = new PartialKeys(0);
const seen = (request: number) => ({ request, slot: 1, minute: request, reward: 0.5 });

async function expectAll(world: PartialWorld): Promise<void> {
  const statistics = world.publisher();
  await statistics.refresh();
  const found = await publishedOf(statistics, MODELS.length);
  for (const [i, arms] of calmlyOf(world.calmly()).entries()) expectSameSums(found[i]!, arms);
}

async function headOf(world: PartialWorld): Promise<PartialHead> {
  const [bytes] = await world.shared.getMany([KEYS.head]);
  return decodeJson<PartialHead>(bytes!);
}

async function keysOf(world: PartialWorld, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of world.shared.scan(prefix)) keys.push(key);
  return keys;
}

describe('a partition’s partial statistics', () => {
  it('are written as far as they changed', async () => {
    const world = new PartialWorld(1, MODELS);
    await world.give(0, 0);
    await world.happen(seen(0));
    await world.flush();
    const { version, generation } = await headOf(world);
    await world.happen(seen(1));
    await world.flush();
    await world.flush();
    expect(await headOf(world)).toMatchObject({ version: version + 1, generation });
    // request 1, slot 1: revision 2, so title row 2, and arm 1 of its three: artwork row 2·3 + 1
    const [change] = await world.shared.getMany([KEYS.in(generation).change(version + 1)]);
    expect(decodeJson(change!)).toMatchObject({ 'home/linear': [7], 'home/bagged': [2] });
    await expectAll(world);
  });

  it('are refused from an owner that has been replaced, and so is whatever else it writes as the owner', async () => {
    const world = new PartialWorld(1, MODELS);
    const zombie = await world.give(0, 0);
    await world.happen(seen(0));
    await world.flush();
    await world.give(0, 1);
    await world.happen(seen(1));
    await world.flush();
    const before = await headOf(world);
    const guarded = { expect: zombie.partials.guard, puts: [['history', new Uint8Array(1)]] as const };
    await expect(world.shared.write(guarded)).rejects.toMatchObject({ code: 'store/conflict' });
    world.clock.advance(1_000);
    await world.flushOne(zombie);
    expect(zombie.partials.isFenced()).toBe(true);
    expect(zombie.partials.isOwner).toBe(false);
    expect(await headOf(world)).toEqual(before);
    await expectAll(world);
  });

  it('of an owner that was replaced before it wrote anything are never written', async () => {
    const world = new PartialWorld(1, MODELS);
    const zombie = await world.give(0, 0);
    await world.happen(seen(0));
    await world.give(0, 1);
    await world.flush();
    await world.flushOne(zombie);
    expect(zombie.partials.isFenced()).toBe(true);
    await expectAll(world);
  });

  it('are written anew where a checkpoint is ahead of them', async () => {
    const world = new PartialWorld(1, MODELS);
    await world.give(0, 0);
    await world.happen(seen(0));
    await world.flush();
    const { generation } = await headOf(world);
    await world.happen(seen(1));
    await world.checkpoint(0);
    // It dies before it has written them; the next life has the checkpoint and touches nothing.
    await world.give(0, 0);
    await world.flush();
    expect((await headOf(world)).generation).not.toBe(generation);
    await expectAll(world);
  });

  it('are continued where a checkpoint is behind them', async () => {
    const world = new PartialWorld(1, MODELS);
    await world.give(0, 0);
    await world.happen(seen(0));
    await world.checkpoint(0);
    await world.happen(seen(1));
    await world.flush();
    const { generation } = await headOf(world);
    await world.give(0, 0);
    await world.flush();
    expect((await headOf(world)).generation).toBe(generation);
    await expectAll(world);
  });

  it('are written anew into a store that has lost them, and what is left of them is removed', async () => {
    const world = new PartialWorld(1, MODELS);
    await world.give(0, 0);
    await world.happen(seen(0));
    await world.flush();
    await world.shared.write({ deletes: [KEYS.owner, KEYS.head] });
    // Found out when it looks, once in a while.
    world.clock.advance(1_000);
    await world.flush();
    await world.flush();
    await expectAll(world);
    world.clock.advance(60_000);
    await world.flush();
    const { generation, isSwept } = await headOf(world);
    expect(isSwept).toBe(true);
    const { prefix } = KEYS.in(generation);
    expect((await keysOf(world, KEYS.root)).filter((key) => !key.startsWith(prefix))).toEqual([KEYS.head]);
    await expectAll(world);
  });

  it('of other settings are not mistaken for these', async () => {
    const world = new PartialWorld(1, MODELS);
    await world.give(0, 0);
    await world.happen(seen(0));
    await world.flush();
    const wider = new PartialWorld(1, partialModels(60_000), 60_000);
    for await (const [key, value] of world.shared.scan(''))
      await wider.shared.write({ puts: [[key, value]] });
    const statistics = wider.publisher();
    await statistics.refresh();
    expect(statistics.allRows(0)).toHaveLength(0);
    await wider.give(0, 0);
    await wider.happen(seen(1));
    await wider.flush();
    await statistics.refresh();
    const found = await publishedOf(statistics, MODELS.length);
    for (const [i, arms] of calmlyOf(wider.calmly()).entries()) expectSameSums(found[i]!, arms);
  });

  it('that another log left have no say, whatever their epoch', async () => {
    const world = new PartialWorld(1, MODELS);
    for (let life = 0; life < 5; life++) await world.give(0, 0);
    for (let request = 0; request < 20; request++) await world.happen(seen(request));
    await world.flush();
    const fresh = new PartialWorld(1, MODELS);
    for await (const [key, value] of world.shared.scan(''))
      await fresh.shared.write({ puts: [[key, value]] });
    await fresh.give(0, 0);
    await fresh.happen(seen(3));
    await fresh.flush();
    const [owner] = await fresh.shared.getMany([KEYS.owner]);
    expect(decodeJson<PartialOwner>(owner!)).toMatchObject({ epoch: 1, owner: 'life-1' });
    await expectAll(fresh);
  });

  it('are read by whoever has seen a head twice whose answer was lost', async () => {
    const world = new PartialWorld(1, MODELS);
    const { partition } = await world.give(0, 0);
    let isLost = false;
    const partials = new PartitionPartials(partition, {
      ...world.shared,
      getMany: (keys) => world.shared.getMany(keys),
      scan: (prefix) => world.shared.scan(prefix),
      close: () => world.shared.close(),
      async write(batch) {
        await world.shared.write(batch);
        if (isLost) throw new Error('the answer was lost');
      },
    });
    world.shares.set(0, { learner: 0, partition, partials });
    await world.flush();
    const statistics = world.publisher();
    await statistics.refresh();
    for (const request of [1, 2, 3]) {
      await world.happen(seen(request));
      isLost = request !== 3;
      await world.flush().catch(() => undefined);
      await statistics.refresh();
    }
    const found = await publishedOf(statistics, MODELS.length);
    for (const [i, arms] of calmlyOf(world.calmly()).entries()) expectSameSums(found[i]!, arms);
  });
});
