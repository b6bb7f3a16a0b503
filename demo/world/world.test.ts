import { describe, expect, it } from 'vitest';
import type { HomeResponse, Title } from '../../client/types.js';
import { seededRng } from '../../core/rng.js';
import { readFilms } from '../catalogue/films.js';
import { demoRows } from '../catalogue/rows.js';
import { DEMO_THEMES } from '../catalogue/themes.js';
import { demoTitles } from '../catalogue/titles.js';
import { describeWorld } from './description.js';
import type { Visit } from './visits.js';
import { createWorld, type World } from './world.js';

const titles = demoTitles(readFilms());
const rows = demoRows(titles);
const byId = new Map(titles.map((title) => [title.titleId, title]));
const worldOf = (seed: number, members = 400): World => createWorld({ seed, members, titles, rows });

/** The page as asked for, each title with the artwork that `arm` picks. */
function pageOf(visit: Visit, arm: (title: Title) => number): HomeResponse {
  let slot = 0;
  const page = visit.rows.map((row) => ({
    rowId: row.rowId,
    name: row.rowId,
    titles: row.titleIds.map((titleId) => {
      const title = byId.get(titleId)!;
      const artwork = title.artworks[arm(title)]!;
      return {
        slot: slot++,
        titleId,
        name: title.name,
        artworkId: artwork.artworkId,
        artworkUrl: artwork.url,
      };
    }),
  }));
  return {
    requestId: 'r',
    token: 't',
    experiment: 'e',
    variant: 'v',
    policy: 'uniform',
    snapshotVersion: 0,
    rows: page,
  };
}

function firstVisits(world: World, count: number, seed = 1): Visit[] {
  const source = world.visits(seededRng(seed));
  return Array.from({ length: count }, () => source.next().value);
}

describe('a world', () => {
  it('is the same for the same seed, and another for another', () => {
    const visit = firstVisits(worldOf(1), 50);
    expect(firstVisits(worldOf(1), 50)).toEqual(visit);
    expect(worldOf(1).members).toEqual(worldOf(1).members);
    expect(worldOf(2).members).not.toEqual(worldOf(1).members);
    const page = pageOf(visit[0]!, () => 0);
    expect(worldOf(1).react(visit[0]!, page, seededRng(9))).toEqual(
      worldOf(1).react(visit[0]!, page, seededRng(9)),
    );
  });

  it('says of every member that they are simulated, and to the service at most a noisy taste', () => {
    const { members } = worldOf(3, 1000);
    const declared = members.filter((member) => member.themes !== undefined).length;
    // Binomial(1000, 0.7): deviation 14.5; four of them.
    expect(Math.abs(declared - 700)).toBeLessThan(58);
    for (const member of members) {
      expect(member.simulated).toBe(true);
      expect(member.label).toMatch(/^Simulated \d{4,} · [a-z-]+(, [a-z-]+)?$/);
      expect(Object.keys(member).sort().join()).toMatch(
        /^label,(maturityLimit,)?memberId,simulated(,themes)?$/,
      );
      for (const theme of Object.keys(member.themes ?? {})) expect(DEMO_THEMES).toContain(theme);
    }
  });

  it('asks for pages without repeats and displays 12 to 20 titles of them', () => {
    const world = worldOf(4);
    let last = world.startMs;
    for (const visit of firstVisits(world, 300)) {
      const asked = visit.rows.flatMap((row) => row.titleIds);
      expect(new Set(asked).size).toBe(asked.length);
      expect(visit.atMs).toBeGreaterThanOrEqual(last);
      last = visit.atMs;
      const { shown, events } = world.react(
        visit,
        pageOf(visit, () => 0),
        seededRng(visit.atMs),
      );
      expect(shown.length).toBe(visit.impressions);
      expect(events.filter((event) => event.report.type === 'impression').length).toBe(shown.length);
    }
  });

  it('reports good plays as such and short ones as short, in order, within the attribution window', () => {
    const world = worldOf(5);
    let delayedHours = 0;
    for (const visit of firstVisits(world, 400)) {
      const { shown, events } = world.react(
        visit,
        pageOf(visit, () => 0),
        seededRng(visit.atMs),
      );
      const good = new Set<number>();
      for (const { dueAtMs, report } of events) {
        expect(dueAtMs).toBeGreaterThanOrEqual(report.atMs!);
        expect(Number.isInteger(report.atMs)).toBe(true);
        expect(dueAtMs - visit.atMs).toBeLessThan(48 * 3_600_000);
        delayedHours = Math.max(delayedHours, (dueAtMs - visit.atMs) / 3_600_000);
        if (report.type === 'play' && (report.watchedSeconds >= 360 || report.watchedFraction! >= 0.7))
          good.add(report.slot);
      }
      expect(good.size).toBe(shown.filter((title) => title.qualityPlay).length);
    }
    expect(delayedHours).toBeGreaterThan(5);
  });

  it('refuses a number of members it cannot have', () => {
    expect(() => worldOf(1, 0)).toThrow(/members is 0; expected an integer in 1 …/);
  });
});

