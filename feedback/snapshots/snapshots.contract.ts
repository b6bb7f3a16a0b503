import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { steadyClock } from '../../core/clock.js';
import { systemTimers } from '../../core/timers.js';
import { keepLease, type Lease } from '../../features/key-value/lease.js';
import { until } from '../../test/support/until.js';
import { storeBaseSource } from './base-source.js';
import { LearnedModel } from './learned-model.fixture.js';
import { MODEL, NEVER_MS, SILENCE, SnapshotWorld, type Carrier } from './snapshot-world.fixture.js';
import { Gate, Spoiler } from './troubled-stores.fixture.js';

/** 300 rows of 2,244 bytes: three chunks */
const ROWS = 300;

/** What following snapshots over a store promises, whatever the store. `factory` gives an empty one. */
export function snapshotsContract(name: string, factory: () => Promise<Carrier>): void {
  describe(`snapshots over ${name}`, () => {
    let world: SnapshotWorld;
    let learned: LearnedModel;
    beforeEach(async () => {
      world = new SnapshotWorld(await factory());
      learned = new LearnedModel(MODEL, ROWS, 11);
    });
    afterEach(() => world.close());

    arrives(() => [world, learned]);
    misses(() => [world, learned]);
    changesHands(() => [world, learned]);
  });
}

type Subject = () => readonly [SnapshotWorld, LearnedModel];

function arrives(subject: Subject): void {
  it('reach a follower as announced, base and deltas', async () => {
    const [world, learned] = subject();
    const announced = await world.follow({ settings: { pollIntervalMs: NEVER_MS } });
    const { publisher } = world.publish();
    publisher.put(learned.base());
    // The subscription may not be in effect yet: what was announced before that was missed.
    await until(
      'the base',
      () => {
        if (announced.seen.length === 0) publisher.put(learned.base());
        return announced.seen.length;
      },
      (count) => count > 0,
    );
    await announced.serves(learned);
    for (let i = 0; i < 40; i++) {
      publisher.put(learned.delta());
      if (i % 8 === 0) await publisher.settled();
    }
    await announced.serves(learned);
    expect(announced.faults).toEqual([]);
    expect(publisher.stats()).toMatchObject({ deltas: 40, dropped: 0, faults: 0, fenced: false });
  });

  it('reach a follower that hears nothing, and one that comes later', async () => {
    const [world, learned] = subject();
    const { publisher } = world.publish({ announcements: SILENCE });
    const deaf = await world.follow();
    publisher.put(learned.base());
    publisher.put(learned.delta());
    await deaf.serves(learned);
    publisher.put(learned.delta());
    await deaf.serves(learned);
    await publisher.settled();
    const late = await world.follow({ settings: { pollIntervalMs: NEVER_MS } });
    expect(late.served(learned)).toEqual({ version: learned.version, weights: learned.weights() });
    expect([deaf.faults, late.faults]).toEqual([[], []]);
    expect(late.follower.stats()).toEqual({ bases: 1, deltas: 2, faults: {} });
  });

  it('take no more room than two bases, whoever put them', async () => {
    const [world, learned] = subject();
    for (let writer = 0; writer < 2; writer++) {
      const { publisher } = world.publish();
      for (let i = 0; i < 3; i++) {
        publisher.put(learned.base());
        await publisher.settled();
        publisher.put(learned.delta());
        await publisher.settled();
      }
      await publisher.close();
    }
    // Versions 1 … 12, base and delta in turn; the second writer had no lease either, so it counted on from the first.
    expect(await world.keys()).toEqual([
      '1-11/0',
      '1-11/1',
      '1-11/2',
      '1-11/delta/12',
      '1-9/0',
      '1-9/1',
      '1-9/2',
      '1-9/delta/10',
      'head',
    ]);
  });
}

