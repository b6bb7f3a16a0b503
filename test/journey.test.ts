import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation, HomeResponse, HomeTitle } from '../client/types.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import type { ModelTotals } from '../src/routes/operations.js';
import { members, rows, titles } from './support/small-catalogue.js';

/** The running service, whole and over HTTP, as a homepage client and an operator use it. */
let marquee: Marquee;
let baseUrl: string;
const directory = mkdtempSync(join(tmpdir(), 'marquee-journey-'));

beforeAll(async () => {
  const config = loadConfig({
    environment: {},
    overrides: {
      data: { directory },
      server: { port: 0 },
      experiment: {
        id: 'test',
        randomSlice: 0,
        variants: [
          { id: 'uniform', weight: 1, policy: 'uniform' },
          { id: 'popular', weight: 1, policy: 'best-unpersonalised' },
          { id: 'contextual', weight: 2, policy: 'linear-thompson' },
        ],
      },
      sink: { maxBatchAgeMs: 50 },
      // so long a half-life that nothing is forgotten while the test runs: counts are whole numbers to 6 digits
      learn: { publishIntervalMs: 20, halfLifeDays: 36_500 },
    },
  });
  marquee = await compose(config, { logger: pino({ level: 'silent' }) });
  baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
});

afterAll(async () => {
  await marquee.close();
  rmSync(directory, { recursive: true });
});

async function call(method: string, path: string, body?: unknown, type = 'application/json') {
  const response = await fetch(baseUrl + path, {
    method,
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': type },
    }),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : undefined) as never,
  };
}

const homeOf = async (memberId: string, more: object = {}): Promise<HomeResponse> => {
  const { status, json } = await call('POST', '/v1/home', {
    memberId,
    country: 'GB',
    language: 'en',
    device: 'tv',
    ...more,
  });
  expect(status).toBe(200);
  return json;
};
const slotsOf = (page: HomeResponse): HomeTitle[] => page.rows.flatMap((row) => row.titles);
const pictures = (page: HomeResponse): string[] =>
  slotsOf(page)
    .map((t) => `${t.titleId}:${t.artworkId}`)
    .sort();

describe('before anything is loaded', () => {
  test('it is alive and ready, and a page is empty rather than an error', async () => {
    expect((await call('GET', '/healthz')).json).toEqual({ status: 'ok' });
    expect((await call('GET', '/readyz')).json).toEqual({ status: 'ready', waitingFor: [] });
    expect((await homeOf('anyone')).rows).toEqual([]);
  });
});

describe('a catalogue and members are loaded', () => {
  test('as JSON and as NDJSON, with a reason per item that is refused', async () => {
    expect((await call('PUT', '/v1/titles', { titles: titles.slice(0, 6) })).json).toEqual({
      stored: 6,
      rejected: [],
    });
    const lines = [
      ...titles.slice(6).map((t) => JSON.stringify(t)),
      '{"titleId":',
      JSON.stringify({ ...titles[0], themes: { western: 1 } }),
    ].join('\n');
    const { json } = await call('PUT', '/v1/titles', lines, 'application/x-ndjson');
    expect(json).toMatchObject({
      stored: 6,
      rejected: [
        { index: 6, code: 'request/bad-json' },
        { index: 7, code: 'catalogue/unknown-theme' },
      ],
    });
    expect((await call('PUT', '/v1/rows', { rows })).json).toEqual({ stored: 4, rejected: [] });
    expect((await call('PUT', '/v1/members', { members })).json).toEqual({ stored: 40, rejected: [] });
  });

  test('and read back', async () => {
    expect((await call('GET', '/v1/titles?limit=2&after=title-3')).json).toEqual({
      titles: [titles[4], titles[5]],
      total: 12,
    });
    expect((await call('GET', '/v1/titles/title-7')).json).toEqual(titles[7]);
    expect(await call('GET', '/v1/titles/nope')).toMatchObject({
      status: 404,
      json: { error: { code: 'catalogue/unknown-title' } },
    });
  });
});

