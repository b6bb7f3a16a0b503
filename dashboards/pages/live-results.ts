import type { SharePoint } from '../charts/stacked-share.js';
import type { Title } from '../../client/types.js';
import type { ComparedVariant, DashboardsDeps } from '../deps.js';
import {
  bucketsOf,
  type ArtworkCount,
  type OutcomeQueries,
  type Period,
  type VariantHistory,
} from '../queries/outcome-queries.js';
import {
  NO_MOMENTS,
  ratioEstimate,
  type RatioEstimate,
  type RatioMoments,
} from '../statistics/ratio-metric.js';

export type ResultsSize = 'narrow' | 'wide';

export interface LiveResultsQuestion {
  readonly deps: Pick<DashboardsDeps, 'home' | 'title'>;
  readonly queries: OutcomeQueries;
  readonly confidence: number;
  readonly size: ResultsSize;
  /** whose pictures to show; undefined: the most displayed title's */
  readonly titleId: string | undefined;
}

export interface VariantResult extends ComparedVariant {
  readonly moments: RatioMoments;
  /** undefined: too little data for an interval */
  readonly estimate: RatioEstimate | undefined;
  /** cumulative, ascending; moments in time without an interval are left out */
  readonly history: readonly (RatioEstimate & { readonly untilMs: number })[];
}

export interface ShownArtwork {
  readonly artworkId: string;
  readonly label: string;
  /** undefined: no longer in the catalogue */
  readonly url: string | undefined;
}

export interface ShareResult {
  readonly titleId: string;
  readonly titleName: string;
  /** titles to choose from, the most displayed first */
  readonly choices: readonly { readonly titleId: string; readonly name: string }[];
  readonly artworks: readonly ShownArtwork[];
  /** per variant: impressions of each artwork per time bucket that has any; `x` is the bucket's middle, ms since the first impression */
  readonly shares: readonly (ComparedVariant & {
    readonly points: readonly SharePoint[];
  })[];
}

export interface LiveResults {
  readonly size: ResultsSize;
  readonly confidence: number;
  readonly period: Period;
  readonly variants: readonly VariantResult[];
  readonly share: ShareResult | undefined;
}

const LINE_BUCKETS = 60;
const SHARE_BUCKETS = 24;
const TITLE_CHOICES = 12;
/** as many as the palette tells apart */
const SHOWN_ARTWORKS = 8;
const OTHERS = '(others)';

/** Every line ends where the period does: a variant that showed nothing in the last bucket still has its totals. */
function untilEnd(
  history: readonly (RatioEstimate & { readonly untilMs: number })[],
  endMs: number,
): (RatioEstimate & { readonly untilMs: number })[] {
  const last = history.at(-1);
  const within = history.filter((until) => until.untilMs < endMs);
  return last === undefined ? [] : [...within, { ...last, untilMs: endMs }];
}

function variantResult(
  compared: ComparedVariant,
  answer: VariantHistory | undefined,
  confidence: number,
  endMs: number,
): VariantResult {
  const history = answer?.history ?? [];
  const moments = history.at(-1) ?? NO_MOMENTS;
  const estimates = history.flatMap((until) => {
    const estimate = ratioEstimate(until, { confidence });
    return estimate === undefined ? [] : [{ ...estimate, untilMs: until.untilMs }];
  });
  return {
    ...compared,
    moments,
    estimate: ratioEstimate(moments, { confidence }),
    history: untilEnd(estimates, endMs),
  };
}

/** The catalogue's artworks in their order, then those that were displayed but are no longer in it. */
function knownArtworks(title: Title | undefined, displayed: readonly string[]): ShownArtwork[] {
  const known = (title?.artworks ?? []).map(({ artworkId, label, url }) => ({
    artworkId,
    label: label ?? artworkId,
    url,
  }));
  const gone = [...new Set(displayed)].filter(
    (artworkId) => !known.some((artwork) => artwork.artworkId === artworkId),
  );
  return [...known, ...gone.map((artworkId) => ({ artworkId, label: artworkId, url: undefined }))];
}

