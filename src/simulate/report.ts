import type { Lag } from './lag-reading.js';
import type { Tally } from './tally.js';

/** One stretch of a simulation. Times in ms; null: nothing was measured. */
export interface Interval {
  /** since the first page was due */
  readonly untilSeconds: number;
  readonly seconds: number;
  readonly pages: number;
  readonly skippedPages: number;
  readonly due: number;
  readonly acknowledged: number;
  /** events refused, given up after many attempts, or given up because too many waited */
  readonly rejected: number;
  readonly lost: number;
  readonly dropped: number;
  /** requests that failed; those for events were sent again */
  readonly failedPages: number;
  readonly failedBatches: number;
  /** events in this process's memory */
  readonly held: number;
  /** how long the oldest event that waits for a connection has been due */
  readonly behindMs: number;
  readonly acknowledgedAfter: Quantiles | null;
  readonly fresh: (Quantiles & { readonly plays: number }) | null;
  readonly staleProbes: number;
  readonly lag: Lag;
  readonly residentMib: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export interface Moment {
  readonly untilSeconds: number;
  readonly seconds: number;
  readonly held: number;
  readonly behindMs: number;
  readonly lag: Lag;
  readonly residentBytes: number;
}

export function intervalOf(tally: Tally, moment: Moment): Interval {
  const fresh = quantiles(tally.fresh.summary());
  return {
    untilSeconds: rounded(moment.untilSeconds),
    seconds: rounded(moment.seconds),
    pages: tally.pages,
    skippedPages: tally.skippedPages,
    due: tally.due,
    acknowledged: tally.acknowledged,
    rejected: tally.rejected,
    lost: tally.lost,
    dropped: tally.dropped,
    failedPages: tally.failures.pages,
    failedBatches: tally.failures.events,
    held: moment.held,
    behindMs: Math.round(moment.behindMs),
    acknowledgedAfter: quantiles(tally.acknowledgedAfter.summary()),
    fresh: fresh && { ...fresh, plays: tally.freshPlays },
    staleProbes: tally.staleProbes,
    lag: moment.lag,
    residentMib: Math.round(moment.residentBytes / 2 ** 20),
  };
}

export function quantiles({ p50, p99 }: Quantiles): Quantiles | null {
  return Number.isNaN(p50) ? null : { p50: Math.round(p50), p99: Math.round(p99) };
}

/** events that were due and will never be acknowledged */
export function errorsOf({ rejected, lost, dropped }: Interval): number {
  return rejected + lost + dropped;
}

const COLUMNS = [
  ['s', 6],
  ['due/s', 9],
  ['acked/s', 9],
  ['errors', 8],
  ['behind ms', 10],
  ['ack p50/p99 ms', 16],
  ['fresh p50/p99 ms', 18],
  ['lag learn/sink', 18],
  ['MiB', 6],
] as const;

export function heading(): string {
  return COLUMNS.map(([name, width]) => name.padStart(width)).join('');
}

export function lineOf(interval: Interval): string {
  const perSecond = (count: number): string =>
    interval.seconds > 0 ? Math.round(count / interval.seconds).toLocaleString('en') : '–';
  const cells = [
    interval.untilSeconds.toFixed(0),
    perSecond(interval.due),
    perSecond(interval.acknowledged),
    String(errorsOf(interval)),
    String(interval.behindMs),
    pair(interval.acknowledgedAfter),
    pair(interval.fresh),
    `${shownLag(interval.lag.learner)}/${shownLag(interval.lag.sink)}`,
    String(interval.residentMib),
  ];
  return cells.map((cell, i) => cell.padStart(COLUMNS[i]![1])).join('');
}

function pair(quantile: Quantiles | null): string {
  return quantile === null ? '–' : `${quantile.p50}/${quantile.p99}`;
}

function shownLag(records: number | null): string {
  return records === null ? '?' : String(records);
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
