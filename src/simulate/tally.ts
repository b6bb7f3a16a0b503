import { Durations } from '../../core/percentiles.js';

/** What has happened since the last look. */
export class Tally {
  pages = 0;
  /** pages that were due and not asked for: too many were unanswered */
  skippedPages = 0;
  /** events whose time had come */
  due = 0;
  acknowledged = 0;
  /** refused by the service, event by event */
  rejected = 0;
  /** given up after many attempts */
  lost = 0;
  /** given up because too many waited */
  dropped = 0;
  retries = 0;
  /** requests that failed, by what they were for */
  readonly failures = { pages: 0, events: 0 };
  lastFailure: string | undefined;
  /** from when an event was due to its acknowledgement */
  readonly acknowledgedAfter = new Durations();
  /** from sending a play to a page decided with it */
  readonly fresh = new Durations();
  freshPlays = 0;
  /** plays that changed no page within the probe's patience */
  staleProbes = 0;

  failed(what: 'pages' | 'events', message: string): void {
    this.failures[what]++;
    this.lastFailure = message;
  }
}

/** The tally of the moment: everybody counts in it, and whoever reports takes it and begins another. */
export class Books {
  current = new Tally();

  take(): Tally {
    const taken = this.current;
    this.current = new Tally();
    return taken;
  }
}
