/** The wire types of Marquee's HTTP API. This folder has no dependencies: browsers, Node and our own pages share it. */

/** A weight in [0, 1] per theme of the configured vocabulary; a missing theme is 0. */
export type Themes = Readonly<Record<string, number>>;

export interface Artwork {
  readonly artworkId: string;
  /** absolute, or a path on this service */
  readonly url: string;
  /** what the picture emphasises */
  readonly themes: Themes;
  /** for people: "Romance", "Sigourney Weaver", "Ensemble" */
  readonly label?: string;
  /** for people: what sort of emphasis it is */
  readonly emphasis?: string;
}

export interface AvailabilityWindow {
  /** ISO 3166 alpha-2; absent: everywhere */
  readonly countries?: readonly string[];
  /** ISO 8601 instants; absent: open on that side */
  readonly from?: string;
  readonly until?: string;
}

export interface Title {
  readonly titleId: string;
  readonly name: string;
  readonly year?: number;
  readonly genres?: readonly string[];
  readonly cast?: readonly string[];
  /** where it was made, ISO 3166 alpha-2 */
  readonly countries?: readonly string[];
  /** youngest age it is suitable for, 0 … 21; default 0 */
  readonly maturityRating?: number;
  /** rights; absent or empty: available everywhere, always */
  readonly availability?: readonly AvailabilityWindow[];
  readonly themes: Themes;
  /** 0 … the configured most; a title without artwork is never shown */
  readonly artworks: readonly Artwork[];
  /** default: the first artwork */
  readonly defaultArtworkId?: string;
}

export interface CatalogueRow {
  readonly rowId: string;
  readonly name: string;
  readonly titleIds: readonly string[];
}

export interface Member {
  readonly memberId: string;
  /** declared taste; the taste learned from plays is kept beside it */
  readonly themes?: Themes;
  /** age up to which titles may be shown; absent: no limit */
  readonly maturityLimit?: number;
  /** true for the members of the demo world; shown wherever such a member is shown */
  readonly simulated?: boolean;
  /** for people: a word or two in the member picker */
  readonly label?: string;
}

export const DEVICES = ['tv', 'mobile', 'web'] as const;
export type Device = (typeof DEVICES)[number];

export interface HomeRequest {
  readonly memberId: string;
  /** ISO 3166 alpha-2 */
  readonly country: string;
  /** BCP 47, for example "en" */
  readonly language: string;
  readonly device: Device;
  /** rows and candidates of the caller's own; absent: the catalogue's rows */
  readonly rows?: readonly {
    readonly rowId: string;
    readonly name?: string;
    readonly titleIds: readonly string[];
  }[];
  /** keep everything about this decision for GET /v1/decisions/{requestId}/slots/{slot} */
  readonly explain?: boolean;
}

export interface HomeTitle {
  /** number of this place on the page: what events name */
  readonly slot: number;
  readonly titleId: string;
  readonly name: string;
  readonly artworkId: string;
  readonly artworkUrl: string;
  /** absent: decided by the policy */
  readonly fallback?: 'unpersonalised' | 'default-artwork';
}

export interface HomeRow {
  readonly rowId: string;
  readonly name: string;
  readonly titles: readonly HomeTitle[];
}

export interface HomeResponse {
  readonly requestId: string;
  /** echo it, with a slot, in every event about this page */
  readonly token: string;
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly snapshotVersion: number;
  readonly rows: readonly HomeRow[];
}

export interface ImpressionReport {
  readonly type: 'impression';
  readonly token: string;
  readonly slot: number;
  /** epoch milliseconds by the client's clock; absent: when it is received */
  readonly atMs?: number;
}

export interface PlayReport {
  readonly type: 'play';
  readonly token: string;
  readonly slot: number;
  /** tells two plays from one slot apart; the same again is a later report of the same play. Default "1" */
  readonly playId?: string;
  readonly watchedSeconds: number;
  /** of the title, in [0, 1]; default 0 */
  readonly watchedFraction?: number;
  readonly atMs?: number;
}

export type EventReport = ImpressionReport | PlayReport;

/** 202 when at least one event was accepted and all accepted ones are durable; 400 when none was. */
export interface EventsResponse {
  readonly accepted: number;
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

export interface PutResponse {
  readonly stored: number;
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

/** GET /v1/decisions/{requestId}/slots/{slot}: why this artwork. */
export interface Explanation {
  readonly requestId: string;
  readonly slot: number;
  readonly memberId: string;
  readonly titleId: string;
  readonly titleName: string;
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly snapshotVersion: number;
  readonly decidedAtMs: number;
  readonly epoch: number;
  readonly rowId: string;
  readonly position: number;
  /** probability of this title at this position given those before it */
  readonly orderPropensity: number;
  /** 0 is the first row of the page */
  readonly rowIndex?: number;
  /** probability of this row at its place given those above it; absent: rows stand as they were given */
  readonly rowPropensity?: number;
  /** how much this slot was believed to be looked at, relative to the first of the page: what its trial is learned with */
  readonly examination?: number;
  readonly fallback?: 'unpersonalised' | 'default-artwork';
  readonly member: { readonly themes: Themes; readonly plays: number };
  /** in the order of the title's artworks */
  readonly arms: readonly ExplainedArm[];
}

export interface ExplainedArm {
  readonly artworkId: string;
  readonly url: string;
  readonly label?: string;
  readonly emphasis?: string;
  readonly chosen: boolean;
  /** false: removed before the draw */
  readonly offered: boolean;
  /** predicted reward (good plays per impression) and its standard deviation; 0 where the policy has none */
  readonly mean: number;
  readonly deviation: number;
  readonly propensity: number;
  /** the features that speak loudest for or against it: contribution to `mean`, largest magnitude first, at most 6 */
  readonly contributions: readonly {
    readonly feature: string;
    readonly value: number;
    readonly contribution: number;
  }[];
}

/** Body of every error. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly retry: boolean };
}
