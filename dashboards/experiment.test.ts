import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import express, { type ErrorRequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { seededRng } from '../core/rng.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import { chdbAnalytics } from '../feedback/analytics/chdb/chdb.js';
import { byMember, countedMoments, drawExperiment } from './experiment-fixtures.js';
import { outcomeRow, type Outcome } from './outcome-fixtures.js';
import { dashboardsRouter } from './router.js';
import { sequentialDifference } from './statistics/confidence-sequence.js';
import { welchDifference } from './statistics/difference.js';
import { holm } from './statistics/multiple-comparisons.js';
import { sampleRatio } from './statistics/sample-ratio.js';
import { playsSample, takeFractionSample } from './statistics/variant-comparison.js';

const START_MS = Date.UTC(2024, 4, 1, 12);
const WINDOW_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const POLICIES: Readonly<Record<string, string>> = {
  uniform: 'uniform',
  best: 'best-unpersonalised',
  contextual: 'linear-thompson',
};
const hostile = '<img src=x onerror=alert(1)>';

let path: string;
let analytics: Analytics;
let server: Server;
let origin: string;
const planted: Outcome[] = [];
let members: readonly (readonly Outcome[])[] = [];

/** Experiments are kept apart by their ids; every one has a router of its own, mounted under its id. */
function mounted(experiment: string, weights: Readonly<Record<string, number>>): express.Router {
  const variants = Object.entries(weights).map(([variant, weight]) => ({
    ...{ variant, weight, policy: POLICIES[variant] ?? variant },
  }));
  return dashboardsRouter({
    analytics,
    clock: manualClock(START_MS + 30 * DAY_MS),
    home: { experiment, variants, listMembers: () => Promise.resolve([]) },
    title: () => Promise.resolve(undefined),
    explain: () => Promise.reject(new AppError('request/not-found', 'none')),
  });
}

async function fill(): Promise<void> {
  const same = { fromMs: START_MS, spanMs: HOUR_MS, stayMs: 90_000, members: 6_000 };
  const thirds = { uniform: 0.2, best: 0.2, contextual: 0.3 };
  planted.push(...drawExperiment({ ...same, experiment: 'planted', takeFractions: thirds }, seededRng(1)));
  // Two rows of one member in another variant: who was in both is counted nowhere.
  const moved = planted.filter(({ memberId }) => memberId === 'planted-m7');
  const other = moved[0]!.variant === 'best' ? 'uniform' : 'best';
  const stray = moved.map((o, i) => ({ ...o, requestId: `stray-${i}`, variant: other }));
  const off = drawExperiment(
    { ...same, experiment: 'off', takeFractions: { uniform: 0.2, best: 0.2 } },
    seededRng(2),
  );
  const long = drawExperiment(
    {
      ...{ experiment: 'long', fromMs: START_MS, spanMs: DAY_MS, stayMs: 4 * DAY_MS, members: 4_000 },
      takeFractions: { uniform: 0.2, contextual: 0.25 },
    },
    seededRng(3),
  );
  const lonely = drawExperiment(
    { ...same, experiment: 'lonely', takeFractions: { contextual: 0.5 }, members: 1 },
    seededRng(4),
  );
  // The trial first, then the reward as a later version of the same row, as the sink writes them.
  const all = [...planted, ...stray, ...off, ...long, ...lonely];
  await analytics.insert(
    'outcomes',
    all.map((o) => outcomeRow({ ...o, reward: 0, version: 0, labelledAtMs: o.atMs })),
  );
  await analytics.insert('outcomes', all.filter(({ reward }) => reward > 0).map(outcomeRow));
  members = byMember(planted.filter(({ memberId }) => memberId !== 'planted-m7'));
}

beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'marquee-experiment-'));
  analytics = await chdbAnalytics({ path });
  await analytics.migrate();
  await fill();
  const app = express();
  const thirds = { uniform: 1, best: 1, contextual: 1 };
  app.use('/planted', mounted('planted', thirds));
  app.use('/off', mounted('off', { uniform: 1, best: 3 }));
  app.use('/long', mounted('long', { uniform: 1, contextual: 1 }));
  app.use('/lonely', mounted('lonely', { uniform: 1, contextual: 1 }));
  app.use('/nothing', mounted('nothing', { uniform: 1, [hostile]: 1 }));
  app.use('/alone', mounted('alone', { uniform: 1 }));
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    const fault = error instanceof AppError ? error : new AppError('internal', String(error));
    response.status(fault.status).json({ error: { code: fault.code, message: fault.message } });
  };
  app.use(onError);
  server = createServer(app);
  // A busy machine may think for longer than the usual five seconds between two requests.
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 120_000);

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await analytics.close();
  rmSync(path, { recursive: true, force: true });
});

