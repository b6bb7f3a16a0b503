import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorBody, HomeResponse } from '../client/types.js';
import { manualClock } from '../core/clock.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { sha256 } from '../src/identity/configured-keys.js';
import { SCOPES, type RouteScope, type Scope } from '../src/identity/scopes.js';
import { API_OPERATIONS } from '../src/openapi/api-description.js';
import type { ApiOperation } from '../src/openapi/operation.js';
import { rows, titles } from './support/small-catalogue.js';

/** Who may do what: every described route against a key of every scope, on the running service. */
const directory = mkdtempSync(join(tmpdir(), 'marquee-keys-'));
const clock = manualClock(Date.UTC(2026, 0, 5));
const lines: string[] = [];
const keyOf = (name: string): string => `a-key-for-${name}-0123456789abcdef`;
const hashed = (name: string) => sha256(keyOf(name)).toString('hex');
/** Enough for the whole matrix with the clock standing still. */
const BURST = 60;
const HOUR_MS = 3_600_000;
const after = (ms: number): string => new Date(clock.nowMs() + ms).toISOString();
let marquee: Marquee;
let baseUrl: string;

beforeAll(async () => {
  const scoped = (id: string, scopes: readonly Scope[]) => ({ id, sha256: hashed(id), scopes });
  const config = loadConfig({
    environment: {},
    overrides: {
      ...{ data: { directory }, server: { port: 0 }, roles: ['serve', 'learn'] },
      personalizer: { enabled: true },
      events: { maxPerToken: 3 },
      limits: { requestsPerSecond: 1, burst: BURST },
      auth: {
        apiKeys: [keyOf('everything')],
        keys: [
          ...SCOPES.map((scope) => scoped(scope, [scope])),
          ...[scoped('busy', ['read']), scoped('idle', ['read'])],
          { ...scoped('busy', ['read']), sha256: hashed('busy-next') },
          { ...scoped('rotated', ['read']), sha256: hashed('rotated-old'), expiresAt: after(HOUR_MS) },
          { ...scoped('rotated', ['read']), sha256: hashed('rotated-new') },
          { id: 'plain', key: keyOf('plain'), scopes: ['read', 'serve'] },
        ],
      },
    },
  });
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  marquee = await compose(config, { logger, clock });
  baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
});

afterAll(async () => {
  await marquee.close();
  rmSync(directory, { recursive: true });
});

const bearer = (name: string) => ({ authorization: `Bearer ${keyOf(name)}` });