describe('truth', () => {
  it('is what happens: good plays of every display against their stated chances', () => {
    const world = worldOf(6);
    const rng = seededRng(66);
    // Poisson-binomial over independent displays: mean Σp, variance Σp(1 − p).
    let expected = 0;
    let variance = 0;
    let happened = 0;
    for (const visit of firstVisits(world, 2500)) {
      for (const shown of world.react(
        visit,
        pageOf(visit, (title) => rng.below(title.artworks.length)),
        rng,
      ).shown) {
        const p = shown.expected[shown.arm]!;
        expected += p;
        variance += p * (1 - p);
        if (shown.qualityPlay) happened++;
      }
    }
    expect(expected).toBeGreaterThan(2000);
    expect(Math.abs(happened - expected) / Math.sqrt(variance)).toBeLessThan(4);
  });

  it('holds in every tenth of the stated chances, not only on average', () => {
    const world = worldOf(7);
    const rng = seededRng(77);
    const bins = Array.from({ length: 10 }, () => ({ expected: 0, variance: 0, happened: 0 }));
    for (const visit of firstVisits(world, 2500)) {
      for (const shown of world.react(
        visit,
        pageOf(visit, (title) => rng.below(title.artworks.length)),
        rng,
      ).shown) {
        const p = shown.expected[shown.arm]!;
        const bin = bins[Math.min(9, Math.floor(p * 20))]!;
        bin.expected += p;
        bin.variance += p * (1 - p);
        if (shown.qualityPlay) bin.happened++;
      }
    }
    const used = bins.filter((bin) => bin.variance > 10);
    const chiSquare = used.reduce((sum, bin) => sum + (bin.happened - bin.expected) ** 2 / bin.variance, 0);
    expect(used.length).toBeGreaterThanOrEqual(6);
    // χ² with 10 degrees of freedom: 29.59 at p = 0.001 (table); fewer bins only make it rarer.
    expect(chiSquare).toBeLessThan(29.59);
  });

  it('makes clickbait draw more plays and fewer good ones, and leaves the indifferent unmoved', () => {
    const world = worldOf(8);
    const sights = firstVisits(world, 300).flatMap((visit) =>
      visit.rows.map((row) => ({
        memberId: visit.memberId,
        titleId: row.titleIds[0]!,
        position: { row: 0, column: 0 },
        device: visit.device,
        atMs: visit.atMs,
      })),
    );
    const short = sights.flatMap((sight) => world.chances(sight).map((chance) => chance.short));
    expect(Math.max(...short) / Math.min(...short)).toBeGreaterThan(5);
    const unmoved = sights.filter((sight) => new Set(world.truth(sight)).size === 1);
    const indifferent =
      new Set(unmoved.map((sight) => sight.memberId)).size /
      new Set(sights.map((sight) => sight.memberId)).size;
    expect(indifferent).toBeGreaterThan(0.04);
    expect(indifferent).toBeLessThan(0.22);
  });

  it('falls with the position and drifts with time', () => {
    const world = worldOf(9);
    const [visit] = firstVisits(world, 1);
    const sight = {
      memberId: visit!.memberId,
      titleId: visit!.rows[0]!.titleIds[0]!,
      device: visit!.device,
      atMs: world.startMs,
    };
    const first = world.truth({ ...sight, position: { row: 0, column: 0 } });
    const later = world.truth({ ...sight, position: { row: 3, column: 4 } });
    for (const [arm, p] of first.entries()) expect(later[arm]!).toBeLessThan(p);
    const moved = world.members.filter(({ memberId }) => {
      const at = (atMs: number): number[] => [
        ...world.truth({ ...sight, memberId, position: { row: 0, column: 0 }, atMs }),
      ];
      return at(world.startMs).join() !== at(world.startMs + 30 * 86_400_000).join();
    });
    expect(moved.length).toBeGreaterThan(300);
  });
});

describe('describeWorld', () => {
  it('shows a world in which a picture for everyone pays, and one for each member pays more', () => {
    for (const seed of [1, 2, 3]) {
      const world = worldOf(seed, 1000);
      const facts = describeWorld({ world, titles }, 800);
      expect(facts.uniform).toBeGreaterThan(0.08);
      expect(facts.uniform).toBeLessThan(0.12);
      expect(facts.bestForEveryone / facts.uniform).toBeGreaterThan(1.2);
      expect(facts.bestPerMember / facts.bestForEveryone).toBeGreaterThan(1.35);
      expect(facts.otherBestShare).toBeGreaterThan(0.4);
      expect(facts.titlesOfMostDisplays).toBeGreaterThanOrEqual(40);
      expect(facts.titlesOfMostDisplays).toBeLessThanOrEqual(120);
    }
  });
});
