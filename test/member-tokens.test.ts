import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorBody, HomeResponse } from '../client/types.js';
import { manualClock } from '../core/clock.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { rows, titles } from './support/small-catalogue.js';

/** What a browser may do without a key: ask for one member's pages with that member's token, and send events under the page's. */
const directory = mkdtempSync(join(tmpdir(), 'marquee-member-tokens-'));
const KEY = 'a-key-of-this-test-0123456789abcdef';
const SITE = 'https://www.example.com';
const clock = manualClock(Date.UTC(2026, 0, 5));
let marquee: Marquee;
let baseUrl: string;

beforeAll(async () => {
  const config = loadConfig({
    environment: {},
    overrides: {
      ...{ data: { directory }, server: { port: 0, corsOrigins: [SITE] } },
      auth: { apiKeys: [KEY], memberTokenTtlMs: 60_000 },
    },
  });
  marquee = await compose(config, { logger: pino({ level: 'silent' }), clock });
  baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
  await call('PUT', '/v1/titles', { titles });
  await call('PUT', '/v1/rows', { rows });
});

afterAll(async () => {
  await marquee.close();
  rmSync(directory, { recursive: true });
});

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function tokenOf(memberId: string): Promise<string> {
  const response = await call('POST', '/v1/member-tokens', { memberId });
  expect(response.status).toBe(201);
  return ((await response.json()) as { token: string }).token;
}

const page = (memberId: string) => ({ memberId, country: 'GB', language: 'en', device: 'web' });
const home = (memberId: string, token: string, headers: Record<string, string> = {}) =>
  call('POST', '/v1/home', page(memberId), { authorization: `Bearer ${token}`, ...headers });
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as ErrorBody).error.code;

describe('a member token', () => {
  test('opens the pages of its member alone, and nothing else', async () => {
    const token = await tokenOf('ada');
    expect((await home('ada', token)).status).toBe(200);
    const other = await home('bob', token);
    expect(other.status).toBe(403);
    expect(await codeOf(other)).toBe('member-token/other-member');
    for (const path of ['/v1/titles', '/v1/models', '/metrics'])
      expect((await call('GET', path, undefined, { authorization: `Bearer ${token}` })).status).toBe(401);
    const more = await call(
      'POST',
      '/v1/member-tokens',
      { memberId: 'ada' },
      { authorization: `Bearer ${token}` },
    );
    expect(more.status).toBe(401);
  });

  test('expires, and says so', async () => {
    const token = await tokenOf('ada');
    clock.advance(60_000);
    const late = await home('ada', token);
    expect(late.status).toBe(401);
    expect(await codeOf(late)).toBe('member-token/expired');
    // A browser must not ask for a password: its page asks for another token.
    expect(late.headers.get('www-authenticate')).toBeNull();
  });

  test.each([{}, { memberId: '' }, { memberId: 'm', ttlMs: 9e9 }])('is not made of %j', async (body) => {
    expect((await call('POST', '/v1/member-tokens', body)).status).toBe(400);
  });
});

describe('events as text/plain', () => {
  const send = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${baseUrl}/v1/events`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
    });

  test('are taken under the page’s token alone, and learned', async () => {
    const { token, rows } = (await (await home('ada', await tokenOf('ada'))).json()) as HomeResponse;
    const { slot } = rows[0]!.titles[0]!;
    const taken = await send({ events: [{ type: 'impression', token, slot }] });
    expect(taken.status).toBe(202);
    await marquee.drained();
    expect(await (await call('GET', '/metrics')).text()).toContain(
      'marquee_events_total{type="impression",outcome="accepted"} 1',
    );
  });

  test.each([
    ['{', 400],
    [{ events: [{ type: 'impression', token: 'forged', slot: 0 }] }, 400],
    [{ events: [] }, 400],
  ])('%j is refused: %i', async (body, status) => {
    expect((await send(body)).status).toBe(status);
  });

  test('as JSON they need a key like everything else', async () => {
    expect((await send({ events: [] }, { 'content-type': 'application/json' })).status).toBe(401);
  });
});

describe('pages of other origins', () => {
  const ask = (origin: string) =>
    fetch(`${baseUrl}/v1/home`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });

  test('on the list may ask, and read the answer', async () => {
    const asked = await ask(SITE);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(SITE);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const answer = await home('ada', await tokenOf('ada'), { origin: SITE });
    expect(answer.headers.get('access-control-allow-origin')).toBe(SITE);
    expect(answer.headers.get('vary')).toContain('Origin');
    const refused = await home('bob', await tokenOf('ada'), { origin: SITE });
    expect(refused.headers.get('access-control-allow-origin')).toBe(SITE);
  });

  test('not on the list get no permission', async () => {
    for (const origin of ['https://evil.example', `${SITE}.evil.example`, 'null']) {
      expect((await ask(origin)).headers.get('access-control-allow-origin')).toBeNull();
      const answer = await home('ada', await tokenOf('ada'), { origin });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});
