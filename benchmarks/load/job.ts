/** What the load generator is told to do: a JSON file named on its command line. */
export interface LoadJob {
  readonly baseUrl: string;
  readonly method: 'POST' | 'GET';
  readonly path: string;
  /** file with one request body per line, sent in turn */
  readonly bodiesFile: string;
  /** send each body once and stop early when they run out (events must be distinct); false: go round */
  readonly once: boolean;
  readonly connections: number;
  /** not counted: connections open, code is compiled */
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** absent: closed loop, every connection always busy: what can it take? Present: this many requests per second, whatever comes back */
  readonly ratePerSecond?: number;
  /** numeric field of the JSON answer to add up, for example "accepted" */
  readonly sumField?: string;
}

/** Of the measured part alone. */
export interface LoadResult {
  readonly requests: number;
  /** answers that were not 2xx, and requests that failed */
  readonly errors: number;
  /** a first error, for people */
  readonly firstError?: string;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** open loop: from the time a request was *due*, so a stall counts for all it delays; closed loop: from when it was sent */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly responseBytes: number;
  readonly sum: number;
  /** open loop: how late requests were sent, which is the generator's own noise */
  readonly sendDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}
