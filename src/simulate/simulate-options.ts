/** What a simulation is asked for. Every limit is here: memory follows from them, whatever the service does. */
export interface SimulateOptions {
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** impressions and plays per second, all told; > 0 */
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** of everything: the world, its members, what they do */
  readonly seed: number;
  readonly members: number;
  /** `synthetic`: titles that mean nothing, as many as are asked for; `films`: the demo's */
  readonly catalogue: 'synthetic' | 'films';
  readonly titles: number;
  /** the catalogue and members are there already */
  readonly isLoaded: boolean;
  /** events of one request at most, 1 … 1,000 */
  readonly batch: number;
  readonly connections: number;
  /** where learners and sinks say how far they are behind; several where they are several processes */
  readonly metricsUrls: readonly string[];
  readonly intervalMs: number;
  /** real time per simulated delay, in (0, 1] */
  readonly delayScale: number;
  /** how long to wait, after the last event, for the lag to be zero */
  readonly settleSeconds: number;
}

/** What a member does within an hour is done within a second; what is put off to the next day, within half a minute. */
export const DEFAULT_DELAY_SCALE = 1 / 3600;
/** An event waits so long for others to go along with. */
export const GATHER_MS = 50;
/** Pages asked for and not answered: beyond these, pages are given up, and counted. */
export const MOST_PAGES_IN_FLIGHT = 1_000;
/** Events whose time has not come, or that wait for a connection: beyond these the newest are given up, and counted. */
export const MOST_WAITING_EVENTS = 400_000;
/** A batch that the service could not take is sent again so often, as a client would, and then given up, and counted. */
export const MOST_ATTEMPTS = 6;
export const FIRST_BACK_OFF_MS = 250;
export const REQUEST_TIMEOUT_MS = 30_000;
