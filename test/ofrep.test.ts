import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { OpenFeature as WebOpenFeature, type Provider } from '@openfeature/web-sdk';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HomeResponse } from '../client/types.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { members, rows, titles } from './support/small-catalogue.js';

/** Experiments as flags, asked for by OpenFeature's own clients. */
const directory = mkdtempSync(join(tmpdir(), 'marquee-ofrep-'));
const KEY = 'a-key-of-this-test-0123456789abcdef';
let marquee: Marquee;
let baseUrl: string;

beforeAll(async () => {
  const config = loadConfig({
    environment: {},
    overrides: {
      ...{ data: { directory }, server: { port: 0 }, auth: { apiKeys: [KEY] } },
      experiment: {
        ...{ id: 'artwork', randomSlice: 0.2 },
        variants: [
          { id: 'plain', weight: 1, policy: 'uniform' },
          { id: 'popular', weight: 2, policy: 'best-unpersonalised' },
        ],
      },
    },
  });
  marquee = await compose(config, { logger: pino({ level: 'silent' }) });
  baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
  await post('/v1/titles', { titles }, 'PUT');
  await post('/v1/rows', { rows }, 'PUT');
});

afterAll(async () => {
  await OpenFeature.close();
  await WebOpenFeature.close();
  await marquee.close();
  rmSync(directory, { recursive: true });
});

function post(path: string, body: unknown, method = 'POST', headers: Record<string, string> = {}) {
  return fetch(baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** the variant of the page that this member is really served */
async function servedVariant(memberId: string): Promise<string> {
  const request = { memberId, country: 'GB', language: 'en', device: 'web' };
  return ((await (await post('/v1/home', request)).json()) as HomeResponse).variant;
}

const headers: [string, string][] = [['Authorization', `Bearer ${KEY}`]];

describe('@openfeature/server-sdk with @openfeature/ofrep-provider', () => {
  test('tells the variant that the page is then decided in, member by member', async () => {
    await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl, headers }));
    const client = OpenFeature.getClient();
    const seen = new Set<string>();
    for (const { memberId } of members) {
      const found = await client.getStringDetails('artwork', 'none', { targetingKey: memberId });
      expect(found).toMatchObject({ reason: 'SPLIT', variant: found.value });
      expect(found.value).toBe(await servedVariant(memberId));
      seen.add(found.value);
    }
    expect([...seen].sort()).toEqual(['plain', 'popular', 'random-slice']);
  });

  test('falls back with the protocol’s code where there is no such flag, or nobody to decide for', async () => {
    const client = OpenFeature.getClient();
    const missing = await client.getStringDetails('other', 'fallback', { targetingKey: 'm' });
    expect(missing).toMatchObject({ value: 'fallback', errorCode: 'FLAG_NOT_FOUND' });
    const nobody = await client.getStringDetails('artwork', 'fallback', {});
    expect(nobody).toMatchObject({ value: 'fallback', errorCode: 'TARGETING_KEY_MISSING' });
    const wrongType = await client.getBooleanDetails('artwork', false, { targetingKey: 'm' });
    expect(wrongType).toMatchObject({ value: false, errorCode: 'TYPE_MISMATCH' });
  });
});

describe('@openfeature/web-sdk with @openfeature/ofrep-web-provider', () => {
  test('fetches all flags of a member once, and again when the member changes', async () => {
    await WebOpenFeature.setContext({ targetingKey: 'member-1' });
    // Their types leave room for undefined where ours do not.
    const provider = new OFREPWebProvider({ baseUrl, headers, pollInterval: 0 }) as Provider;
    await WebOpenFeature.setProviderAndWait(provider);
    const client = WebOpenFeature.getClient();
    for (const { memberId } of members.slice(1, 9)) {
      await WebOpenFeature.setContext({ targetingKey: memberId });
      expect(client.getStringValue('artwork', 'none')).toBe(await servedVariant(memberId));
    }
  });
});

describe('the protocol', () => {
  const FLAGS = '/ofrep/v1/evaluate/flags';
  const of = (targetingKey: unknown) => ({ context: { targetingKey } });

  test('answers 304 while nothing has changed for that member', async () => {
    const first = await post(FLAGS, of('member-1'));
    const etag = first.headers.get('etag')!;
    expect(await first.json()).toMatchObject({ flags: [{ key: 'artwork', reason: 'SPLIT' }] });
    const again = await post(FLAGS, of('member-1'), 'POST', { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    const other = members.find(({ memberId }) => memberId !== 'member-1')!;
    const stale = await post(FLAGS, of(other.memberId), 'POST', { 'if-none-match': '"of something else"' });
    expect(stale.status).toBe(200);
  });

  test.each<[string, unknown, number, string]>([
    [`${FLAGS}/artwork`, '{', 400, 'PARSE_ERROR'],
    [`${FLAGS}/artwork`, {}, 400, 'INVALID_CONTEXT'],
    [`${FLAGS}/artwork`, { context: [] }, 400, 'INVALID_CONTEXT'],
    [`${FLAGS}/artwork`, { context: {} }, 400, 'TARGETING_KEY_MISSING'],
    [`${FLAGS}/artwork`, of(7), 400, 'INVALID_CONTEXT'],
    [`${FLAGS}/artwork`, of('a\u0000b'), 400, 'INVALID_CONTEXT'],
    [`${FLAGS}/other`, of('m'), 404, 'FLAG_NOT_FOUND'],
    [FLAGS, {}, 400, 'INVALID_CONTEXT'],
  ])('%s of %j: %i %s', async (path, body, status, errorCode) => {
    const response = await post(path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errorCode });
  });

  test('is behind the key', async () => {
    expect((await post(FLAGS, of('m'), 'POST', { authorization: '' })).status).toBe(401);
  });
});