describe('a page', () => {
  test('has rows in order, eligible titles once decided, slots numbered through, one token', async () => {
    const page = await homeOf('member-1');
    expect(page.rows.map((r) => r.rowId)).toEqual(['tonight', 'again', 'more']);
    expect(slotsOf(page).map((t) => t.slot)).toEqual(slotsOf(page).map((_, i) => i));
    // title-3 is for France alone, title-5 has no picture
    expect(page.rows[0]!.titles.map((t) => t.titleId).sort()).toEqual([
      'title-0',
      'title-1',
      'title-2',
      'title-4',
      'title-6',
    ]);
    const twice = slotsOf(page).filter((t) => t.titleId === 'title-6');
    expect(new Set(twice.map((t) => t.artworkId)).size).toBe(1);
    expect(
      slotsOf(page).every((t) => t.artworkUrl === `/artwork/${t.artworkId}.svg` && t.fallback === undefined),
    ).toBe(true);
    expect(page.token).toMatch(/^[\w-]+$/);
  });

  test('respects rights and ratings', async () => {
    const french = slotsOf(await homeOf('member-1', { country: 'FR' })).map((t) => t.titleId);
    expect(french).toContain('title-3');
    expect(slotsOf(await homeOf('member-2')).map((t) => t.titleId)).not.toContain('title-4');
  });

  test('shows the same member the same pictures, another member others', async () => {
    const first = pictures(await homeOf('member-1'));
    expect(pictures(await homeOf('member-1', { device: 'mobile' }))).toEqual(first);
    const others = await Promise.all(
      members.slice(3, 9).map(async (m) => pictures(await homeOf(m.memberId)).join()),
    );
    expect(new Set(others).size).toBeGreaterThan(1);
  });

  test('takes the rows of the request, leaving out titles that nobody has loaded', async () => {
    const page = await homeOf('member-1', {
      rows: [{ rowId: 'mine', titleIds: ['title-8', 'unheard-of', 'title-9'] }],
    });
    expect(page.rows).toHaveLength(1);
    expect(page.rows[0]!.titles.map((t) => t.titleId).sort()).toEqual(['title-8', 'title-9']);
  });

  test('explains itself, with the probabilities that the draw was made from', async () => {
    const member = await memberOf('contextual');
    const page = await homeOf(member, { explain: true });
    const shown = slotsOf(page)[2]!;
    const why = (await call('GET', `/v1/decisions/${page.requestId}/slots/2`)).json as Explanation;
    expect(why).toMatchObject({
      titleId: shown.titleId,
      policy: 'linear-thompson',
      rowId: 'tonight',
      position: 2,
    });
    expect(why.arms.find((a) => a.chosen)!.artworkId).toBe(shown.artworkId);
    expect(why.arms.reduce((sum, a) => sum + a.propensity, 0)).toBeCloseTo(1, 9);
    expect(why.arms.every((a) => a.propensity >= 0.05 / 4 - 1e-9)).toBe(true);
    expect(await call('GET', `/v1/decisions/${page.requestId}/slots/9999`)).toMatchObject({ status: 404 });
  });
});

async function memberOf(variant: string): Promise<string> {
  for (const { memberId } of members) if ((await homeOf(memberId)).variant === variant) return memberId;
  throw new Error(`no member is in ${variant}`);
}

const impression = (page: HomeResponse, slot: number) => ({ type: 'impression', token: page.token, slot });
const play = (page: HomeResponse, slot: number, more: object = {}) => ({
  type: 'play',
  token: page.token,
  slot,
  watchedSeconds: 3600,
  ...more,
});
const send = (events: unknown) => call('POST', '/v1/events', { events });
const learned = async (model: string): Promise<ModelTotals> => {
  const { models } = (await call('GET', '/v1/models')).json as { models: ModelTotals[] };
  return models.find((m) => m.model === model)!;
};

