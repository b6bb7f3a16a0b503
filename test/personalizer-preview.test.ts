import { createRequire } from 'node:module';
import type * as Personalizer from '@azure-rest/ai-personalizer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PERSONALIZER_KEY, PersonalizerProcess } from './support/personalizer-service.js';
import { until } from './support/until.js';

/** Personalizer's own v1.1-preview.3 client, unmodified, against the service as it is started. It is a CommonJS module, asked for as one. */
const { default: createPersonalizerClient, isUnexpected } = createRequire(import.meta.url)(
  '@azure-rest/ai-personalizer',
) as (typeof Personalizer)['default'];
const service = new PersonalizerProcess();
let client: Personalizer.PersonalizerClient;
const connect = (): void => {
  const options = { allowInsecureConnection: true, retryOptions: { retryDelayInMs: 10 } };
  client = createPersonalizerClient(service.baseUrl, { key: PERSONALIZER_KEY }, options);
};

beforeAll(async () => {
  await service.start();
  connect();
}, 120_000);
afterAll(() => service.end());

const ACTIONS = ['NewsArticle', 'SportsArticle', 'EntertainmentArticle'].map((id) => ({
  ...{ id, features: [{ type: id }] },
}));
/** what the client reads the route from, in a route with an id: it looks for the path below the version */
const original = (path: string) => ({
  headers: { 'x-ms-original-url': `https://personalizer.example${path}` },
});

it('ranks, rewards and activates', async () => {
  const ranked = await client
    .path('/rank')
    .post({ body: { actions: ACTIONS, contextFeatures: [{ time: 'Morning' }], eventId: 'one/ü' } });
  expect(isUnexpected(ranked)).toBe(false);
  expect(ranked).toMatchObject({ status: '201', body: { eventId: 'one/ü' } });
  const rewarded = await client
    .path('/events/{eventId}/reward', 'one/ü')
    .post({ body: { value: 0.5 }, ...original('/events/one/reward') });
  expect([rewarded.status, isUnexpected(rewarded)]).toEqual(['204', false]);
  expect(rewarded.headers['x-ms-original-url']).toBe('https://personalizer.example/events/one/reward');
  const activated = await client.path('/events/{eventId}/activate', 'one/ü').post();
  expect(activated.status).toBe('204');
});

it('fills several slots, each with an action of its own', async () => {
  const slots = ['top', 'side'].map((id, i) => ({
    ...{ id, features: [{ size: id }], baselineAction: ACTIONS[i]!.id },
  }));
  const answer = await client.path('/multislot/rank').post({ body: { actions: ACTIONS, slots } });
  if (isUnexpected(answer)) throw new Error(answer.body.error.message);
  expect(answer.status).toBe('201');
  expect(answer.body.slots.map(({ id }) => id)).toEqual(['top', 'side']);
  expect(new Set(answer.body.slots.map(({ rewardActionId }) => rewardActionId)).size).toBe(2);
  const eventId = answer.body.eventId;
  const reward = { reward: [{ slotId: 'side', value: 1 }] };
  const rewarded = await client.path('/multislot/events/{eventId}/reward', eventId).post({ body: reward });
  expect(rewarded.status).toBe('204');
  expect((await client.path('/multislot/events/{eventId}/activate', eventId).post()).status).toBe('204');
  const twice = await client.path('/multislot/rank').post({
    body: { actions: ACTIONS, slots: slots.map((slot) => ({ ...slot, baselineAction: 'NewsArticle' })) },
  });
  expect(twice).toMatchObject({ status: '400', body: { error: { code: 'InvalidRankRequest' } } });
});

const DEFAULTS: Personalizer.ServiceConfiguration = {
  ...{ rewardWaitTime: 'PT10M', defaultReward: 0, rewardAggregation: 'earliest', learningMode: 'Online' },
  ...{ explorationPercentage: 0.2, modelExportFrequency: 'PT0S', logRetentionDays: 7 },
  ...{ logMirrorEnabled: false, isAutoOptimizationEnabled: false },
};

