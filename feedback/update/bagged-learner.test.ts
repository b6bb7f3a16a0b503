import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { EventLog } from '../event-log/event-log.js';
import { memoryEventLog } from '../event-log/memory/index.js';
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
} from '../join/joined-events.fixture.js';
import type { Learner } from './learner-options.js';
import type { ModelSpec } from './model-spec.js';
import { replayLabels } from './replay-labels.js';
import { applySnapshot, type Snapshot } from './snapshot.js';
import { startLearner } from './start-learner.js';

const KEY = 'home/bagged';
const clock = manualClock(NOON_MS);

function specs(replicates = 8): ModelSpec[] {
  const policy = createPolicy('online-bagging', { replicates, floor: 0 }, SCHEMA.dimension);
  return [{ key: KEY, policy, target: 'artwork', learnsFrom: () => true, lambda: 1, halfLifeMs: 86_400_000 }];
}

/** What a process that serves holds: the policy and the model that snapshots left. */
class Served {
  readonly policy = specs()[0]!.policy;
  model = this.policy.emptyModel();

  readonly take = (snapshot: Snapshot): void => {
    this.model = applySnapshot(this.policy, SCHEMA.hash, this.model, snapshot);
  };

  /** means and propensities of the three artworks of title 0 */
  answer(): { means: number[]; deviations: number[]; propensities: number[] } {
    const contexts = new Float32Array(3 * SCHEMA.dimension).map((_, i) => Math.sin(i));
    const scores = {
      means: new Float64Array(3),
      deviations: new Float64Array(3),
      propensities: new Float64Array(3),
    };
    this.policy.score(this.model, { size: 3, rows: Int32Array.of(0, 1, 2), contexts }, scores);
    return {
      means: [...scores.means],
      deviations: [...scores.deviations],
      propensities: [...scores.propensities],
    };
  }
}

function learn(
  log: EventLog,
  store: KeyValueStore,
  served: Pick<Served, 'take'>,
  models: readonly ModelSpec[] = specs(),
): Promise<Learner> {
  return startLearner({
    log,
    store,
    revisions: REVISIONS,
    schema: SCHEMA,
    models,
    clock,
    timers: manualTimers(clock),
    onSnapshot: served.take,
  });
}

async function append(log: EventLog, records: readonly TopicRecord[]): Promise<void> {
  for (const { topic, ...record } of records) await log.append(topic, [record], 'synced');
}

function shown(from: number, to: number): TopicRecord[] {
  return Array.from({ length: to - from }, (_, i) => from + i).flatMap((r) => [
    decisionRecord(decisionOf(r)),
    impressionRecord(impressionOf(r, 0)),
    impressionRecord(impressionOf(r, 1)),
  ]);
}

function played(from: number, to: number): TopicRecord[] {
  return Array.from({ length: to - from }, (_, i) => playRecord(playOf(from + i, 0, 400)));
}

const context = { schema: SCHEMA, revisions: REVISIONS };

describe('a service with an online-bagging variant', () => {
  it('learns replicates, counts trials once, publishes them, and is the same after a restart and from the labels alone', async () => {
    const [log, store, served] = [memoryEventLog({ partitions: 2 }), memoryKeyValue(), new Served()];
    const learner = await learn(log, store, served);
    await append(log, [...shown(0, 30), ...played(0, 30)]);
    await learner.drained();
    const totals = learner.totals(KEY);
    expect(totals.trials).toBeGreaterThan(59);
    expect(totals.trials).toBeLessThanOrEqual(60);
    expect(totals.rewardSum).toBeCloseTo(30, 0);
    await learner.publishNow({ base: true });
    const { means, deviations, propensities } = served.answer();
    expect(Math.max(...means)).toBeGreaterThan(0.1);
    // Replicates disagree, so they were taught differently.
    expect(Math.min(...deviations)).toBeGreaterThan(0.001);
    expect(propensities.every((p) => Math.abs(8 * p - Math.round(8 * p)) < 1e-9)).toBe(true);
    const hash = learner.hash();
    await learner.close();

    const restarted = new Served();
    const again = await learn(log, store, restarted);
    expect(again.hash()).toBe(hash);
    expect(restarted.answer()).toEqual({ means, deviations, propensities });
    await append(log, [...shown(30, 40), ...played(30, 40)]);
    await again.drained();
    expect(again.hash()).toBe((await replayLabels(log, specs(), context)).hash);
    await again.close();
  });

  it('gives a reward that comes after a restart the counts its trial had', async () => {
    const [log, late] = [memoryEventLog(), memoryEventLog()];
    const [whole, parts] = [new Served(), new Served()];
    const once = await learn(log, memoryKeyValue(), whole);
    await append(log, [...shown(0, 12), ...played(0, 12)]);
    await once.drained();
    await once.publishNow({ base: true });
    await once.close();

    const store = memoryKeyValue();
    const before = await learn(late, store, parts);
    await append(late, shown(0, 12));
    await before.drained();
    await before.close();
    const after = await learn(late, store, parts);
    await append(late, played(0, 12));
    await after.drained();
    await after.publishNow({ base: true });
    await after.close();
    const [expected, actual] = [whole.answer(), parts.answer()];
    actual.means.forEach((mean, a) => expect(mean).toBeCloseTo(expected.means[a]!, 6));
    actual.deviations.forEach((spread, a) => expect(spread).toBeCloseTo(expected.deviations[a]!, 6));
  });

  it('learns anew from the labels when the number of replicates changes', async () => {
    const [log, store] = [memoryEventLog(), memoryKeyValue()];
    const first = await learn(log, store, new Served());
    await append(log, [...shown(0, 10), ...played(0, 10)]);
    await first.drained();
    await first.close();
    const fewer = specs(3);
    const again = await learn(log, store, { take: () => undefined }, fewer);
    await again.drained();
    expect(again.hash()).toBe((await replayLabels(log, fewer, context)).hash);
    expect(again.totals(KEY).trials).toBeCloseTo(20, 0);
    await again.close();
  });
});