describe('what members do', () => {
  test('is accepted item by item, each refusal with its reason', async () => {
    const page = await homeOf('member-1');
    const { status, json } = await send([
      impression(page, 0),
      impression(page, 999),
      { type: 'impression', token: `${page.token}x`, slot: 0 },
      { type: 'click', token: page.token, slot: 0 },
      play(page, 0, { watchedSeconds: -1 }),
      play(page, 0),
    ]);
    expect(status).toBe(202);
    expect(json).toMatchObject({
      accepted: 2,
      rejected: [
        {
          index: 1,
          code: 'event/bad-slot',
          message: expect.stringContaining('slot is 999; expected one below') as string,
        },
        { index: 2, code: 'token/malformed' },
        { index: 3, code: 'request/invalid' },
        {
          index: 4,
          code: 'request/invalid',
          message: expect.stringContaining('watchedSeconds is -1') as string,
        },
      ],
    });
    expect(await send([impression(page, 999)])).toMatchObject({ status: 400, json: { accepted: 0 } });
    expect(await send([])).toMatchObject({ status: 400, json: { error: { code: 'request/invalid' } } });
  });

  test('is learned: a play changes the served model, the member and the next page’s reasons', async () => {
    const member = await memberOf('contextual');
    const model = 'home/variant/contextual';
    const before = await learned(model);
    const page = await homeOf(member, { explain: true });
    const { titleId, artworkId } = slotsOf(page)[0]!;
    const meanOf = async (p: HomeResponse): Promise<number> => {
      const { slot } = slotsOf(p).find((t) => t.titleId === titleId)!;
      const why = (await call('GET', `/v1/decisions/${p.requestId}/slots/${slot}`)).json as Explanation;
      return why.arms.find((a) => a.artworkId === artworkId)!.mean;
    };
    await send([impression(page, 0), play(page, 0)]);
    await marquee.drained();
    const after = await learned(model);
    expect(after.reward).toBeCloseTo(before.reward + 1, 6);
    expect(after.trials).toBeCloseTo(before.trials + 1, 6);
    expect(after.version).toBeGreaterThan(before.version);
    const again = await homeOf(member, { explain: true });
    expect(again.snapshotVersion).toBeGreaterThan(page.snapshotVersion);
    expect(await meanOf(again)).toBeGreaterThan(await meanOf(page));
    const why = (await call('GET', `/v1/decisions/${again.requestId}/slots/0`)).json as Explanation;
    expect(why.member.plays).toBe(1);
  });

  test('counts once: repeats, later reports of the same play and short plays change nothing', async () => {
    const page = await homeOf(await memberOf('popular'));
    const model = 'home/variant/popular';
    const before = await learned(model);
    for (let i = 0; i < 3; i++)
      await send([
        impression(page, 1),
        play(page, 1),
        play(page, 1, { watchedSeconds: 7200 }),
        play(page, 1, { playId: '2' }),
      ]);
    await send([impression(page, 2), play(page, 2, { watchedSeconds: 30 })]);
    await marquee.drained();
    const after = await learned(model);
    expect(after.trials).toBeCloseTo(before.trials + 2, 6);
    expect(after.reward).toBeCloseTo(before.reward + 1, 6);
  });

  test('lands in analytics, where the pages read it', async () => {
    await marquee.drained({ analytics: true });
    const [row] = await marquee.analytics!.query<{ impressions: string; plays: number }>(
      'SELECT count() AS impressions, sum(reward) AS plays FROM marquee.outcomes FINAL',
    );
    const models = await Promise.all(
      ['uniform', 'popular', 'contextual'].map((v) => learned(`home/variant/${v}`)),
    );
    const unpersonalised = await learned('home/unpersonalised');
    expect(unpersonalised.trials).toBeCloseTo(Number(row!.impressions), 6);
    expect(unpersonalised.reward).toBeCloseTo(row!.plays, 6);
    const ofVariants = models.reduce((sum, m) => sum + m.trials, 0);
    expect(ofVariants).toBeLessThanOrEqual(unpersonalised.trials + 1e-6);
    const live = await call('GET', '/live');
    expect(live).toMatchObject({ status: 200 });
    expect(live.text).toContain('<svg');
  });
});

describe('bad requests', () => {
  test.each([
    ['POST', '/v1/home', '{', 'application/json', 400, 'request/bad-json'],
    ['POST', '/v1/home', '{}', 'text/plain', 415, 'request/unsupported-media-type'],
    ['POST', '/v1/home', '[]', 'application/json', 400, 'request/invalid'],
    ['POST', '/v1/home', `"${'x'.repeat(9 << 20)}"`, 'application/json', 413, 'request/too-large'],
    ['DELETE', '/v1/home', undefined, undefined, 405, 'request/method-not-allowed'],
    ['GET', '/nowhere', undefined, undefined, 404, 'request/not-found'],
    ['GET', '/v1/titles/%E0%A4%A', undefined, undefined, 400, 'request/invalid'],
    ['GET', '/v1/titles?limit=-1', undefined, undefined, 400, 'request/invalid'],
    [
      'PUT',
      '/v1/rows',
      '{"rows":[{"rowId":"r","name":"R","titleIds":["nope"]}]}',
      'application/json',
      404,
      'catalogue/unknown-title',
    ],
  ])('%s %s %s', async (method, path, body, type, status, code) => {
    const answer = await call(method, path, body, type);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { code, retry: false } });
  });

  test('a request under another host name is refused while there are no keys (DNS rebinding)', async () => {
    const { request } = await import('undici');
    const answer = await request(`${baseUrl}/v1/titles`, { headers: { host: 'evil.example' } });
    expect(answer.statusCode).toBe(401);
  });
});

test('metrics name what happened', async () => {
  const { text } = await call('GET', '/metrics');
  for (const name of [
    'marquee_title_decisions_total',
    'marquee_events_total',
    'marquee_event_to_model_seconds_bucket',
    'marquee_learner_trials',
    'marquee_sink_lag_records',
    'nodejs_eventloop_lag_seconds',
  ]) {
    expect(text).toContain(name);
  }
  expect(text).not.toContain('member-1');
});
