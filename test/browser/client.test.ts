import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { build } from 'vite';
import { HttpMarqueeClient } from '../../client/index.js';
import { systemClock, type Clock } from '../../core/clock.js';
import { compose, type Marquee } from '../../src/compose.js';
import { loadConfig } from '../../src/config.js';
import { findChromium } from '../support/chromium.js';
import { rows, titles } from '../support/small-catalogue.js';
import { until } from '../support/until.js';

/** The client package in a page of another origin, as somebody else's homepage uses it: with member tokens, and no key in sight. */
const executablePath = findChromium();
const KEY = 'a-key-of-this-test-0123456789abcdef';
/** The issue is a browser's budget: 4 KB gzipped. */
const MOST_BYTES = 4096;

async function bundled(): Promise<string> {
  const entry = join(import.meta.dirname, '../../client/browser/index.ts');
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry, formats: ['es'], fileName: 'marquee' },
      minify: 'esbuild',
      target: 'es2022',
    },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new Error('nothing was built');
  expect(output.output).toHaveLength(1);
  return output.output[0].code;
}

test(`is at most ${MOST_BYTES} bytes gzipped, in one file that imports nothing`, async () => {
  const code = await bundled();
  expect(code).not.toMatch(/\bimport\b/);
  expect(gzipSync(code).byteLength).toBeLessThanOrEqual(MOST_BYTES);
});

