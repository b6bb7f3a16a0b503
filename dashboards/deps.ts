import type { Clock } from '../core/clock.js';
import type { Explanation, Member, Title } from '../client/types.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import type { ShownApi } from './pages/api-page.js';

/** One arm of the experiment whose members the homepage lists and the charts compare, in the order in which they are shown. */
export interface ComparedVariant {
  readonly variant: string;
  /** name of the policy it serves, for example "linear-thompson" */
  readonly policy: string;
  /** its share of the split, any scale, ≥ 0; default 1 */
  readonly weight?: number;
}

/** A member offered in the picker, with the variant the experiment puts the member in. */
export interface ListedMember extends Member {
  /** absent: in no variant of the compared experiment (the shared random slice) */
  readonly variant?: string;
}

/**
 * What the pages need of the service. The composition root supplies closures; nothing here reaches into serving or learning, and where
 * the dashboards are a process of their own the closures are HTTP calls.
 */
export interface DashboardsDeps {
  /** reads `marquee.outcomes` only */
  readonly analytics: Analytics;
  readonly clock: Clock;
  readonly home: HomeDeps;
  /** Why this artwork: what `GET /v1/decisions/{requestId}/slots/{slot}` answers. @throws AppError `request/not-found` */
  explain(requestId: string, slot: number): Promise<Explanation>;
  /** A title of the catalogue, for its name and the thumbnails of its artworks; undefined when it is not (or no longer) there. */
  title(titleId: string): Promise<Title | undefined>;
  /** the HTTP API's description; absent: there is no page of it */
  readonly api?: ShownApi;
  readonly options?: DashboardsOptions;
}

export interface HomeDeps {
  /** the experiment the charts read; rows of other experiments are ignored */
  readonly experiment: string;
  readonly variants: readonly ComparedVariant[];
  /** Members offered in the picker; the first `options.listedMembers`, taken from the variants in turn, are shown. */
  listMembers(): Promise<readonly ListedMember[]>;
  /** what `POST /v1/home` is called with; ISO 3166 alpha-2 and BCP 47. Default "US" and "en" */
  readonly country?: string;
  readonly language?: string;
}

export interface DashboardsOptions {
  /** shortest time between two runs of the same query, however many watch; default 2,000 ms */
  readonly queryIntervalMs?: number;
  /** a query that took t ms is not asked again before `queryRest`·t ms have passed; default 4, so queries use at most a fifth of a reader */
  readonly queryRest?: number;
  /** different questions whose answers are kept at a time; default 64 */
  readonly keptAnswers?: number;
  /** most members in the picker; default 60 */
  readonly listedMembers?: number;
  /** time between two refreshes of the live section in the browser; default 2,500 ms */
  readonly refreshMs?: number;
  /** confidence of the intervals, in (0, 1); default 0.95 */
  readonly confidence?: number;
  /** holds the compiled `dashboards/browser` and `client/browser`; default: above this module, else the repository's `dist` */
  readonly modulesDirectory?: string;
  /** how the Experiment page judges */
  readonly experiment?: Partial<ExperimentOptions>;
}

/** All of it is to be settled before anybody looks at results. */
export interface ExperimentOptions {
  /** a member's value is what they do within this long after their first exposure, and counts when it is over; > 0, default 60,000 ms */
  readonly windowMs: number;
  /** fewer counted members than this in a group have no interval: the intervals are for large samples; at least 2, default 30 */
  readonly minMembers: number;
  /** members of both groups at which the confidence sequence is tightest; ≥ 1, default 5,000 */
  readonly tightestAt: number;
  /** smallest relative effect that is worth finding; > 0, default 0.02 */
  readonly minEffect: number;
  /** how much lower, relative, the take fraction may be; ≥ 0, default 0.02 */
  readonly guardrailMargin: number;
  /** a split less probable than this is a fault; in (0, 1), default 0.01 */
  readonly sampleRatioAlpha: number;
}

export const DEFAULT_EXPERIMENT = {
  windowMs: 60_000,
  minMembers: 30,
  tightestAt: 5_000,
  minEffect: 0.02,
  guardrailMargin: 0.02,
  sampleRatioAlpha: 0.01,
} as const satisfies ExperimentOptions;

export const DEFAULT_OPTIONS = {
  queryIntervalMs: 2_000,
  queryRest: 4,
  keptAnswers: 64,
  listedMembers: 60,
  refreshMs: 2_500,
  confidence: 0.95,
} as const satisfies Omit<DashboardsOptions, 'experiment'>;
