import express, { type ErrorRequestHandler } from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PutResponse } from '../../client/types.js';
import { Catalogue } from '../../features/catalogue.js';
import { contextSchema } from '../../features/context-vector.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import { memoryKeyValue } from '../../features/key-value/memory/index.js';
import { MemberStore } from '../../features/member-store.js';
import { sendError } from '../http/bodies.js';
import { MemberSchema } from '../http/schemas.js';
import { validator } from '../http/validation.js';
import { catalogueRouter } from './catalogue.js';

const BODY_LIMIT = 1_000;
const schema = contextSchema(['horror']);
const memory = memoryKeyValue();
const putsAtOnce: number[] = [];
const store: KeyValueStore = {
  ...memory,
  write(batch) {
    putsAtOnce.push([...(batch.puts ?? [])].length);
    return memory.write(batch);
  },
};
const members = new MemberStore(schema, store, { priorStrength: 4, cacheEntries: 10 });
const server = createServer();

beforeAll(async () => {
  const catalogue = await Catalogue.open(schema, store, { maxArtworksPerTitle: 2 });
  const app = express().use(catalogueRouter({ catalogue, members, bodyLimitBytes: BODY_LIMIT }));
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    sendError(response, error, () => undefined);
  };
  app.use(onError);
  server.on('request', (request, response) => void app(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const baseUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function putLines(lines: readonly string[]): Promise<PutResponse> {
  const response = await fetch(`${baseUrl()}/v1/members`, {
    method: 'PUT',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as PutResponse;
}

test('long lines are written a few at a time: memory is bounded by bytes, not by lines', async () => {
  putsAtOnce.length = 0;
  const lines = Array.from({ length: 60 }, (_, m) =>
    JSON.stringify({ memberId: `m${m}`, label: 'x'.repeat(150) }),
  );
  expect(await putLines(lines)).toEqual({ stored: 60, rejected: [] });
  const longest = Math.max(...lines.map((line) => line.length));
  expect(Math.max(...putsAtOnce)).toBeLessThanOrEqual(BODY_LIMIT / longest + 1);
});

test('of very many refused lines a thousand are told, each by its own number', async () => {
  const bad = Array.from({ length: 2_000 }, (_, m) =>
    m % 2 === 0 ? '{' : JSON.stringify({ memberId: `n${m}`, themes: { western: 1 } }),
  );
  const { stored, rejected } = await putLines([JSON.stringify({ memberId: 'good' }), ...bad]);
  expect(stored).toBe(1);
  expect(new Set(rejected.map(({ index }) => index)).size).toBe(1_000);
  for (const { index, code } of rejected)
    expect(code).toBe(index % 2 === 1 ? 'request/bad-json' : 'catalogue/unknown-theme');
});

test('a member that cannot be is not found, and no fault of ours', async () => {
  for (const memberId of ['nobody', 'x'.repeat(600), '%00'])
    expect((await fetch(`${baseUrl()}/v1/members/${memberId}`)).status).toBe(404);
});

test('a body nested deeper than any stack is refused as the request it is', () => {
  const depth = 200_000;
  const body = `{"members": {"a": ${'['.repeat(depth)}${']'.repeat(depth)}}}`;
  const checked = validator(MemberSchema)({ memberId: (JSON.parse(body) as { members: unknown }).members });
  expect(checked).toMatchObject({
    kind: 'invalid',
    error: { message: 'memberId is an object that cannot be shown; it must be string' },
  });
});
