import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type ErrorRequestHandler } from 'express';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation, Title } from '../client/types.js';
import { manualClock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { seededRng } from '../core/rng.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import { chdbAnalytics } from '../feedback/analytics/chdb/chdb.js';
import type { DashboardsDeps } from './deps.js';
import { drawOutcomes, outcomeRow } from './outcome-fixtures.js';
import { dashboardsRouter } from './router.js';

const hostile = '<img src=x onerror=alert(1)>';
const variants = [
  { variant: 'uniform', policy: 'uniform' },
  { variant: 'best', policy: 'best-unpersonalised' },
  { variant: 'contextual', policy: 'linear-thompson' },
];

const titleOf = (titleId: string): Title => ({
  titleId,
  name: `${hostile} ${titleId}`,
  themes: {},
  artworks: [0, 1, 2].map((a) => ({
    artworkId: `${titleId}-a${a}`,
    url: `/artwork/${titleId}-a${a}.svg`,
    label: hostile,
    themes: {},
  })),
});

const explanation: Explanation = {
  requestId: 'req',
  slot: 3,
  memberId: 'm1',
  titleId: 't1',
  titleName: hostile,
  experiment: 'home',
  variant: 'contextual',
  policy: 'linear-thompson',
  snapshotVersion: 12,
  decidedAtMs: 0,
  epoch: 0,
  rowId: 'row',
  position: 3,
  orderPropensity: 0.04,
  member: { themes: {}, plays: 2 },
  arms: [0, 1].map((a) => ({
    artworkId: `t1-a${a}`,
    url: `/artwork/t1-a${a}.svg`,
    label: hostile,
    chosen: a === 0,
    offered: true,
    mean: 0.2 - a * 0.1,
    deviation: 0.02,
    propensity: 0.9 - a * 0.8,
    contributions: [{ feature: 'member×artwork comedy', value: 1, contribution: 0.1 }],
  })),
};

let path: string;
let analytics: Analytics;
let server: Server;
let origin: string;

/** Counts what reaches the engine; everything real beneath. */
let asked = 0;

beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'marquee-pages-'));
  const engine = await chdbAnalytics({ path });
  analytics = {
    insert: (table, rows) => engine.insert(table, rows),
    query: (sql, parameters) => {
      asked += 1;
      return engine.query(sql, parameters);
    },
    migrate: () => engine.migrate(),
    rollUp: (hours) => engine.rollUp(hours),
    close: () => engine.close(),
  };
  await analytics.migrate();
  const deps: DashboardsDeps = {
    analytics,
    clock: manualClock(1_000_000),
    home: {
      experiment: 'home',
      variants,
      listMembers: () =>
        Promise.resolve(
          variants.map(({ variant }) => ({
            memberId: `sim ${variant}`,
            label: hostile,
            simulated: true,
            variant,
          })),
        ),
    },
    title: (titleId) => Promise.resolve(titleId === 't9' ? undefined : titleOf(titleId)),
    explain: (requestId, slot) =>
      requestId === 'req' && slot === 3
        ? Promise.resolve(explanation)
        : Promise.reject(new AppError('request/not-found', `no such decision: ${requestId}`)),
  };
  const app = express();
  app.use(dashboardsRouter(deps));
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    const fault = error instanceof AppError ? error : new AppError('internal', String(error));
    response.status(fault.status).json({ error: { code: fault.code, message: fault.message } });
  };
  app.use(onError);
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await analytics.close();
  rmSync(path, { recursive: true, force: true });
});

