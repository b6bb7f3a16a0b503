import { expect, it } from 'vitest';
import { createPolicy } from '../../bandit/policies/index.js';
import { manualClock } from '../../core/clock.js';
import { manualTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
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
} from '../join/joined-events.fixture.js';
import { startLearner } from './start-learner.js';
import type { Snapshot } from './snapshot.js';
import { replayLabels } from './replay-labels.js';
import type { ModelSpec } from './model-spec.js';

it('learns a displayed and played page', async () => {
  const log = memoryEventLog({ partitions: 2 });
  const store = memoryKeyValue();
  const clock = manualClock(NOON_MS);
  const snapshots: Snapshot[] = [];
  const models: ModelSpec[] = [
    {
      key: 'home/personal',
      policy: createPolicy('linear-thompson', {}, SCHEMA.dimension),
      target: 'artwork',
      learnsFrom: () => true,
      lambda: 1,
    },
    {
      key: 'home/best',
      policy: createPolicy('best-unpersonalised', {}, SCHEMA.dimension),
      target: 'title',
      learnsFrom: () => true,
      lambda: 1,
    },
  ];
  const learner = await startLearner({
    log,
    store,
    revisions: REVISIONS,
    schema: SCHEMA,
    models,
    clock,
    timers: manualTimers(clock),
    onSnapshot: (s) => snapshots.push(s),
  });
  for (let r = 0; r < 20; r++) {
    for (const { topic, ...record } of [
      decisionRecord(decisionOf(r)),
      impressionRecord(impressionOf(r, 0)),
      impressionRecord(impressionOf(r, 1)),
      playRecord(playOf(r, 0, 400)),
    ]) {
      await log.append(topic, [record], 'synced');
    }
  }
  await learner.drained();
  expect(learner.totals('home/personal')).toEqual({ trials: 40, rewardSum: 20 });
  expect(learner.totals('home/best')).toEqual({ trials: 40, rewardSum: 20 });
  const replayed = await replayLabels(log, models, { schema: SCHEMA, revisions: REVISIONS });
  expect(replayed.hash).toBe(learner.hash());
  expect(snapshots.map(({ kind, version, parentVersion }) => [kind, version, parentVersion])).toEqual([
    ['base', 1, 0],
    ['base', 2, 0],
    ['delta', 3, 1],
    ['delta', 4, 2],
  ]);
  await learner.close();
  const again = await startLearner({
    log,
    store,
    revisions: REVISIONS,
    schema: SCHEMA,
    models,
    clock,
    timers: manualTimers(clock),
    onSnapshot: (s) => snapshots.push(s),
  });
  expect(again.hash()).toBe(replayed.hash);
  await again.close();
});
