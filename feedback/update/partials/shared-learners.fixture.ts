import { createPolicy } from '../../../bandit/policies/index.js';
import type { Model } from '../../../bandit/policy.js';
import { manualClock } from '../../../core/clock.js';
import { manualTimers, type ManualTimers } from '../../../core/timers.js';
import { memoryAnnouncements } from '../../../features/announcements/memory/index.js';
import type { KeyValueStore } from '../../../features/key-value/key-value.js';
import { memoryKeyValue } from '../../../features/key-value/memory/index.js';
import type { MemberHistory } from '../../../features/member-store.js';
import { memoryEventLog } from '../../event-log/memory/index.js';
import {
  decisionOf,
  decisionRecord,
  impressionOf,
  impressionRecord,
  NOON_MS,
  playOf,
  playRecord,
  REVISIONS,
  SCHEMA,
  type TopicRecord,
} from '../../join/joined-events.fixture.js';
import { SnapshotPublisherStore } from '../../snapshots/snapshot-publisher.js';
import { followSnapshots, type FollowedSnapshot } from '../../snapshots/snapshot-follower.js';
import { readExaminationCurves, type ExaminationCurves } from '../examination-publisher.js';
import type { Learner, LearnerOptions } from '../learner-options.js';
import type { ModelSpec } from '../model-spec.js';
import { Life, mortalLog, mortalStore } from '../mortal-stores.fixture.js';
import { applySnapshot } from '../snapshot.js';
import { startLearner } from '../start-learner.js';

export const PARTITIONS = 4;
export const LEASE_MS = 3_000;
const MODEL: ModelSpec = {
  key: 'home/linear',
  policy: createPolicy('linear-thompson', {}, SCHEMA.dimension),
  target: 'artwork',
  learnsFrom: () => true,
  lambda: 1,
};
const ARTWORKS = 12;

export interface SharedLearner {
  readonly learner: Learner;
  readonly life: Life;
  /** its own, so that a learner can be held up alone */
  readonly timers: ManualTimers;
  readonly faults: unknown[];
  /** versions that it published */
  readonly versions: number[];
}

/** Learners of one log with one shared store, and a process that serves what they publish. */
export class SharedLearners {
  readonly log = memoryEventLog({ partitions: PARTITIONS });
  readonly shared: KeyValueStore = memoryKeyValue();
  readonly clock = manualClock(NOON_MS + 3_600_000);
  readonly announcements = memoryAnnouncements();
  readonly histories = new Map<string, MemberHistory>();
  readonly served: { now: FollowedSnapshot | undefined; readonly versions: number[] } = {
    now: undefined,
    versions: [],
  };
  readonly #alive = new Set<SharedLearner>();
  readonly #happened: TopicRecord[] = [];
  #lives = 0;

  async start(
    store: KeyValueStore = memoryKeyValue(),
    options: Pick<LearnerOptions, 'group' | 'partitions'> = {},
  ): Promise<SharedLearner> {
    const { log, clock } = this;
    const life = new Life();
    const timers = manualTimers(clock);
    const [faults, versions]: [unknown[], number[]] = [[], []];
    const learner = await startLearner({
      ...{ log: mortalLog(log, life), store: mortalStore(store, life), clock, timers, ...options },
      ...{ revisions: REVISIONS, schema: SCHEMA, models: [MODEL], owner: `life ${++this.#lives}` },
      onSnapshot: ({ version }) => versions.push(version),
      onHistories: async (histories, guard) => {
        await life.write(() => this.shared.write({ expect: guard }));
        for (const history of histories) this.histories.set(history.memberId, history);
      },
      shared: this.#sharedBy(life, timers, faults),
    });
    const started = { learner, life, timers, faults, versions };
    this.#alive.add(started);
    return started;
  }

  /** Nothing it does from now on has any effect. */
  async kill(one: SharedLearner): Promise<void> {
    this.#alive.delete(one);
    one.life.ended = true;
    await one.learner.close().catch(() => undefined);
  }

  async leave(one: SharedLearner): Promise<void> {
    this.#alive.delete(one);
    await one.learner.close();
  }