function misses(subject: Subject): void {
  it('that are damaged change nothing that is served, and the next base does', async () => {
    const [world, learned] = subject();
    const client = world.client();
    const spoiler = new Spoiler();
    const { publisher } = world.publish({ ...client, store: spoiler.writing(client.store) });
    const following = await world.follow();
    publisher.put(learned.base());
    await following.serves(learned);
    const before = following.served(learned);

    spoiler.spoil = (key, value) => (key.endsWith('/1') ? Uint8Array.from(value, (byte) => byte ^ 1) : value);
    publisher.put(learned.base());
    await until(
      'the fault',
      () => following.faults.length,
      (count) => count > 0,
    );
    publisher.put(learned.delta());
    await publisher.settled();
    await until(
      'another try',
      () => following.faults.length,
      (count) => count > 1,
    );
    expect(new Set(following.faults)).toEqual(new Set(['snapshot/corrupt']));
    expect(following.served(learned)).toEqual(before);
    expect(following.follower.stats().faults['snapshot/corrupt']).toBe(following.faults.length);

    spoiler.spoil = undefined;
    publisher.put(learned.base());
    await following.serves(learned);
  });

  it('without a delta are served up to it, and again whole from the next base', async () => {
    const [world, learned] = subject();
    const client = world.client();
    const spoiler = new Spoiler();
    const { publisher } = world.publish({ ...client, store: spoiler.writing(client.store) });
    const following = await world.follow();
    publisher.put(learned.base());
    publisher.put(learned.delta());
    await following.serves(learned);
    const before = following.served(learned);
    const lost = learned.version + 1;
    spoiler.spoil = (key, value) => (key.endsWith(`/delta/${lost}`) ? undefined : value);
    for (let i = 0; i < 3; i++) publisher.put(learned.delta());
    await publisher.settled();
    await until(
      'the fault',
      () => following.faults.length,
      (count) => count > 0,
    );
    expect(following.served(learned)).toEqual(before);
    publisher.put(learned.base());
    publisher.put(learned.delta());
    await following.serves(learned);
  });

  it('are caught up with by a follower that could not reach the store, and by one whose base was removed under it', async () => {
    const [world, learned] = subject();
    const [away, slow] = [world.client(), world.client()];
    const [unreachable, waiting] = [new Gate(), new Gate()];
    const { publisher } = world.publish();
    publisher.put(learned.base());
    await publisher.settled();
    const following = await world.follow({ ...away, store: unreachable.failingReads(away.store) });
    waiting.shutAt = /\/2$/;
    const held = waiting.holding(slow.store);
    const reading = world.follow({ ...slow, store: held, bases: storeBaseSource(held) });
    await waiting.reached;
    unreachable.shutAt = /./;
    for (let i = 0; i < 3; i++) {
      publisher.put(learned.base());
      await publisher.settled();
      publisher.put(learned.delta());
      await publisher.settled();
    }
    await until(
      'the store out of reach',
      () => following.faults.length,
      (count) => count > 0,
    );
    unreachable.shutAt = waiting.shutAt = undefined;
    waiting.open();
    await following.serves(learned);
    const late = await reading;
    await late.serves(learned);
    expect(new Set(following.faults)).toEqual(new Set(['store/unavailable']));
    expect(late.faults).toEqual([]);
  });

  it('are put again when the store has lost everything, while what was there is served on', async () => {
    const [world, learned] = subject();
    let known = learned;
    const putting = world.publish({
      onBaseNeeded: () => {
        putting.publisher.put(known.base());
      },
    });
    const { publisher } = putting;
    const asked = (): number => putting.asked();
    const following = await world.follow();
    await until('the question for a base', asked, (count) => count > 0);
    await following.serves(known);
    for (let i = 0; i < 5; i++) publisher.put(known.delta());
    await following.serves(known);
    const before = following.served(known);
    // What comes next begins to count anew, as a publisher does that lost its own numbers too.
    known = new LearnedModel(MODEL, ROWS, 12);
    const alreadyAsked = asked();
    await world.emptyStore();
    expect(following.served(learned)).toEqual(before);
    await until('the question for another', asked, (count) => count > alreadyAsked, 60_000);
    await following.serves(known);
    publisher.put(known.delta());
    await following.serves(known);
  });

  it('made for another policy or other contexts are left alone', async () => {
    const [world, learned] = subject();
    const { publisher } = world.publish();
    publisher.put({ ...learned.base(), contextSchema: 'ffffffffffff' });
    await publisher.settled();
    const following = await world.follow();
    expect([following.seen, following.faults]).toEqual([[], ['snapshot/wrong-schema']]);
    publisher.put(learned.base());
    await following.serves(learned);
  });
}

function changesHands(subject: Subject): void {
  /** A lease whose holder never gives a sign of life again, and one that took it over. */
  async function twoLeases(world: SnapshotWorld): Promise<readonly [frozen: Lease, next: Lease]> {
    const frozen = { ...systemTimers, every: () => ({ stop: () => undefined }) };
    const held: Lease[] = [];
    const keep = (holder: string, timers: typeof systemTimers) =>
      keepLease({
        ...{ store: world.client().store, name: 'publisher', holder, ttlMs: 60, clock: steadyClock, timers },
        onHeld: (lease) => held.push(lease),
        onLost: () => undefined,
      });
    await keep('one', frozen);
    world.closing(await keep('two', systemTimers));
    await until(
      'the second lease',
      () => held.length,
      (count) => count === 2,
    );
    return [held[0]!, held[1]!];
  }

  it('are put by the newer holder of the lease alone', async () => {
    const [world, learned] = subject();
    const following = await world.follow();
    const [frozen, next] = await twoLeases(world);
    const other = new LearnedModel(MODEL, ROWS, 13);
    const [old, fresh] = [world.publish({ lease: frozen }), world.publish({ lease: next })];
    for (let i = 0; i < 5; i++) learned.delta();
    fresh.publisher.put(other.base());
    await following.serves(other);
    old.publisher.put(learned.base());
    old.publisher.put(learned.delta());
    await old.publisher.settled();
    expect(old.faults).toEqual(['store/conflict']);
    expect(old.publisher.stats()).toMatchObject({ bases: 0, deltas: 0, fenced: true });
    old.publisher.put(learned.base());
    await old.publisher.settled();
    fresh.publisher.put(other.delta());
    await following.serves(other);
    expect(following.seen.every(({ version }) => version <= other.version)).toBe(true);
    expect(fresh.faults).toEqual([]);
    expect(await world.keys()).toEqual(['2-1/0', '2-1/1', '2-1/2', '2-1/delta/2', 'head']);
  });

  it('that a writer left half written are removed by the next one', async () => {
    const [world, learned] = subject();
    const [frozen, next] = await twoLeases(world);
    const client = world.client();
    const dying = new Gate();
    dying.shutAt = /head$/;
    // As it stood before the lease passed on: only its answers do not come any more.
    const old = world.publish({
      ...client,
      store: dying.failingPuts(client.store),
      settings: { checkIntervalMs: NEVER_MS },
    });
    old.publisher.put(learned.base());
    await old.publisher.settled();
    expect(await world.keys()).toEqual(['0-1/0', '0-1/1', '0-1/2', 'pending']);
    expect(frozen.token).toBeLessThan(next.token);
    const { publisher } = world.publish({ lease: next });
    publisher.put(new LearnedModel(MODEL, 10, 14).base());
    await publisher.settled();
    expect(await world.keys()).toEqual(['2-1/0', 'head']);
  });
}
