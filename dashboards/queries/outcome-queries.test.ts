import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../core/clock.js';
import { seededRng } from '../../core/rng.js';
import { chdbAnalytics } from '../../feedback/analytics/chdb/chdb.js';
import type { Analytics } from '../../feedback/analytics/analytics.js';
import { drawOutcomes, outcomeRow, type Outcome } from '../outcome-fixtures.js';
import { bucketsOf, outcomeQueries, type OutcomeQueries } from './outcome-queries.js';
import { sharedQuestions } from './shared-questions.js';

const START_MS = Date.UTC(2024, 4, 1, 12);
const SPAN_MS = 10 * 60_000;
const variants = ['uniform', 'best', 'contextual'];
const clock = manualClock(START_MS);

let path: string;
let analytics: Analytics;
let queries: OutcomeQueries;
let outcomes: readonly Outcome[];

beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'marquee-queries-'));
  analytics = await chdbAnalytics({ path });
  await analytics.migrate();
  queries = outcomeQueries(
    sharedQuestions(analytics, clock, { queryIntervalMs: 2_000, queryRest: 0, keptAnswers: 8 }),
  );
  outcomes = drawOutcomes(
    { count: 4_000, members: 90, fromMs: START_MS, spanMs: SPAN_MS, variants },
    seededRng(5),
  );
  // The trial first, then the reward as a later version of the same row: what the sink writes; FINAL must count it once.
  await analytics.insert(
    'outcomes',
    outcomes.map((outcome) => outcomeRow({ ...outcome, reward: 0, version: 0 })),
  );
  await analytics.insert('outcomes', outcomes.filter((outcome) => outcome.reward > 0).map(outcomeRow));
  // Another experiment's rows are none of our business.
  const other = outcomes[0]!;
  await analytics.insert('outcomes', [
    outcomeRow({ ...other, requestId: 'other', experiment: 'other', atMs: START_MS - 5_000 }),
  ]);
});

afterAll(async () => {
  await analytics.close();
  rmSync(path, { recursive: true, force: true });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe('outcomeQueries', () => {
  it('finds the observed period of one experiment', async () => {
    const period = await queries.observedPeriod('home');
    const times = outcomes.map((outcome) => outcome.atMs);
    expect(period.firstAtMs).toBe(Math.min(...times));
    expect(period.lastAtMs).toBe(Math.max(...times));
    expect((await queries.observedPeriod('none')).storedRows).toBe(0);
  });

  it('accumulates the moments that a plain count over members gives, at the end of every bucket', async () => {
    const period = await queries.observedPeriod('home');
    const buckets = bucketsOf(period, 20);
    const histories = await queries.takeFractionOverTime('home', variants, buckets);
    expect(histories.map((history) => history.variant)).toEqual(variants);
    for (const { variant, history } of histories) {
      expect(history.length).toBeGreaterThan(10);
      for (const until of history) {
        const seen = outcomes.filter(
          (outcome) => outcome.variant === variant && outcome.atMs < until.untilMs,
        );
        const perMember = [...new Set(seen.map((outcome) => outcome.memberId))].map((memberId) => {
          const of = seen.filter((outcome) => outcome.memberId === memberId);
          return { n: of.length, y: sum(of.map((outcome) => outcome.reward)) };
        });
        expect(until).toEqual({
          untilMs: until.untilMs,
          members: perMember.length,
          impressions: seen.length,
          plays: sum(perMember.map(({ y }) => y)),
          impressionsSquared: sum(perMember.map(({ n }) => n * n)),
          playsSquared: sum(perMember.map(({ y }) => y * y)),
          playsTimesImpressions: sum(perMember.map(({ n, y }) => n * y)),
        });
      }
    }
  });

  it('orders the most displayed titles and counts the pictures of one', async () => {
    const [first] = await queries.mostDisplayedTitles('home', variants, 1);
    const buckets = bucketsOf(await queries.observedPeriod('home'), 10);
    const counts = await queries.artworkShareOverTime('home', variants, first!.titleId, buckets);
    const of = outcomes.filter((outcome) => outcome.titleId === first!.titleId);
    for (const variant of variants) {
      for (const artworkId of new Set(of.map((outcome) => outcome.artworkId))) {
        const counted = counts.filter((row) => row.variant === variant && row.artworkId === artworkId);
        const expected = of.filter(
          (outcome) => outcome.variant === variant && outcome.artworkId === artworkId,
        );
        expect(sum(counted.map((row) => row.impressions))).toBe(expected.length);
      }
    }
    expect(Math.max(...counts.map((row) => row.bucket))).toBeLessThan(buckets.count);
  });

  it('treats a hostile title id as a value', async () => {
    const buckets = bucketsOf(await queries.observedPeriod('home'), 10);
    expect(await queries.artworkShareOverTime('home', variants, `x' OR '1'='1`, buckets)).toEqual([]);
  });
});

describe('bucketsOf', () => {
  it('covers the period with at most as many buckets as asked for, and at least half of them when time allows', () => {
    for (const spanMs of [0, 999, 60_000, 61_001, 3_600_000, 86_400_000 * 3]) {
      const buckets = bucketsOf({ firstAtMs: START_MS, lastAtMs: START_MS + spanMs, storedRows: 1 }, 60);
      expect(buckets.count * buckets.bucketMs).toBeGreaterThan(spanMs);
      expect(buckets.count).toBeLessThanOrEqual(60);
      if (spanMs >= 60_000) expect(buckets.count).toBeGreaterThan(29);
    }
  });
});