it('shows and sets the service configuration, for good', async () => {
  expect(await client.path('/configurations/service').get()).toMatchObject({ status: '200', body: DEFAULTS });
  const body: Personalizer.ServiceConfiguration = {
    ...DEFAULTS,
    rewardWaitTime: 'PT1H30M',
    rewardAggregation: 'sum',
    defaultReward: 0.1,
  };
  const set = await client.path('/configurations/service').put({ body });
  expect(set).toMatchObject({ status: '200', body });
  await service.killAndStart();
  connect();
  expect((await client.path('/configurations/service').get()).body).toMatchObject(body);
}, 120_000);

it.each([
  [{ rewardWaitTime: 'PT4S' }, '400', 'InvalidServiceConfiguration'],
  [{ rewardWaitTime: 'soon' }, '400', 'InvalidServiceConfiguration'],
  [{ explorationPercentage: 1.5 }, '400', 'InvalidServiceConfiguration'],
  [{ rewardAggregation: 'median' }, '400', 'InvalidServiceConfiguration'],
  [{ learningMode: 'Apprentice', defaultReward: 0.9 }, '400', 'InvalidLearningModeServiceConfiguration'],
  [{ isAutoOptimizationEnabled: true }, '501', 'OperationNotAllowed'],
  [{ logMirrorEnabled: true }, '501', 'OperationNotAllowed'],
] as const)('refuses a service configuration with %j', async (change, status, code) => {
  const put = await client.path('/configurations/service').put({ body: { ...DEFAULTS, ...change } });
  expect(put).toMatchObject({ status, body: { error: { code } } });
});

it('shows the baseline for certain in apprentice mode', async () => {
  const { body } = await client.path('/configurations/service').get();
  await client.path('/configurations/service').put({ body: { ...body, learningMode: 'Apprentice' } });
  const ranked = await client
    .path('/rank')
    .post({ body: { actions: ACTIONS, excludedActions: ['NewsArticle'] } });
  expect(ranked.body).toMatchObject({
    rewardActionId: 'SportsArticle',
    ranking: [
      { id: 'NewsArticle', probability: 0 },
      { id: 'SportsArticle', probability: 1 },
      { id: 'EntertainmentArticle', probability: 0 },
    ],
  });
  await client.path('/configurations/service').put({ body: { ...body, learningMode: 'Online' } });
});

it('shows, sets and resets the policy', async () => {
  const before = await client.path('/configurations/policy').get();
  expect(before.body).toEqual({ name: 'default', arguments: '--lambda 0.1 --gamma 10 --growth 0.5' });
  const set = await client
    .path('/configurations/policy')
    .put({ body: { name: 'bold', arguments: '--gamma 3' } });
  expect(set.body).toEqual({ name: 'bold', arguments: '--lambda 0.1 --gamma 3 --growth 0.5' });
  const vw = { name: 'vw', arguments: '--cb_explore_adf --epsilon 0.2' };
  expect(await client.path('/configurations/policy').put({ body: vw })).toMatchObject({
    ...{ status: '400', body: { error: { code: 'InvalidPolicyConfiguration' } } },
  });
  expect((await client.path('/configurations/policy').delete()).body).toEqual(before.body);
});