async function page(address: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(origin + address, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
  const text = await response.text();
  expect(text).not.toContain('<img src=x');
  expect(text).not.toMatch(/ style=| on[a-z]+="|<script(?! type="module" src=)/);
  return text;
}

describe('before anything was displayed', () => {
  it('says on /live that there is not enough data yet', async () => {
    const text = await page('/live');
    expect(text).toContain('not enough data yet');
    expect(text).not.toContain('NaN');
  });
});

describe('GET /', () => {
  it('lists the members with their policies, says what is simulated, and works as links', async () => {
    const text = await page('/');
    expect(text).toContain('href="/?member=sim%20contextual"');
    for (const label of ['Uniform', 'Best for everyone', 'Contextual']) expect(text).toContain(label);
    expect(text).toContain('Simulated:');
    expect(text).toContain('Play one yourself');
    expect(text).toContain('data-default-member-id="sim contextual"');
  });

  it('renders the theme of the cookie, and no other text of it', async () => {
    expect(await page('/', { cookie: 'a=b; marquee-theme=light' })).toContain('data-theme="light"');
    expect(await page('/', { cookie: 'marquee-theme=evil' })).not.toContain('data-theme=');
  });

  it('refuses a repeated parameter', async () => {
    const response = await fetch(`${origin}/?member=a&member=b`);
    expect(response.status).toBe(400);
  });
});

describe('GET /fragments/why/{requestId}/{slot}', () => {
  it('explains: a sentence, the pictures, what spoke for the chosen one', async () => {
    const text = await page('/fragments/why/req/3');
    expect(text).toContain('most likely to lead this member (2 plays so far)');
    expect(text).toContain('a taste for comedy');
    expect(text.match(/<li\s+class="arm/g)).toHaveLength(2);
    expect(text).toContain('aria-current="true"');
    expect(text).toContain('v12');
  });

  it('passes faults on to the service', async () => {
    expect((await fetch(`${origin}/fragments/why/other/3`)).status).toBe(404);
    const bad = await fetch(`${origin}/fragments/why/req/minus`);
    expect(bad.status).toBe(400);
    expect(await bad.text()).toContain('expected a whole number');
  });
});

describe('assets', () => {
  it('are immutable under the versioned prefix and revalidated otherwise; sources are not served', async () => {
    const prefix = /href="(\/assets\/v-[0-9a-f]{12})\/marquee\.css"/.exec(await page('/'))![1]!;
    const versioned = await fetch(`${origin}${prefix}/marquee.css`);
    expect(versioned.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const plain = await fetch(`${origin}/assets/marquee.css`);
    expect(plain.headers.get('cache-control')).toBe('public, max-age=0');
    const etag = plain.headers.get('etag')!;
    // Not fetch: it adds cache-control: no-cache, which asks for the whole again.
    const again = await request(`${origin}/assets/marquee.css`, { headers: { 'if-none-match': etag } });
    expect(again.statusCode).toBe(304);
    for (const hidden of [
      '/assets/api.ts',
      '/assets/../router.js',
      '/assets/%2e%2e/package.json',
      '/assets/',
    ]) {
      expect((await fetch(origin + hidden)).status).toBe(404);
    }
  });
});

describe('GET /live with outcomes', () => {
  it('shows the three policies and the pictures of the most displayed title, and asks once for many viewers', async () => {
    const outcomes = drawOutcomes(
      {
        count: 6_000,
        members: 300,
        fromMs: 1_000_000,
        spanMs: 300_000,
        variants: variants.map((v) => v.variant),
      },
      seededRng(3),
    );
    await analytics.insert('outcomes', outcomes.map(outcomeRow));
    // A router of its own: for the first one the answers about the empty table are still fresh.
    const fresh = express().use(dashboardsRouter(freshDeps()));
    const freshServer = createServer(fresh).listen(0, '127.0.0.1');
    await new Promise((resolve) => freshServer.once('listening', resolve));
    const address = `http://127.0.0.1:${(freshServer.address() as AddressInfo).port}/fragments/live?size=narrow`;
    asked = 0;
    const texts = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(address)).text()));
    await new Promise((resolve) => freshServer.close(resolve));
    expect(asked).toBe(4);
    expect(new Set(texts).size).toBe(1);
    const text = texts[0]!;
    expect(text.match(/class="series policy-[a-z-]+"/g)).toHaveLength(3);
    expect(text.match(/class="share-panel"/g)).toHaveLength(3);
    expect(text).toContain('data-region="take-fraction"');
    expect(text).toContain(': ahead so far)');
    expect(text).not.toContain('NaN');
    expect(text).not.toContain('<img src=x');
  });
});

function freshDeps(): DashboardsDeps {
  return {
    analytics,
    clock: manualClock(2_000_000),
    home: { experiment: 'home', variants, listMembers: () => Promise.resolve([]) },
    title: (titleId) => Promise.resolve(titleOf(titleId)),
    explain: () => Promise.resolve(explanation),
  };
}