  /** Serves whatever is published from now on. */
  async serve(): Promise<void> {
    await followSnapshots({
      ...{ store: this.shared, announcements: this.announcements, contextSchema: SCHEMA.hash },
      policies: new Map([[MODEL.key, MODEL.policy]]),
      ...{ timers: manualTimers(this.clock), clock: this.clock },
      onModel: (snapshot) => {
        this.served.now = snapshot;
        this.served.versions.push(snapshot.version);
      },
      onFault: (error) => {
        throw error;
      },
    });
  }

  /** A page of a member, seen, and its first two pictures played. */
  async page(request: number): Promise<void> {
    const decision = decisionOf(request, {
      rowPropensities: Float32Array.of(0.75, 1),
      rowSwaps: Float32Array.of(0.25, 0),
    });
    const records = [
      decisionRecord(decision),
      ...[0, 1, 2].map((slot) => impressionRecord(impressionOf(request, slot))),
      ...[0, 1].map((slot) => playRecord(playOf(request, slot, 400))),
    ];
    for (const { topic, ...record } of records) await this.log.append(topic, [record], 'synced');
    this.#happened.push(...records);
  }

  /** Time passes for these learners (all that live, by default), in steps small enough for them to meet. */
  async pass(ms: number, whose: Iterable<SharedLearner> = this.#alive): Promise<void> {
    const all = [...whose];
    for (let passed = 0; passed < ms; passed += 100) {
      this.clock.advance(100);
      for (const { timers } of all) await timers.advance(0);
    }
  }

  /** Everybody has learned what is theirs and published it. */
  async settled(whose: readonly SharedLearner[] = [...this.#alive]): Promise<void> {
    for (const { learner } of whose) await learner.drained();
    // What the last of them wrote, the first may not have seen.
    for (const { learner } of whose) await learner.publishNow({ base: true });
    await this.pass(1_100, whose);
  }

  publishers(): SharedLearner[] {
    return [...this.#alive].filter(({ learner }) => learner.stats().publishes);
  }

  /** Posterior means of every artwork as they are served. */
  means(): number[] {
    return meansOf(this.served.now!.model);
  }

  curves(): Promise<ExaminationCurves | undefined> {
    return readExaminationCurves(this.shared);
  }

  /** What one learner that has everything makes of the same log. */
  async calmly(): Promise<{ readonly means: number[]; readonly curves: ExaminationCurves | undefined }> {
    const [log, store] = [memoryEventLog({ partitions: 1 }), memoryKeyValue()];
    for (const { topic, ...record } of this.#happened) await log.append(topic, [record], 'synced');
    let model = MODEL.policy.emptyModel();
    const learner = await startLearner({
      ...{ log, store, clock: this.clock },
      ...{ revisions: REVISIONS, schema: SCHEMA, models: [MODEL], timers: manualTimers(this.clock) },
      onSnapshot: (snapshot) => {
        model = applySnapshot(MODEL.policy, SCHEMA.hash, model, snapshot);
      },
    });
    await learner.drained();
    await learner.publishNow({ base: true });
    await learner.close();
    return { means: meansOf(model), curves: await readExaminationCurves(store) };
  }

  #sharedBy(life: Life, timers: ManualTimers, faults: unknown[]): NonNullable<LearnerOptions['shared']> {
    const store = mortalStore(this.shared, life);
    const onFault = (error: unknown): void => void faults.push(error);
    return {
      ...{ store, leaseClock: this.clock, leaseTtlMs: LEASE_MS, onFault },
      openSink: (lease, onBaseNeeded) =>
        new SnapshotPublisherStore({
          ...{ store, lease, announcements: this.announcements, clock: this.clock, timers, onFault },
          ...{ modelKeys: [MODEL.key], onBaseNeeded },
        }),
    };
  }
}

/** What one member would find in each picture. */
function meansOf(model: Model): number[] {
  const [size, rows] = [ARTWORKS, Int32Array.from({ length: ARTWORKS }, (_, row) => row)];
  const contexts = new Float32Array(ARTWORKS * SCHEMA.dimension).map((_, i) => Math.sin(i));
  const scores = {
    means: new Float64Array(size),
    deviations: new Float64Array(size),
    propensities: new Float64Array(size),
  };
  MODEL.policy.score(model, { size, rows, contexts }, scores);
  return [...scores.means];
}
