import type { EventReport, HomeResponse, HomeTitle } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';
import type { PagePosition, PlayChances } from './appeal.js';
import type { Visit } from './visits.js';

/** An event, and when the client sends it. */
export interface TimedEvent {
  readonly dueAtMs: number;
  readonly report: EventReport;
}

/** A displayed title and what will come of it: the world's own books, which the service never sees. */
export interface ShownTitle {
  readonly titleId: string;
  readonly artworkId: string;
  readonly position: PagePosition;
  readonly fallback: boolean;
  readonly qualityPlay: boolean;
  /** index of the artwork among the title's */
  readonly arm: number;
  /** shape (K): good plays expected of each of the title's artworks here */
  readonly expected: Float64Array;
}

export interface Reaction {
  readonly events: readonly TimedEvent[];
  readonly shown: readonly ShownTitle[];
}

const RUNTIME_SECONDS = 6600;
const LEAST_QUALITY_SECONDS = 360;
const MOST_SHORT_SECONDS = 240;
/** Titles seen per row before scrolling down, by device. */
const COLUMNS = { tv: 6, web: 5, mobile: 4 } as const;
/** Share of plays that start hours after the title was seen: put off until later. */
const LATER_SHARE = 0.1;
const LATER_MOST_HOURS = 30;
/** Share of good plays of which the client reports a beginning, too: the same playId with fewer seconds. */
const TWO_REPORTS_SHARE = 0.25;

/** What of a page is displayed: row by row, as many columns as the device shows, until the visit's impressions are used up. */
export function displayed(
  visit: Visit,
  page: HomeResponse,
): readonly { readonly title: HomeTitle; readonly position: PagePosition }[] {
  const columns = COLUMNS[visit.device];
  const shown = page.rows.flatMap(({ titles }, row) =>
    titles.slice(0, columns).map((title, column) => ({ title, position: { row, column } })),
  );
  return shown.slice(0, visit.impressions);
}

/** The events of a displayed title: its impression and, by chance, a play. */
export function reportsOf(
  token: string,
  title: HomeTitle,
  seenAtMs: number,
  chances: PlayChances,
  rng: Rng,
): { readonly events: readonly TimedEvent[]; readonly qualityPlay: boolean } {
  const slot = title.slot;
  const impression: TimedEvent = {
    dueAtMs: seenAtMs + 1000,
    report: { type: 'impression', token, slot, atMs: seenAtMs },
  };
  const u = rng.uniform();
  if (u < chances.quality)
    return { events: [impression, ...qualityReports(token, slot, seenAtMs, rng)], qualityPlay: true };
  if (u < chances.quality + chances.short) {
    const watched = Math.round(10 + rng.uniform() * (MOST_SHORT_SECONDS - 10));
    return { events: [impression, playReport(token, slot, seenAtMs, watched)], qualityPlay: false };
  }
  return { events: [impression], qualityPlay: false };
}

function qualityReports(token: string, slot: number, seenAtMs: number, rng: Rng): readonly TimedEvent[] {
  const later = rng.uniform() < LATER_SHARE;
  const startMs =
    seenAtMs +
    Math.round(
      later ? (1 + rng.uniform() * (LATER_MOST_HOURS - 1)) * 3_600_000 : 2000 + rng.uniform() * 20_000,
    );
  // Log-uniform between six minutes and the whole film.
  const watched = Math.round(
    LEAST_QUALITY_SECONDS * (RUNTIME_SECONDS / LEAST_QUALITY_SECONDS) ** rng.uniform(),
  );
  const last = playReport(token, slot, startMs, watched);
  if (rng.uniform() >= TWO_REPORTS_SHARE) return [last];
  return [playReport(token, slot, startMs, Math.round(30 + rng.uniform() * 300)), last];
}

function playReport(token: string, slot: number, startMs: number, watchedSeconds: number): TimedEvent {
  const atMs = startMs + watchedSeconds * 1000;
  const watchedFraction = Math.min(1, Math.round((watchedSeconds / RUNTIME_SECONDS) * 1000) / 1000);
  return {
    dueAtMs: atMs + 500,
    report: { type: 'play', token, slot, playId: '1', watchedSeconds, watchedFraction, atMs },
  };
}