describe.runIf(executablePath !== undefined)('the client in a browser', () => {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-client-'));
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
  let marquee: Marquee;
  let site: Server;
  let siteUrl: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let tokensGiven: number;

  beforeAll(async () => {
    const code = await bundled();
    const tokenFor = (memberId: string): Promise<string> => memberToken(memberId);
    site = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://site');
      const answer = (type: string, body: string): void => {
        response.writeHead(200, { 'content-type': type }).end(body);
      };
      if (url.pathname === '/marquee.js') answer('text/javascript', code);
      else if (url.pathname === '/token')
        void tokenFor(url.searchParams.get('member')!).then((token) => {
          answer('text/plain', token);
        });
      else answer('text/html', url.pathname === '/' ? PAGE : '<!doctype html><title>elsewhere</title>');
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    siteUrl = `http://localhost:${(site.address() as AddressInfo).port}`;
    const config = loadConfig({
      environment: {},
      overrides: {
        ...{ data: { directory }, server: { port: 0, corsOrigins: [siteUrl] } },
        auth: { apiKeys: [KEY], memberTokenTtlMs: 60_000 },
        experiment: {
          id: 'client',
          randomSlice: 0,
          variants: [{ id: 'u', weight: 1, policy: 'best-unpersonalised' }],
        },
        page: { examination: { correct: false } },
        learn: { publishIntervalMs: 20, halfLifeDays: 36_500 },
      },
    });
    marquee = await compose(config, { logger: pino({ level: 'silent' }), clock });
    const client = new HttpMarqueeClient({ baseUrl: await serviceUrl(), apiKey: KEY });
    await client.putTitles(titles);
    await client.putRows(rows);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => site.close(resolve));
    await marquee.close();
    rmSync(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    tokensGiven = 0;
    aheadMs = 0;
    context = await browser.newContext({ viewport: { width: 800, height: 600 } });
    page = await context.newPage();
    await page.goto(`${siteUrl}/?service=${encodeURIComponent(await serviceUrl())}`);
  });
  afterEach(() => context.close());

  let port: number | undefined;
  const serviceUrl = async (): Promise<string> => `http://127.0.0.1:${(port ??= await marquee.listen())}`;

  async function memberToken(memberId: string): Promise<string> {
    tokensGiven++;
    const response = await fetch(`${await serviceUrl()}/v1/member-tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ memberId }),
    });
    return ((await response.json()) as { token: string }).token;
  }

  const totals = () => marquee.learner!.totals('home/variant/u');
  const learned = async (trials: number, reward: number): Promise<void> => {
    // A little is forgotten meanwhile, as little as half a billionth.
    const least = 1e-6;
    await until('it is learned', totals, (t) => t.trials > trials - least && t.rewardSum > reward - least);
    await marquee.drained();
    expect(totals().trials).toBeCloseTo(trials, 6);
    expect(totals().rewardSum).toBeCloseTo(reward, 6);
  };

  test('shows a page by a token of its member, and asks for another when it has expired', async () => {
    expect(await page.evaluate<number>('visit("ada").then(() => shown.rows.length)')).toBeGreaterThan(0);
    await page.evaluate('visit("ada")');
    expect(tokensGiven).toBe(1);
    aheadMs = 61_000;
    await page.evaluate('visit("ada")');
    expect(tokensGiven).toBe(2);
    expect(await page.evaluate('visit("bob").catch((error) => error.code)')).toBe(
      'member-token/other-member',
    );
  });

  test('reports what was seen, once, and not what is below the fold', async () => {
    const before = totals();
    await page.evaluate('visit("seen")');
    // 600 px of window over cards of 250 px: two are whole, the third shows 100 px of 250.
    await learned(before.trials + 2, before.rewardSum);
    await page.evaluate('document.querySelectorAll(".card")[2].scrollIntoView({ block: "end" })');
    await learned(before.trials + 3, before.rewardSum);
    await page.evaluate('scrollTo(0, 0)');
    await page.evaluate('marquee.flush()');
    await learned(before.trials + 3, before.rewardSum);
  });

  test('a play says that it was seen, and counts once although the answer was lost', async () => {
    const before = totals();
    await page.evaluate('visit("player", { observe: false })');
    let isLost = false;
    await page.route('**/v1/events', async (route) => {
      // The first time the service takes it, and the browser never hears so.
      const response = await route.fetch();
      if (isLost) return route.fulfill({ response });
      isLost = true;
      return route.abort('connectionreset');
    });
    await page.evaluate('marquee.play(shown, 0, { watchedSeconds: 3600, watchedFraction: 0.9 })');
    await until(
      'it was sent again',
      () => page.evaluate<number>('waiting()'),
      (n) => n === 0,
    );
    expect(isLost).toBe(true);
    await learned(before.trials + 1, before.rewardSum + 1);
  });

  test('what happens offline is kept through a reload, and arrives when the network is back', async () => {
    const before = totals();
    await page.evaluate('visit("traveller", { observe: false })');
    await context.setOffline(true);
    await page.evaluate('marquee.play(shown, 1, { watchedSeconds: 3600, watchedFraction: 0.9 })');
    expect(await page.evaluate<number>('waiting()')).toBe(2);
    await context.setOffline(false);
    await page.reload();
    await learned(before.trials + 1, before.rewardSum + 1);
  });

  test.each(['null', '{}', '{', '7'])('%s in its storage is nobody’s event', async (text) => {
    await page.evaluate(`localStorage.setItem('marquee-events', ${JSON.stringify(text)})`);
    await page.reload();
    expect(await page.evaluate('marquee.waiting')).toBe(0);
    await page.evaluate('visit("tidy", { observe: false })');
    await page.evaluate('marquee.flush()');
    expect(await page.evaluate('faults')).toEqual([]);
  });

  test('what is refused as a whole is told of, and not sent again', async () => {
    await page.evaluate('visit("refused", { observe: false })');
    await page.route('**/v1/events', (route) => route.fulfill({ status: 413, body: 'too much' }));
    await page.evaluate('marquee.play(shown, 0)');
    await until(
      'it is told of',
      () => page.evaluate<string[]>('faults'),
      (faults) => faults.length > 0,
    );
    expect(await page.evaluate('faults')).toEqual(['bad-answer: status 413']);
    expect(await page.evaluate('marquee.waiting')).toBe(0);
  });

  test('what waits is sent when the page goes away', async () => {
    const before = totals();
    await page.evaluate('visit("leaver", { observe: false, sendEveryMs: 600000 })');
    await page.evaluate('look(shown)');
    const waiting = () => page.evaluate<number>('marquee.waiting');
    await until('it was seen, and is not sent yet', waiting, (count) => count === 1);
    await page.goto(`${siteUrl}/elsewhere`);
    await learned(before.trials + 1, before.rewardSum);
  });
});

/** Somebody's homepage: one column of cards. */
const PAGE = `<!doctype html><title>somebody's homepage</title>
<style>body { margin: 0 } .card { height: 250px; box-sizing: border-box; border: 1px solid }</style>
<main></main>
<script type="module">
  import { MarqueeBrowser } from '/marquee.js';
  const baseUrl = new URL(location.href).searchParams.get('service');
  let member;
  globalThis.faults = [];
  const make = (sendEveryMs) => new MarqueeBrowser({
    baseUrl, sendEveryMs, onFault: (fault) => faults.push(fault.message), memberToken: () => fetch('/token?member=' + member).then((r) => r.text()),
  });
  let client = make(100);
  Object.defineProperty(globalThis, 'marquee', { get: () => client });
  globalThis.waiting = () => JSON.parse(localStorage.getItem('marquee-events') ?? '[]').length;
  globalThis.look = (page) => {
    const card = Object.assign(document.createElement('div'), { className: 'card' });
    document.querySelector('main').append(card);
    client.observe(card, page, 0);
  };
  globalThis.visit = async (memberId, { observe = true, sendEveryMs } = {}) => {
    member ??= memberId;
    if (sendEveryMs) { client.close(); client = make(sendEveryMs); }
    globalThis.shown = await client.home({ memberId, country: 'GB', language: 'en', device: 'web' });
    const cards = shown.rows.flatMap((row) => row.titles).map((title) => {
      const card = document.createElement('div');
      card.className = 'card';
      card.textContent = title.name;
      if (observe) client.observe(card, shown, title.slot);
      return card;
    });
    document.querySelector('main').replaceChildren(...(observe ? cards : []));
  };
</script>`;
