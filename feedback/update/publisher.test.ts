import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import type { Policy, Prior } from '../../bandit/policy.js';
import { priorFrom } from '../../bandit/prior.js';
import { manualClock, type ManualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { memoryEventLog } from '../event-log/memory/index.js';
import { DEFAULT_JOIN_SETTINGS } from '../join/join-outcome.js';
import { NOON_MS, REVISIONS, SCHEMA } from '../join/joined-events.fixture.js';
import { rewardExpression } from '../join/reward-expression.js';
import { DEFAULT_LEARNER_SETTINGS } from './learner-options.js';
import { LearnerPartition } from './learner-partition.js';
import type { ModelSpec } from './model-spec.js';
import { OwnedPartitions } from './owned-partitions.js';
import { OwnStatistics } from './published-statistics.js';
import { Publisher } from './publisher.js';
import { SnapshotVersions } from './snapshot-versions.js';
import type { Snapshot } from './snapshot.js';

const D = SCHEMA.dimension;
const ROWS_PER_SLICE = 16;
const PUBLISH_MS = 100;

/** A publisher of one partition's statistics, that says of every fit how many rows it had. */
class World {
  readonly clock: ManualClock = manualClock(NOON_MS);
  readonly published: { readonly snapshot: Snapshot; readonly rows: number }[] = [];
  /** what happens whenever the publisher lets the thread go; the clock moves by 10 ms each time */
  onBreath: () => void = () => undefined;
  readonly policy = createPolicy('linear-thompson', {}, D);
  /** rows of each fit since the last snapshot */
  #fitted: number[] = [];
  readonly fits: number[] = [];

  private constructor(
    readonly partition: LearnerPartition,
    readonly spec: ModelSpec,
    versions: SnapshotVersions,
  ) {
    const owned = new OwnedPartitions();
    owned.add(partition);
    const models = [{ ...spec, policy: this.#counting(this.policy) }];
    this.publisher = new Publisher({
      ...{ statistics: new OwnStatistics(owned, models, undefined), models, contextSchema: SCHEMA.hash },
      ...{ store: undefined, versions, clock: this.clock },
      timers: {
        ...manualTimers(this.clock),
        breathe: () => {
          this.clock.advance(10);
          this.onBreath();
          return Promise.resolve();
        },
      },
      settings: {
        ...DEFAULT_LEARNER_SETTINGS,
        rowsPerSlice: ROWS_PER_SLICE,
        publishIntervalMs: PUBLISH_MS,
        priorIntervalMs: 1e9,
      },
      onSnapshot: (snapshot) => {
        this.published.push({ snapshot, rows: this.#fitted.reduce((sum, rows) => sum + rows, 0) });
        this.#fitted = [];
      },
    });
  }

  readonly publisher: Publisher;

  static async open(artworks: number): Promise<World> {
    const store = memoryKeyValue();
    const spec: ModelSpec = {
      ...{ key: 'home/personal', policy: createPolicy('linear-thompson', {}, D), target: 'artwork' },
      ...{ learnsFrom: () => true, lambda: 1 },
    };
    const clock = manualClock(NOON_MS);
    const partition = new LearnerPartition(0, {
      ...{ log: memoryEventLog({ partitions: 1 }), store, clock, timers: manualTimers(clock) },
      context: { schema: SCHEMA, revisions: REVISIONS },
      ...{ models: [spec], reward: rewardExpression(), join: DEFAULT_JOIN_SETTINGS },
      ...{ maxMemberHistories: 10, owner: 'one', recoveryGroup: 'recovery' },
    });
    const world = new World(partition, spec, await SnapshotVersions.open(store));
    for (let row = 0; row < artworks; row++) world.touch(row);
    return world;
  }

  touch(row: number): void {
    const { arms, shared } = this.partition.models[0]!;
    const x = Float32Array.from({ length: D }, (_, i) => Math.sin(row + i));
    for (const [statistics, at] of [
      [arms, row],
      [shared, 0],
    ] as const)
      statistics.addTrial(at, x, 0, 1, NOON_MS);
  }

  /** Kinds and rows of what was published since the last call. */
  drain(): [kind: string, rows: number][] {
    return this.published.splice(0).map(({ snapshot, rows }) => [snapshot.kind, rows]);
  }

  /** The prior that a base would be fitted under now. */
  prior(): Prior {
    return priorFrom(this.partition.models[0]!.shared, { lambda: this.spec.lambda });
  }

  #counting(policy: Policy): Policy {
    return {
      ...policy,
      fit: (statistics, prior, rows) => {
        if (rows !== undefined) {
          this.#fitted.push(rows.length);
          this.fits.push(rows.length);
        }
        return policy.fit(statistics, prior, rows);
      },
    };
  }
}

describe('what a publisher fits', () => {
  it.each([200, 2_000])('after a base of %d artworks is what was touched since', async (artworks) => {
    const world = await World.open(artworks);
    await world.publisher.publish(true);
    expect(world.drain()).toEqual([['base', artworks]]);
    for (const row of [3, 7, 11]) world.touch(row);
    await world.publisher.publish(false);
    expect(world.drain()).toEqual([['delta', 3]]);
    await world.publisher.publish(false);
    expect(world.drain()).toEqual([]);
  });

  it('while a base is made goes out in deltas, is fitted again in slices, and is no more the delta’s that follows', async () => {
    const world = await World.open(1_000);
    world.onBreath = () => {
      const isMade = world.published.some(({ snapshot }) => snapshot.kind === 'base');
      for (let row = 0; row < 40 && !isMade; row++) world.touch(row);
    };
    const prior = world.prior();
    await world.publisher.publish(true);
    const base = world.published.findIndex(({ snapshot }) => snapshot.kind === 'base');
    expect(base).toBeGreaterThan(5);
    expect(Math.max(...world.fits)).toBe(ROWS_PER_SLICE);
    // What was touched behind the base's back, and nothing else.
    const after = world.published.slice(base + 1).map(({ rows }) => rows);
    expect(after.reduce((sum, rows) => sum + rows, 0)).toBe(40);
    world.touch(500);
    await world.publisher.publish(false);
    expect(world.published.slice(base + 1 + after.length).map(({ rows }) => rows)).toEqual([1]);
    const served = lastOfEachRow(world.published.map(({ snapshot }) => snapshot));
    const { arms } = world.partition.models[0]!;
    for (let row = 0; row < 1_000; row++)
      expect(served.get(row)).toBe(hexOf(world.policy.fit(arms, prior, Int32Array.of(row)), 0));
  });
});

/** What whoever applies all of them has of each row, by fitted-bytes.ts: a count at 12, rows of one size from 16 on, each beginning with its number. */
function lastOfEachRow(snapshots: readonly Snapshot[]): Map<number, string> {
  const last = new Map<number, string>();
  for (const { kind, parts } of snapshots) {
    if (kind === 'base') last.clear();
    for (const part of parts) {
      const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
      const count = view.getUint32(12, true);
      const rowBytes = (part.length - 16) / count;
      for (let i = 0; i < count; i++) last.set(view.getUint32(16 + i * rowBytes, true), hexOf(part, i));
    }
  }
  return last;
}

function hexOf(part: Uint8Array, i: number): string {
  const rowBytes = (part.length - 16) / new DataView(part.buffer, part.byteOffset).getUint32(12, true);
  return Buffer.from(part.slice(16 + i * rowBytes, 16 + (i + 1) * rowBytes)).toString('hex');
}