/** At most SHOWN_ARTWORKS: as many as there are colours. Beyond that the least displayed ones are counted together. */
function shownArtworks(all: readonly ShownArtwork[], counts: readonly ArtworkCount[]): ShownArtwork[] {
  if (all.length <= SHOWN_ARTWORKS) return [...all];
  const displayed = new Map<string, number>();
  for (const row of counts)
    displayed.set(row.artworkId, (displayed.get(row.artworkId) ?? 0) + row.impressions);
  const most = new Set(
    [...all]
      .sort((x, y) => (displayed.get(y.artworkId) ?? 0) - (displayed.get(x.artworkId) ?? 0))
      .slice(0, SHOWN_ARTWORKS - 1)
      .map((artwork) => artwork.artworkId),
  );
  const others = { artworkId: OTHERS, label: `${all.length - most.size} others`, url: undefined };
  return [...all.filter((artwork) => most.has(artwork.artworkId)), others];
}

/** One variant's impressions per bucket and shown artwork. */
function sharePoints(
  counts: readonly ArtworkCount[],
  shown: readonly ShownArtwork[],
  bucketMs: number,
): SharePoint[] {
  const ids = new Set(shown.map((artwork) => artwork.artworkId));
  const perBucket = new Map<number, Map<string, number>>();
  for (const row of counts) {
    const bucket = perBucket.get(row.bucket) ?? new Map<string, number>();
    const key = ids.has(row.artworkId) ? row.artworkId : OTHERS;
    perBucket.set(row.bucket, bucket.set(key, (bucket.get(key) ?? 0) + row.impressions));
  }
  return [...perBucket].map(([bucket, of]) => ({ x: (bucket + 0.5) * bucketMs, counts: of }));
}

async function shareResult(question: LiveResultsQuestion, period: Period): Promise<ShareResult | undefined> {
  const { deps, queries } = question;
  const variants = deps.home.variants.map((v) => v.variant);
  const displayed = await queries.mostDisplayedTitles(deps.home.experiment, variants, TITLE_CHOICES);
  const titleId = question.titleId ?? displayed[0]?.titleId;
  if (titleId === undefined) return undefined;
  const listed = displayed.map((title) => title.titleId);
  const choiceIds = listed.includes(titleId) ? listed : [titleId, ...listed];
  const buckets = bucketsOf(period, SHARE_BUCKETS);
  const [titles, counts] = await Promise.all([
    Promise.all(choiceIds.map((id) => deps.title(id))),
    queries.artworkShareOverTime(deps.home.experiment, variants, titleId, buckets),
  ]);
  const title = titles[choiceIds.indexOf(titleId)];
  const all = knownArtworks(
    title,
    counts.map((row) => row.artworkId),
  );
  const artworks = shownArtworks(all, counts);
  const shares = deps.home.variants.map((compared) => ({
    ...compared,
    points: sharePoints(
      counts.filter((row) => row.variant === compared.variant),
      artworks,
      buckets.bucketMs,
    ),
  }));
  return {
    titleId,
    titleName: title?.name ?? titleId,
    choices: choiceIds.map((id, i) => ({ titleId: id, name: titles[i]?.name ?? id })),
    artworks,
    shares,
  };
}

/** Everything the live section shows, as of the last answers of the queries. @throws AppError `analytics/*` */
export async function liveResults(question: LiveResultsQuestion): Promise<LiveResults> {
  const { deps, queries, confidence, size } = question;
  const { experiment, variants } = deps.home;
  const period = await queries.observedPeriod(experiment);
  const ids = variants.map((v) => v.variant);
  if (period.storedRows === 0) {
    return {
      size,
      confidence,
      period,
      variants: variants.map((v) => variantResult(v, undefined, confidence, period.lastAtMs)),
      share: undefined,
    };
  }
  const [histories, share] = await Promise.all([
    queries.takeFractionOverTime(experiment, ids, bucketsOf(period, LINE_BUCKETS)),
    shareResult(question, period),
  ]);
  const results = variants.map((v) =>
    variantResult(
      v,
      histories.find((history) => history.variant === v.variant),
      confidence,
      period.lastAtMs,
    ),
  );
  return { size, confidence, period, variants: results, share };
}
