import type { CatalogueRow, Device, HomeResponse, Member, Title } from '../../client/types.js';
import { AppError, shown as shownValue } from '../../core/errors.js';
import { seededRng, type Rng } from '../../core/rng.js';
import { DEMO_THEMES } from '../catalogue/themes.js';
import { playChances, titleTruth, type PagePosition, type PlayChances, type TitleTruth } from './appeal.js';
import { drawMembers, type MemberOptions, type SimulatedMember } from './members.js';
import { displayed, reportsOf, type Reaction, type ShownTitle, type TimedEvent } from './reaction.js';
import { drawVisit, type PageShape, type ThemedRow, type Visit } from './visits.js';

export interface WorldOptions extends Partial<MemberOptions> {
  /** everything about the world follows from it */
  readonly seed: number;
  /** number of simulated members, 1 … 1,000,000; default 4,000 */
  readonly members?: number;
  readonly titles: readonly Title[];
  /** in page order; the first one is on every page */
  readonly rows: readonly CatalogueRow[];
  /** when the world begins: visits start here, and tastes drift from here; default 2026-03-02T18:00:00Z */
  readonly startMs?: number;
  /** how far tastes have moved towards another one after `driftDays`, in [0, 1]; default 0.3 */
  readonly drift?: number;
  /** default 60 */
  readonly driftDays?: number;
  /** default: 5 rows of 10 titles, 12 to 20 of which are displayed */
  readonly page?: PageShape;
}

/** A displayed title as the world sees it. */
export interface Sight {
  readonly memberId: string;
  readonly titleId: string;
  readonly position: PagePosition;
  readonly device: Device;
  readonly atMs: number;
}

/**
 * A world of simulated members with hidden tastes. Seeded; nothing here knows what the service decides or how.
 *
 * Simplifications: a visit stands for an evening's browsing and may lead to several plays; a title may be played again; one
 * displayed title never changes the chances of another. So the chances of each display are known exactly, and regret with them.
 */
export interface World {
  /** what the service may know of the members */
  readonly members: readonly Member[];
  readonly startMs: number;
  /** Visits in order of time, without end: a Poisson process, members in proportion to their activity. */
  visits(rng: Rng): Generator<Visit, never>;
  /** One visit at a given time. */
  visitAt(atMs: number, rng: Rng): Visit;
  /** What the member does with the page they got. */
  react(visit: Visit, page: HomeResponse, rng: Rng): Reaction;
  /** Good plays expected of each of the title's artworks, in their order. Shape (K). */
  truth(sight: Sight): Float64Array;
  /** Chances of good and short plays per artwork, in their order. */
  chances(sight: Sight): readonly PlayChances[];
}

const DAY_MS = 86_400_000;
const DEFAULT_START_MS = Date.UTC(2026, 2, 2, 18);
const DEFAULTS = {
  members: 4000,
  declaredShare: 0.7,
  declaredNoise: 0.12,
  indifferentShare: 0.12,
  drift: 0.3,
  driftDays: 60,
};
const MOST_MEMBERS = 1_000_000;

/** @throws AppError `config/bad-value` when a number is out of its range */
export function createWorld(options: WorldOptions): World {
  const settings = { ...DEFAULTS, startMs: DEFAULT_START_MS, ...options };
  if (!Number.isInteger(settings.members) || settings.members < 1 || settings.members > MOST_MEMBERS) {
    throw new AppError(
      'config/bad-value',
      `members is ${shownValue(settings.members)}; expected an integer in 1 … ${MOST_MEMBERS}`,
    );
  }
  const simulated = drawMembers(settings.members, settings, seededRng(settings.seed).fork('members'));
  const byId = new Map(simulated.map((m) => [m.member.memberId, m]));
  const titles = new Map(options.titles.map((t) => [t.titleId, titleTruth(t, settings.seed)]));
  const rows = themedRows(options.rows, titles);
  const pick = activitySampler(simulated);
  const visitsPerMs = simulated.reduce((sum, m) => sum + m.visitsPerDay, 0) / DAY_MS;
  const tasteAt = tasteOverTime(settings);
  const chances = (sight: Sight): readonly PlayChances[] => {
    const member = known(byId, sight.memberId, 'member');
    const title = known(titles, sight.titleId, 'title');
    const taste = tasteAt(member, sight.atMs);
    return title.artworks.map((artwork) => playChances(member, taste, title, artwork, sight));
  };
  const visitAt = (atMs: number, rng: Rng): Visit => {
    const member = simulated[pick(rng.uniform())]!;
    return drawVisit(member, tasteAt(member, atMs), rows, atMs, rng, settings.page);
  };
  return {
    members: simulated.map((m) => m.member),
    startMs: settings.startMs,
    visitAt,
    *visits(rng) {
      for (let atMs = settings.startMs; ;) {
        atMs += -Math.log(rng.uniform()) / visitsPerMs;
        yield visitAt(atMs, rng);
      }
    },
    react: (visit, page, rng) => react(visit, page, rng, titles, chances),
    truth: (sight) => Float64Array.from(chances(sight), (c) => c.quality),
    chances,
  };
}

