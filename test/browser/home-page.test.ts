import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../core/clock.js';
import { seededRng } from '../../core/rng.js';
import { readFilms } from '../../demo/catalogue/films.js';
import { demoRows } from '../../demo/catalogue/rows.js';
import { demoTitles } from '../../demo/catalogue/titles.js';
import { homeRequest, loadDemo } from '../../demo/run.js';
import { createWorld } from '../../demo/world/world.js';
import { compose, type Marquee } from '../../src/compose.js';
import { loadConfig } from '../../src/config.js';
import { EXPERIMENT } from '../../src/demo/experiment.js';
import { inProcessClient } from '../../src/in-process-client.js';
import { findChromium } from '../support/chromium.js';
import { until } from '../support/until.js';

/** A person with a browser in front of the demo's homepage. Screenshots are kept in test/artifacts. */
const executablePath = findChromium();
const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url));

describe.runIf(executablePath !== undefined)('the homepage in a browser', () => {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-browser-'));
  const complaints: string[] = [];
  let marquee: Marquee;
  let browser: Browser;
  let baseUrl: string;

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    const config = loadConfig({
      environment: {},
      overrides: {
        data: { directory },
        server: { port: 0 },
        experiment: EXPERIMENT,
        sink: { maxBatchAgeMs: 50 },
      },
    });
    marquee = await compose(config, { logger: pino({ level: 'silent' }) });
    baseUrl = `http://localhost:${await marquee.listen()}`;
    await visitABit(marquee);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await marquee.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const open = async (options: {
    width: number;
    height: number;
    colorScheme: 'dark' | 'light';
  }): Promise<Page> => {
    const { width, height, colorScheme } = options;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(baseUrl);
    await page.waitForSelector('[data-slot] img');
    await page.waitForFunction("document.querySelector('[data-slot] img').naturalWidth > 0");
    return page;
  };

  test('shows rows of titles with pictures, and says what is simulated', async () => {
    const page = await open({ width: 1440, height: 900, colorScheme: 'dark' });
    expect(await page.locator('section.row').count()).toBeGreaterThan(5);
    expect(await page.locator('[data-slot]').count()).toBeGreaterThan(100);
    expect(await page.getByText('Simulated:').first().textContent()).toContain('Simulated');
    await page.waitForSelector('svg');
    await page.screenshot({ path: join(ARTIFACTS, 'home-dark.png') });
    await page.close();
  });

  test('explains a picture by keyboard, and closes on Escape', async () => {
    const page = await open({ width: 1440, height: 900, colorScheme: 'dark' });
    await page.locator('.card-play').first().focus();
    await page.keyboard.press('ArrowRight');
    const panel = page.locator('[popover]:popover-open').filter({ hasText: 'chance' });
    await panel.waitFor();
    expect(await panel.locator('img').count()).toBeGreaterThanOrEqual(4);
    expect(await panel.textContent()).toContain('shown');
    await page.screenshot({ path: join(ARTIFACTS, 'why-dark.png') });
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    await page.close();
  });

  test('reports what was seen, and a click is a play that the service learns', async () => {
    const totals = () => marquee.learner!.totals('home/unpersonalised');
    // Before the page is opened: on a slow machine its first impressions are learned by the time its pictures are there.
    await marquee.drained();
    const before = totals();
    const page = await open({ width: 1440, height: 900, colorScheme: 'light' });
    await until('impressions are learned', totals, (t) => t.trials > before.trials);
    await page.locator('.card-play').first().click();
    await until('the play is learned', totals, (t) => t.rewardSum > before.rewardSum + 0.5);
    await page.screenshot({ path: join(ARTIFACTS, 'home-light.png') });
    await page.close();
  });

  test('fits a phone', async () => {
    const page = await open({ width: 390, height: 844, colorScheme: 'dark' });
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(ARTIFACTS, 'home-phone.png') });
    await page.close();
  });

  // Contrast is computed of every card there is: the slowest of all on a busy machine.
  test.each(['/', '/live', '/experiment', '/api'])(
    'axe finds no violation on %s, light or dark',
    async (path) => {
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      for (const colorScheme of ['light', 'dark'] as const) {
        // The checker itself is an inline script, which our pages do not allow.
        const page = await browser.newPage({ colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
        await page.goto(baseUrl + path);
        if (path === '/') await page.waitForSelector('[data-slot] img');
        await page.addScriptTag({ content: axe });
        const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
          "axe.run({ resultTypes: ['violations'] })",
        );
        expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
        if (path === '/api') await page.screenshot({ path: join(ARTIFACTS, `api-${colorScheme}.png`) });
        await page.close();
      }
    },
    240_000,
  );

  test('the browser had nothing to complain about: no error, nothing refused by the content security policy', () => {
    expect(complaints).toEqual([]);
  });
});

/** Loads the demo and lets some simulated members visit, so that there is something to show. */
async function visitABit(marquee: Marquee): Promise<void> {
  const client = inProcessClient(marquee);
  const titles = demoTitles(readFilms());
  const rows = demoRows(titles);
  const world = createWorld({ seed: 3, titles, rows, members: 300, startMs: systemClock.nowMs() });
  await loadDemo(client, { titles, rows, members: world.members });
  const rng = seededRng(3);
  for (let v = 0; v < 300; v++) {
    const visit = world.visitAt(systemClock.nowMs(), rng);
    const { events } = world.react(visit, await client.home(homeRequest(visit)), rng);
    if (events.length > 0)
      await client.events(events.map(({ report }) => ({ ...report, atMs: systemClock.nowMs() })));
  }
  await marquee.drained({ analytics: true });
}
