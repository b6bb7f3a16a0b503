import { expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { systemTimers } from '../../core/timers.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { memoryEventLog } from '../../feedback/event-log/memory/index.js';
import { Evaluations } from './evaluations.js';
import type { EvaluatedPolicy } from './evaluated-policies.js';
import { PersonalizerFold } from './fold.js';
import { PersonalizerLoop } from './loop.js';
import { PersonalizerService } from './service.js';

/** What each action earns, always: the truth that estimates are held against. */
const WORTH: Readonly<Record<string, number>> = { a: 0.2, b: 0.8, c: 0.5 };
const MODEL = { lambda: 0.1, gamma: 10, growth: 0.5 };
const ASKED = {
  ...{ context: [{ hour: 'late' }], excluded: [] },
  actions: Object.keys(WORTH).map((id) => ({ id, features: [] })),
};

async function world(events: number) {
  const log = memoryEventLog();
  const store = memoryKeyValue();
  const clock = manualClock(1_000_000);
  const range = { lowest: 0, highest: 1 };
  const fold = new PersonalizerFold({
    service: {
      ...{ rewardWaitMs: 60_000, defaultReward: 0, rewardAggregation: 'earliest' },
      ...{ explorationPercentage: 0.5, learningMode: 'Online' },
    },
    policy: { name: 'default', model: MODEL },
    ...{ range, halfLifeMs: Infinity },
  });
  const faults: unknown[] = [];
  const onFault = (error: unknown) => faults.push(error);
  const loop = await PersonalizerLoop.start({
    ...{ log, store, clock, timers: systemTimers, fold, checkpointIntervalMs: 1e9, onFault },
  });
  let made = 0;
  const newId = () => `id-${made++}`;
  const service = new PersonalizerService({
    ...{ loop, clock, drawSecret: 's'.repeat(32), newEventId: newId, range, maxOpenEvents: 1e6 },
  });
  let earned = 0;
  for (let i = 0; i < events; i++) {
    clock.advance(1_000);
    const { eventId, rewardActionId } = await service.rank({
      asked: ASKED,
      eventId: undefined,
      deferred: false,
    });
    earned += WORTH[rewardActionId]!;
    await service.reward(eventId, [['', WORTH[rewardActionId]!]]);
  }
  const evaluations = new Evaluations({ loop, service, store, clock, newId, maxEvents: 10_000, onFault });
  const close = async () => {
    await loop.close();
    await log.close();
  };
  return { evaluations, loop, fold, service, clock, faults, close, mean: earned / events };
}

interface Result {
  readonly name: string;
  readonly policySource: string;
  readonly totalSummary: ReturnType<EvaluatedPolicy['summary']>;
}

it('estimates what the log is known to be worth, and hands on the policy that was evaluated', async () => {
  const events = 600;
  const { evaluations, fold, loop, faults, mean, close } = await world(events);
  const contract = { startMs: 0, endMs: 1e12, policies: [{ name: 'bold', model: { ...MODEL, gamma: 100 } }] };
  const begun = await evaluations.create({ name: 'first', ...contract });
  expect(begun).toMatchObject({ name: 'first', status: 'pending', evaluationType: 'Manual' });
  await evaluations.idle;
  expect(faults).toEqual([]);
  const done = await evaluations.get(begun.id);
  expect(done).toMatchObject({ status: 'completed', optimalPolicy: 'bold' });
  const results = done.policyResults as readonly Result[];
  expect(results.map(({ name, policySource }) => [name, policySource])).toEqual([
    ['default', 'Online'],
    ['Baseline', 'Baseline'],
    ['Random', 'Random'],
    ['bold', 'Custom'],
  ]);
  const [online, baseline, random, bold] = results.map(({ totalSummary }) => totalSummary);
  // Online the weights are 1: the mean of what was earned. The baseline always shows "a", so weighted rewards are 0.2 of the weights.
  expect(online).toMatchObject({ ipsEstimatorDenominator: events, snipsEstimatorDenominator: events });
  expect(online!.averageReward).toBeCloseTo(mean, 6);
  expect(baseline!.ipsEstimatorNumerator / baseline!.snipsEstimatorDenominator).toBeCloseTo(0.2, 6);
  // Uniform over 0.2, 0.8, 0.5 earns 0.5; three half-widths of 95 % are more than five standard errors.
  expect(Math.abs(random!.averageReward - 0.5)).toBeLessThan(3 * random!.confidenceInterval!);
  expect(bold!.averageReward).toBeGreaterThan(random!.averageReward);

  await evaluations.apply(begun.id, 'bold');
  await loop.foldedTo(fold.head.nextOffset);
  expect(fold.policy.name).toBe('bold');
  // The candidate learned the same examples once their windows had closed.
  expect(fold.model.trials).toBeCloseTo(events, 6);
  await expect(evaluations.apply(begun.id, 'Random')).rejects.toMatchObject({
    code: 'LearningSettingsNotFound',
  });
  await evaluations.delete(begun.id);
  await expect(evaluations.get(begun.id)).rejects.toMatchObject({ code: 'EvaluationNotFound', status: 404 });
  await expect(evaluations.get('../head')).rejects.toMatchObject({ code: 'EvaluationNotFound' });
  await close();
}, 120_000);

it('fails where nothing was logged, and what was running when a process ended', async () => {
  const { evaluations, service, faults, close } = await world(5);
  await service.command('logs', {});
  const begun = await evaluations.create({ name: 'late', startMs: 0, endMs: 1e12, policies: [] });
  await evaluations.idle;
  expect(await evaluations.get(begun.id)).toMatchObject({
    status: 'failed',
    remarks: 'no events to evaluate',
  });
  const other = await evaluations.create({ name: 'other', startMs: 0, endMs: 1, policies: [] });
  await evaluations.failPending();
  expect((await evaluations.get(other.id)).status).toBe('failed');
  await evaluations.idle;
  expect(faults).toEqual([]);
  await close();
});