/** Titles are looked at one after the other, a little more than a second each. */
const LOOK_MS = 1300;

function react(
  visit: Visit,
  page: HomeResponse,
  rng: Rng,
  titles: ReadonlyMap<string, TitleTruth>,
  chances: (sight: Sight) => readonly PlayChances[],
): Reaction {
  const events: TimedEvent[] = [];
  const shown: ShownTitle[] = [];
  for (const [index, { title, position }] of displayed(visit, page).entries()) {
    const { titleId, artworkId } = title;
    const arm = known(titles, titleId, 'title').artworks.findIndex((a) => a.artworkId === artworkId);
    const offered = chances({
      memberId: visit.memberId,
      titleId,
      position,
      device: visit.device,
      atMs: visit.atMs,
    });
    const chance = offered[arm];
    if (chance === undefined)
      throw new AppError(
        'catalogue/unknown-title',
        `artwork ${shownValue(artworkId)} is none of ${titleId}'s`,
      );
    const outcome = reportsOf(page.token, title, visit.atMs + index * LOOK_MS, chance, rng);
    events.push(...outcome.events);
    const { qualityPlay } = outcome;
    const expected = Float64Array.from(offered, (c) => c.quality);
    shown.push({
      titleId,
      artworkId,
      position,
      fallback: title.fallback !== undefined,
      qualityPlay,
      arm,
      expected,
    });
  }
  return { events, shown };
}

/** The taste at a time; the last answer is kept, because a page asks for the same one for every title. */
function tasteOverTime(settings: {
  readonly startMs: number;
  readonly drift: number;
  readonly driftDays: number;
}): (member: SimulatedMember, atMs: number) => Float64Array {
  let last: { member: SimulatedMember; atMs: number; taste: Float64Array } | undefined;
  return (member, atMs) => {
    if (last?.member !== member || last.atMs !== atMs) {
      const elapsed = Math.max(0, atMs - settings.startMs) / (settings.driftDays * DAY_MS);
      last = { member, atMs, taste: driftedTaste(member, settings.drift * Math.min(1, elapsed)) };
    }
    return last.taste;
  };
}

/** (1 − λ)·start + λ·later, scaled so that the strongest theme is 1 again. */
function driftedTaste(member: SimulatedMember, lambda: number): Float64Array {
  if (lambda === 0) return member.tasteAtStart;
  const taste = member.tasteAtStart.map(
    (weight, e) => (1 - lambda) * weight + lambda * member.tasteLater[e]!,
  );
  const most = Math.max(...taste);
  return taste.map((weight) => weight / most);
}

function themedRows(
  rows: readonly CatalogueRow[],
  titles: ReadonlyMap<string, TitleTruth>,
): readonly ThemedRow[] {
  return rows.map((row) => {
    const themes = new Float64Array(DEMO_THEMES.length);
    for (const id of row.titleIds)
      known(titles, id, 'title').themes.forEach((weight, e) => (themes[e]! += weight / row.titleIds.length));
    return { row, themes };
  });
}

/** u in (0, 1) → index of a member, in proportion to visits per day. */
function activitySampler(members: readonly SimulatedMember[]): (u: number) => number {
  const ends = new Float64Array(members.length);
  let total = 0;
  for (const [i, member] of members.entries()) ends[i] = total += member.visitsPerDay;
  return (u) => {
    let low = 0;
    let high = members.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > u * total) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const value = map.get(id);
  if (value === undefined)
    throw new AppError('request/invalid', `${what} ${shownValue(id)} is not in this world`);
  return value;
}
