import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HomeResponse } from '../client/types.js';
import { compose, type Marquee } from '../src/compose.js';
import { loadConfig } from '../src/config.js';
import { ID_FORMAT } from '../src/http/validation.js';
import { API_OPERATIONS, apiDescription } from '../src/openapi/api-description.js';
import type { ApiOperation } from '../src/openapi/operation.js';
import { members, rows, titles } from './support/small-catalogue.js';

/** The description of the API, held against the running service: what it promises is what is answered. */
const directory = mkdtempSync(join(tmpdir(), 'marquee-openapi-'));
const document = apiDescription();
const ajv = new Ajv2020({ strict: false });
ajv.addFormat(ID_FORMAT.name, ID_FORMAT.validate);
ajv.addSchema({ $id: 'api:', ...document });
let marquee: Marquee;
let baseUrl: string;

beforeAll(async () => {
  const config = loadConfig({ environment: {}, overrides: { data: { directory }, server: { port: 0 } } });
  marquee = await compose(config, { logger: pino({ level: 'silent' }) });
  baseUrl = `http://127.0.0.1:${await marquee.listen()}`;
});

afterAll(async () => {
  await marquee.close();
  rmSync(directory, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

type Specification = Exclude<Parameters<Validator['validate']>[0], string>;
const asJson = (value: object): Specification => JSON.parse(JSON.stringify(value)) as Specification;

/** Calls an operation and holds the answer against what is promised for its status. */
async function call(
  id: string,
  path?: string,
  body?: unknown,
  mediaType = 'application/json',
): Promise<Answer> {
  const operation = API_OPERATIONS.find((one) => one.id === id)!;
  const response = await fetch(baseUrl + (path ?? operation.path), {
    method: operation.method.toUpperCase(),
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': mediaType },
    }),
  });
  const text = await response.text();
  const promised = document.paths[operation.path]![operation.method]!.responses[response.status];
  expect(promised, `${id} answers ${response.status}, which is described`).toBeDefined();
  const type = (response.headers.get('content-type') ?? '').split(';', 1)[0]!;
  expect(Object.keys(promised!.content ?? {}), `${id} answers ${type}`).toContain(type);
  if (type !== 'application/json') return { status: response.status, json: text };
  const json = JSON.parse(text) as unknown;
  const place = [
    operation.path,
    operation.method,
    'responses',
    `${response.status}`,
    'content',
    type,
    'schema',
  ];
  const pointer = place
    .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
    .map(encodeURIComponent);
  const check = ajv.compile({ $ref: `api:#/paths/${pointer.join('/')}` });
  expect(check(json), `${id} ${response.status}: ${text.slice(0, 200)} ${ajv.errorsText(check.errors)}`).toBe(
    true,
  );
  return { status: response.status, json };
}

test('is OpenAPI 3.1, by a validator of the specification', async () => {
  const checked = await new Validator().validate(asJson(document));
  expect(checked.errors ?? []).toEqual([]);
  expect(checked.valid).toBe(true);
  const served = await (await fetch(`${baseUrl}/openapi.json`)).json();
  expect(served).toEqual(asJson(document));
});

test('every reference leads somewhere, and every operation has an id of its own', () => {
  const references = JSON.stringify(document).match(/#\/components\/schemas\/\w+/g) ?? [];
  const names = Object.keys(document.components.schemas);
  for (const reference of new Set(references)) expect(names).toContain(reference.split('/').at(-1));
  const ids = API_OPERATIONS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('names every route of the sources, and no other', () => {
  const folder = join(import.meta.dirname, '../src/routes');
  const source = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const found = [
    ...[...source.matchAll(/router\.(get|put|post|delete)\('([^']+)'/g)].map(([, method, path]) => [
      method,
      path,
    ]),
    ...[...source.matchAll(/method: '([A-Z]+)',\s+path: '([^']+)'/g)].map(([, method, path]) => [
      method,
      path,
    ]),
  ].map(([method, path]) => `${method!.toLowerCase()} ${path!.replaceAll(/:(\w+)/g, '{$1}')}`);
  // Pictures that the service draws itself are for pages.
  const pictures = 'get /artwork/{file}';
  expect(found).toContain(pictures);
  const described = API_OPERATIONS.map(({ method, path }) => `${method} ${path}`);
  expect(described.filter((one) => isOfRoutes(one)).sort()).toEqual(
    found.filter((one) => one !== pictures).sort(),
  );
});

/** what src/routes answers; other folders have tests of their own */
function isOfRoutes(route: string): boolean {
  return /^\w+ \/(v1\/|ofrep\/|metrics|healthz|readyz|openapi\.json)/.test(route);
}

describe('what is answered', () => {
  const request = { memberId: 'member-1', country: 'FR', language: 'fr', device: 'tv', explain: true };
  let page: HomeResponse;

  test('the catalogue is loaded and read', async () => {
    expect((await call('putTitles', undefined, { titles })).status).toBe(200);
    const lines = [JSON.stringify(titles[0]), '{'].join('\n');
    const refused = await call('putTitles', undefined, lines, 'application/x-ndjson');
    expect(refused.json).toMatchObject({ stored: 1, rejected: [{ index: 1, code: 'request/bad-json' }] });
    expect((await call('putRows', undefined, { rows })).status).toBe(200);
    expect((await call('putMembers', undefined, { members })).status).toBe(200);
    for (const id of ['listTitles', 'listRows', 'listMembers']) expect((await call(id)).status).toBe(200);
    expect((await call('getTitle', '/v1/titles/title-4')).status).toBe(200);
    expect((await call('getMember', '/v1/members/member-2')).status).toBe(200);
  });

  test('a page, its reasons, and events about it', async () => {
    const home = await call('home', undefined, request);
    page = home.json as HomeResponse;
    expect(home.status).toBe(200);
    const slot = page.rows[0]!.titles[0]!.slot;
    expect((await call('explainDecision', `/v1/decisions/${page.requestId}/slots/${slot}`)).status).toBe(200);
    const events = [
      { type: 'impression', token: page.token, slot },
      { type: 'play', token: page.token, slot, watchedSeconds: 1200 },
      { type: 'play', token: 'forged', slot, watchedSeconds: 1200 },
    ];
    const taken = await call('reportEvents', undefined, { events });
    expect(taken).toMatchObject({ status: 202, json: { accepted: 2, rejected: [{ index: 2 }] } });
    expect((await call('reportEvents', undefined, { events: events.slice(2) })).status).toBe(400);
  });

  test('operations', async () => {
    await marquee.drained();
    for (const id of ['listModels', 'getExamination', 'metrics', 'openapi', 'health', 'readiness'])
      expect((await call(id)).status).toBe(200);
  });

  test.each<[string, string | undefined, unknown, string, number]>([
    ['home', undefined, '{', 'application/json', 400],
    ['home', undefined, { ...{ memberId: 'm' } }, 'application/json', 400],
    ['home', undefined, 'x', 'text/plain', 415],
    ['reportEvents', undefined, { events: 7 }, 'application/json', 400],
    ['putTitles', undefined, { titles: 7 }, 'application/json', 400],
    ['putRows', undefined, { rows: [{ rowId: 'r', name: 'R', titleIds: ['no'] }] }, 'application/json', 404],
    ['listTitles', '/v1/titles?limit=0', undefined, '', 400],
    ['getTitle', '/v1/titles/no', undefined, '', 404],
    ['getMember', '/v1/members/no', undefined, '', 404],
    ['explainDecision', '/v1/decisions/no/slots/0', undefined, '', 404],
  ])('%s %s %j of %s: %i, as described', async (id, path, body, mediaType, status) => {
    expect((await call(id, path, body, mediaType)).status).toBe(status);
  });
});

test('requests are described by the schemas that check them: an example passes, whole', () => {
  const withExample = API_OPERATIONS.filter(
    (one): one is ApiOperation & { body: object } => one.example !== undefined,
  );
  expect(withExample.length).toBeGreaterThan(0);
  for (const { body, example } of withExample)
    expect(ajv.validate(Object.values(body)[0]!, example)).toBe(true);
});