async function page(address: string): Promise<string> {
  const response = await fetch(origin + address);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(text).not.toMatch(/NaN|Infinity|undefined|<img src=x/);
  expect(text).not.toMatch(/ style=| on[a-z]+="|<script(?! type="module" src=)/);
  return text.replace(/[ \n]+/g, ' ');
}

type Row = Readonly<Record<string, string | number | null>>;
interface Exported {
  readonly asOfMs: number;
  readonly control: string;
  readonly verdict: { readonly kind: string; readonly headline: string; readonly others: string[] };
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}
async function exported(address: string): Promise<Exported> {
  const response = await fetch(origin + address);
  expect(response.status).toBe(200);
  return (await response.json()) as Exported;
}

const asOfMs = (): number => planted.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
const momentsOf = (variant: string) =>
  countedMoments(members, WINDOW_MS, asOfMs(), (first) => first.variant === variant);

describe('a planted lift', () => {
  it('is found, and said in words', async () => {
    const text = await page('/planted/experiment');
    expect(text).toMatch(
      /Contextual earns \d\d\u202f% more good plays per member than Uniform \(95 % sequence \+\d+\u202f% to \+\d+\u202f%\): it can be shipped\./,
    );
    expect(text).toContain('Not enough data yet to tell Best for everyone from Uniform');
    expect(text).toContain('class="verdict verdict-ship"');
    expect(text).toContain('aria-current="page"');
  });

  it('has the numbers that the statistics give on the same rows', async () => {
    const { tables, control, ...rest } = await exported('/planted/experiment.json');
    expect(control).toBe('uniform');
    expect(rest.asOfMs).toBe(asOfMs());
    const base = momentsOf('uniform');
    const rows = tables['good-plays-per-member']!;
    const sequences = ['best', 'contextual'].map((variant) =>
      sequentialDifference(playsSample(base), playsSample(momentsOf(variant)))!,
    );
    const adjusted = holm(sequences.map(({ pValue }) => pValue));
    for (const [i, variant] of ['best', 'contextual'].entries()) {
      const own = momentsOf(variant);
      const welch = welchDifference(playsSample(base), playsSample(own))!;
      const take = sequentialDifference(takeFractionSample(base), takeFractionSample(own))!;
      expect(rows.find((row) => row['variant'] === variant)).toMatchObject({
        ...{ members: own.members, plays: own.plays, playsPerMember: own.plays / own.members },
        ...{ playsLift: sequences[i]!.estimate, playsSequenceLow: sequences[i]!.low },
        ...{ playsWelchHigh: welch.high, playsWelchP: welch.pValue, adjustedP: adjusted[i] },
      });
      expect(tables['take-fraction']!.find((row) => row['variant'] === variant)).toMatchObject({
        ...{ impressions: own.impressions, takeFraction: own.plays / own.impressions },
        ...{ takeFractionLift: take.estimate, takeFractionSequenceLow: take.low },
      });
      const last = tables['lift-over-time']!.findLast((row) => row['variant'] === variant)!;
      expect(last).toMatchObject({ untilMs: asOfMs(), lift: sequences[i]!.estimate });
    }
  });

  it('counts every look as a plain count over members does', async () => {
    const { tables } = await exported('/planted/experiment.json');
    const looks = tables['lift-over-time']!.filter((row) => row['variant'] === 'contextual');
    expect(looks.length).toBeGreaterThan(20);
    for (const { untilMs, members: counted, lift } of looks.filter(
      (_, i) => i % 6 === 5 || i === looks.length - 1,
    )) {
      // A bucket ends before its first moment of the next one; the last ends with what there is.
      const until = untilMs === asOfMs() ? asOfMs() : Number(untilMs) - 1;
      const [base, own] = ['uniform', 'contextual'].map((variant) =>
        countedMoments(members, WINDOW_MS, until, (first) => first.variant === variant),
      );
      expect(counted).toBe(base!.members + own!.members);
      expect(lift).toBe(sequentialDifference(playsSample(base!), playsSample(own!))!.estimate);
    }
  });

  it('shows the split, with members of several variants left out', async () => {
    const { tables } = await exported('/planted/experiment.json');
    const exposed = ['uniform', 'best', 'contextual'].map(
      (variant) => members.filter(([first]) => first!.variant === variant).length,
    );
    expect(tables['split']!.map((row) => row['exposed'])).toEqual(exposed);
    expect(tables['health']![0]).toMatchObject({
      ...{ strayMembers: 1, sampleRatioP: sampleRatio(exposed, [1, 1, 1]).pValue },
    });
  });

  it('shows segments by the first exposure: all devices, the five largest countries', async () => {
    const { tables } = await exported('/planted/experiment.json');
    const of = tables['segments']!.filter((row) => row['variant'] === 'contextual');
    const names = (dimension: string) =>
      of.filter((row) => row['dimension'] === dimension).map((row) => row['segment']);
    expect([...names('device')].sort()).toEqual(['mobile', 'tv', 'web']);
    expect(names('country')).toHaveLength(5);
    const french = (variant: string) =>
      countedMoments(
        members,
        WINDOW_MS,
        asOfMs(),
        (first) => first.variant === variant && first.country === names('country')[0],
      );
    const row = of.find(({ segment }) => segment === names('country')[0])!;
    expect(row['members']).toBe(french('uniform').members + french('contextual').members);
    expect(row['lift']).toBe(
      welchDifference(playsSample(french('uniform')), playsSample(french('contextual')))!.estimate,
    );
  });

  it('takes another control and window from the address, and refuses what is neither', async () => {
    const { control, verdict, tables } = await exported(
      '/planted/experiment.json?control=contextual&windowMs=30000',
    );
    expect(control).toBe('contextual');
    expect(verdict.kind).toBe('do-not-ship');
    const own = countedMoments(members, 30_000, asOfMs(), (first) => first.variant === 'best');
    expect(tables['good-plays-per-member']!.find((row) => row['variant'] === 'best')).toMatchObject({
      ...{ members: own.members, plays: own.plays },
    });
    for (const query of ['control=none', 'windowMs=1', 'windowMs=a', 'table=none&control=uniform']) {
      const response = await fetch(`${origin}/planted/experiment.csv?${query}`);
      expect(response.status, query).toBe(400);
      expect(await response.text()).toContain('expected');
    }
  });

  it('exports every table, as one list or one by one', async () => {
    const { tables } = await exported('/planted/experiment.json');
    const all = await (await fetch(`${origin}/planted/experiment.csv`)).text();
    const cells = parse<{ table: string }>(all, { columns: true });
    const count = Object.values(tables).reduce((sum, rows) => {
      return sum + rows.length * Object.keys(rows[0] ?? {}).length;
    }, 0);
    expect(cells).toHaveLength(count);
    const one = await fetch(`${origin}/planted/experiment.csv?table=split`);
    expect(one.headers.get('content-disposition')).toContain('experiment.csv');
    const rows = parse<Record<string, string>>(await one.text(), { columns: true });
    expect(rows.map((row) => Number(row['exposed']))).toEqual(tables['split']!.map((row) => row['exposed']));
  });
});

describe('a split that is off', () => {
  it('is said before anything else, and nothing is judged', async () => {
    const text = await page('/off/experiment');
    expect(text).toContain('Health: the split is off (SRM p &lt; 0.0001): do not read the rest.');
    const { verdict } = await exported('/off/experiment.json');
    expect(verdict).toMatchObject({ kind: 'unhealthy', others: [] });
  });
});

describe('novelty', () => {
  it('waits for two days, and says so', async () => {
    expect(await page('/planted/experiment')).toContain('Not shown: it takes two days of data');
  });

  it('is the lift by days since first exposure, of members who lived through the day', async () => {
    expect(await page('/long/experiment')).toContain('Does it wear off?');
    const { tables, asOfMs: nowMs } = await exported('/long/experiment.json');
    const days = tables['novelty']!;
    expect(days.map((row) => row['day'])).toEqual([0, 1, 2, 3]);
    const counted = days.map((row) => Number(row['members']));
    expect(counted[0]).toBe(4_000);
    expect(counted[3]).toBeLessThanOrEqual(counted[0]!);
    expect(nowMs).toBeLessThan(START_MS + 5 * DAY_MS);
  });
});

describe('not enough data yet', () => {
  it.each([
    ['/nothing/experiment', 'nothing was displayed in this experiment so far'],
    ['/lonely/experiment', 'nobody has seen Uniform so far'],
    ['/lonely/experiment?windowMs=1000', 'nobody has seen Uniform so far'],
    ['/planted/experiment?windowMs=604800000', 'is over for 0 members of'],
    ['/alone/experiment', 'there is nothing to compare it with'],
  ])('%s says: %s', async (address, words) => {
    expect(await page(address)).toContain(words);
  });
});