const bytesOf = async (signed: boolean): Promise<Buffer> => {
  const response = await client.path('/model').get({ queryParameters: { signed } }).asNodeStream();
  expect(response.status).toBe('200');
  const chunks: Buffer[] = [];
  for await (const chunk of response.body as AsyncIterable<Buffer>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};
const imported = (file: Buffer) =>
  client.path('/model').put({ body: Uint8Array.from(file), contentType: 'application/octet-stream' });

it('evaluates policies on what was logged, and applies one', async () => {
  for (let i = 0; i < 40; i++) {
    const { body } = await client.path('/rank').post({ body: { actions: ACTIONS, eventId: `logged-${i}` } });
    const value = (body as Personalizer.RankResponseOutput).rewardActionId === 'SportsArticle' ? 1 : 0;
    await client.path('/events/{eventId}/reward', `logged-${i}`).post({ body: { value } });
  }
  const created = await client.path('/evaluations').post({
    body: {
      ...{ name: 'tried', startTime: '2020-01-01T00:00:00Z', endTime: new Date(4e12) },
      policies: [{ name: 'bold', arguments: '--gamma 50' }],
    },
  });
  if (isUnexpected(created)) throw new Error(created.body.error.message);
  const { id } = created.body;
  expect(created.headers.location).toBe(`/personalizer/v1.1-preview.3/evaluations/${id}`);
  const evaluation = await until(
    'the evaluation',
    async () =>
      (await client.path('/evaluations/{evaluationId}', id).get()).body as Personalizer.EvaluationOutput,
    ({ status }) => status !== 'pending',
  );
  expect(evaluation.status).toBe('completed');
  expect(evaluation.policyResults!.map(({ policySource }) => policySource)).toEqual([
    ...['Online', 'Baseline', 'Random', 'Custom'],
  ]);
  const twice = { name: 'Random', arguments: '' };
  const refused = await client.path('/evaluations').post({
    body: { name: 'x', startTime: new Date(0), endTime: new Date(1), policies: [twice] },
  });
  expect(refused).toMatchObject({ status: '400', body: { error: { code: 'DuplicateCustomPolicyNames' } } });
  const apply = (policyName: string) =>
    client.path('/configurations/applyFromEvaluation').post({ body: { evaluationId: id, policyName } });
  expect((await apply('bold')).status).toBe('204');
  expect((await client.path('/configurations/policy').get()).body).toMatchObject({ name: 'bold' });
  expect(await apply('none')).toMatchObject({
    ...{ status: '404', body: { error: { code: 'LearningSettingsNotFound' } } },
  });
  expect((await client.path('/evaluations').get()).body).toMatchObject([{ id }]);
  expect((await client.path('/evaluations/{evaluationId}', id).delete()).status).toBe('204');
  expect((await client.path('/evaluations/{evaluationId}', id).get()).status).toBe('404');
  await client.path('/configurations/policy').delete();
}, 60_000);

it('gives the model away, empties it and takes it back', async () => {
  const probabilities = async () => {
    const body = {
      actions: ACTIONS,
      contextFeatures: [{ time: 'Morning' }],
      eventId: 'same',
      deferActivation: true,
    };
    return (await client.path('/rank').post({ body })).body;
  };
  const taught = await probabilities();
  const properties = await client.path('/model/properties').get();
  expect(Date.parse(properties.body.lastModifiedTime)).toBeGreaterThanOrEqual(
    Date.parse(properties.body.creationTime),
  );
  const file = await bytesOf(true);
  expect((await client.path('/model').delete()).status).toBe('204');
  expect(await probabilities()).not.toEqual(taught);
  expect((await imported(file)).status).toBe('204');
  expect(await probabilities()).toEqual(taught);
  expect(await bytesOf(true)).toEqual(file);
  for (const bad of [await bytesOf(false), Buffer.from('no model'), file.subarray(1)])
    expect(await imported(bad)).toMatchObject({
      ...{ status: '400', body: { error: { code: 'InvalidModelImportSignature' } } },
    });
});

it('says from when to when there are logs, until they are deleted', async () => {
  const properties = await client.path('/logs/properties').get();
  if (isUnexpected(properties)) throw new Error(properties.body.error.message);
  const { from, to } = properties.body.dateRange;
  expect(Date.parse(to)).toBeGreaterThanOrEqual(Date.parse(from));
  expect((await client.path('/logs').delete()).status).toBe('204');
  expect(await client.path('/logs/properties').get()).toMatchObject({
    ...{ status: '404', body: { error: { code: 'LogsPropertiesNotFound' } } },
  });
});

it('is honest about what it does not do', async () => {
  expect(
    await client.path('/logs/interactions').post({ body: 'x', contentType: 'application/octet-stream' }),
  ).toMatchObject({ status: '501', body: { error: { code: 'OperationNotAllowed' } } });
  const raw = async (path: string, method = 'GET') => {
    const headers = { 'ocp-apim-subscription-key': PERSONALIZER_KEY };
    const response = await fetch(`${service.baseUrl}/personalizer/${path}`, { method, headers });
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  expect(await raw('v1.1-preview.3/nowhere')).toEqual([404, 'ResourceNotFound']);
  expect(await raw('v9/rank')).toEqual([404, 'ResourceNotFound']);
  expect(await raw('v1.0/multislot/rank', 'POST')).toEqual([404, 'ResourceNotFound']);
  expect(await raw('v1.1-preview.3/rank')).toEqual([400, 'BadRequest']);
});