async function call(method: string, path: string, headers: Record<string, string>, body: unknown = {}) {
  const response = await fetch(baseUrl + path.replaceAll(/\{\w+\}/g, 'x'), {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const errorOf = (text: string): ErrorBody['error'] => (JSON.parse(text) as ErrorBody).error;

/** What each described route should ask for, said once more: a new one that is not decided about here fails. */
function wanted({ method, id }: Pick<ApiOperation, 'method' | 'id'>): RouteScope | undefined {
  const posts: Readonly<Record<string, Scope>> = {
    ...{ home: 'serve', issueMemberToken: 'serve', evaluateFlag: 'serve', evaluateFlags: 'serve' },
    reportEvents: 'ingest',
  };
  if (id === 'health' || id === 'readiness') return 'open';
  if (method === 'get') return 'read';
  return method === 'post' ? posts[id] : 'admin';
}

/** With no key 401, with a key of another scope 403, with the one that is wanted neither. */
async function holds(method: string, path: string, scope: RouteScope, code: string): Promise<void> {
  const refusals = [401, 403, 429];
  const bare = await call(method, path, {});
  if (scope === 'open') expect(refusals).not.toContain(bare.status);
  else expect(bare.status).toBe(401);
  for (const held of SCOPES) {
    const { status, text } = await call(method, path, bearer(held));
    if (scope === 'open' || held === scope) {
      expect(refusals, `${method} ${path} with ${held}: ${text}`).not.toContain(status);
    } else {
      expect(status, `${method} ${path} with ${held}`).toBe(403);
      expect(errorOf(text).code).toBe(code);
      expect(errorOf(text).message).toContain(`the scope ${scope};`);
      expect(text).not.toContain(keyOf(held));
    }
  }
}

describe('each described route', () => {
  test.each(API_OPERATIONS.map((one) => [one.method, one.path, one] as const))(
    '%s %s asks for its scope',
    async (method, path, operation) => {
      expect(operation.scope).toBe(wanted(operation));
      await holds(method.toUpperCase(), path, operation.scope, 'request/forbidden');
    },
  );
});

describe('routes beside the description', () => {
  test.each<[string, string, Scope]>([
    ['GET', '/artwork/none.svg', 'read'],
    ['GET', '/live', 'read'],
    ['DELETE', '/v1/members/x', 'admin'],
    ['POST', '/something/new', 'admin'],
    ['PUT', '/V1/Rows/', 'admin'],
  ])('%s %s asks for %s', (method, path, scope) => holds(method, path, scope, 'request/forbidden'));

  test.each<[string, string, Scope]>([
    ['POST', '/v1.0/rank', 'serve'],
    ['POST', '/v1.0/events/{id}/activate', 'serve'],
    ['POST', '/v1.0/events/{id}/reward', 'ingest'],
    ['POST', '/v1.1-preview.3/multislot/rank', 'serve'],
    ['POST', '/v1.1-preview.3/multislot/events/{id}/reward', 'ingest'],
    ['GET', '/v1.1-preview.3/configurations/service', 'read'],
    ['PUT', '/v1.1-preview.3/configurations/service', 'admin'],
    ['POST', '/v1.1-preview.3/configurations/applyFromEvaluation', 'admin'],
    ['DELETE', '/v1.1-preview.3/model', 'admin'],
  ])('Personalizer’s %s %s asks for %s', (method, path, scope) =>
    holds(method, `/personalizer${path}`, scope, '403'),
  );
});

describe('a key', () => {
  test.each<[string, Record<string, string>]>([
    ['X-API-Key', { 'x-api-key': keyOf('plain') }],
    ['Bearer', bearer('plain')],
    ['Basic', { authorization: `Basic ${Buffer.from(`me:${keyOf('plain')}`).toString('base64')}` }],
    ['Bearer, of auth.apiKeys', bearer('everything')],
  ])('is taken as %s', async (_how, headers) => {
    expect((await call('GET', '/v1/rows', headers)).status).toBe(200);
  });

  test.each<Record<string, string>>([
    { 'x-api-key': keyOf('nobody') },
    { 'x-api-key': hashed('plain') },
    { 'x-api-key': keyOf('plain').slice(0, -1) },
    { authorization: keyOf('plain') },
  ])('that is not one is refused: %j', async (headers) => {
    const { status, text } = await call('GET', '/v1/rows', headers);
    expect(status).toBe(401);
    expect(errorOf(text).code).toBe('request/unauthenticated');
  });

  test('has its requests limited, those of its rotation with it, and no others', async () => {
    for (let i = 0; i < BURST; i++) expect((await call('GET', '/v1/rows', bearer('busy'))).status).toBe(200);
    const over = await call('GET', '/v1/rows', bearer('busy'));
    expect(over.status).toBe(429);
    expect(errorOf(over.text)).toMatchObject({ code: 'request/rate-limited', retry: true });
    expect(over.headers.get('retry-after')).toBe('1');
    expect((await call('GET', '/v1/rows', bearer('busy-next'))).status).toBe(429);
    expect((await call('GET', '/v1/rows', bearer('idle'))).status).toBe(200);
    clock.advance(1_000);
    expect((await call('GET', '/v1/rows', bearer('busy'))).status).toBe(200);
    expect((await call('GET', '/v1/rows', bearer('busy'))).status).toBe(429);
  });

  test('is rotated with an overlap; what is refused is counted by id, and no key is written anywhere', async () => {
    const both = async () => [
      (await call('GET', '/v1/rows', bearer('rotated-old'))).status,
      (await call('GET', '/v1/rows', bearer('rotated-new'))).status,
    ];
    expect(await both()).toEqual([200, 200]);
    clock.advance(HOUR_MS);
    expect(await both()).toEqual([401, 200]);
    const { text } = await call('GET', '/metrics', bearer('idle'));
    expect(text).toContain('marquee_auth_refusals_total{key="rotated",reason="expired"} 1');
    expect(text).toContain('marquee_expiring_key_uses_total{key="rotated"} 1');
    expect(text).toContain('marquee_auth_refusals_total{key="busy",reason="rate-limited"} 3');
    expect(text).toMatch(/marquee_auth_refusals_total\{key="read",reason="forbidden"\} [1-9]/);
    expect(text + lines.join('\n')).not.toContain('0123456789abcdef');
  });
});

test('more events of a page than there may be are refused one by one, and counted', async () => {
  const all = bearer('everything');
  expect((await call('PUT', '/v1/titles', all, { titles })).status).toBe(200);
  expect((await call('PUT', '/v1/rows', all, { rows })).status).toBe(200);
  const member = { memberId: 'ada', country: 'GB', language: 'en', device: 'web' };
  const page = JSON.parse((await call('POST', '/v1/home', bearer('plain'), member)).text) as HomeResponse;
  const about = { token: page.token, slot: page.rows[0]!.titles[0]!.slot };
  const play = (playId: string) => ({ type: 'play', ...about, playId, watchedSeconds: 9 });
  const events = [{ type: 'impression', ...about }, ...['1', '2', '3', '4'].map(play)];
  const first = await call('POST', '/v1/events', bearer('ingest'), { events });
  expect(first.status).toBe(202);
  expect(JSON.parse(first.text)).toMatchObject({
    accepted: 3,
    rejected: [3, 4].map((index) => ({ index, code: 'event/too-many-reports' })),
  });
  expect((await call('POST', '/v1/events', bearer('ingest'), { events })).status).toBe(400);
  await marquee.drained();
  expect((await call('GET', '/metrics', bearer('idle'))).text).toContain(
    'marquee_events_total{type="event",outcome="event/too-many-reports"} 7',
  );
});
