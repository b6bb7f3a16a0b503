import { addMoments, NO_MOMENTS, type RatioMoments } from '../statistics/ratio-metric.js';
import type { Ask } from './shared-questions.js';
import { sqlFile } from './sql-file.js';

export interface Period {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** rows stored, repeats not yet merged included; 0: nothing was displayed yet and the times mean nothing */
  readonly storedRows: number;
}

/** Time cut into equal buckets, from the first impression to the last. */
export interface Buckets {
  readonly fromMs: number;
  readonly bucketMs: number;
  readonly count: number;
}

/** Moments from the start to the end of the bucket that ends at `untilMs`. */
export interface MomentsUntil extends RatioMoments {
  readonly untilMs: number;
}

export interface VariantHistory {
  readonly variant: string;
  /** ascending in time; empty when nothing of the variant was displayed */
  readonly history: readonly MomentsUntil[];
}

export interface DisplayedTitle {
  readonly titleId: string;
  readonly impressions: number;
}

export interface ArtworkCount {
  readonly variant: string;
  /** 0 … buckets.count − 1 */
  readonly bucket: number;
  readonly artworkId: string;
  readonly impressions: number;
}

/** One question each; answers are shared for a moment (see recent-answers.ts). @throws AppError `analytics/*` from the port */
export interface OutcomeQueries {
  observedPeriod(experiment: string): Promise<Period>;
  takeFractionOverTime(
    experiment: string,
    variants: readonly string[],
    buckets: Buckets,
  ): Promise<readonly VariantHistory[]>;
  mostDisplayedTitles(
    experiment: string,
    variants: readonly string[],
    most: number,
  ): Promise<readonly DisplayedTitle[]>;
  artworkShareOverTime(
    experiment: string,
    variants: readonly string[],
    titleId: string,
    buckets: Buckets,
  ): Promise<readonly ArtworkCount[]>;
}

const OBSERVED_PERIOD = sqlFile('observed-period');
const TAKE_FRACTION_OVER_TIME = sqlFile('take-fraction-over-time');
const MOST_DISPLAYED_TITLES = sqlFile('most-displayed-titles');
const ARTWORK_SHARE_OVER_TIME = sqlFile('artwork-share-over-time');

/** At most `most` buckets of a width that lasts: it is a power of two of seconds, so a growing period rarely moves the edges. */
export function bucketsOf(period: Period, most: number): Buckets {
  const spanMs = Math.max(1, period.lastAtMs - period.firstAtMs + 1);
  let bucketMs = 1_000;
  while (bucketMs * most < spanMs) bucketMs *= 2;
  return { fromMs: period.firstAtMs, bucketMs, count: Math.ceil(spanMs / bucketMs) };
}

interface AddedRow extends RatioMoments {
  readonly variant: string;
  readonly bucket: number;
}

function historyOf(variant: string, rows: readonly AddedRow[], buckets: Buckets): VariantHistory {
  let sum = NO_MOMENTS;
  const history = rows
    .filter((row) => row.variant === variant)
    .map((row) => {
      sum = addMoments(sum, row);
      return { ...sum, untilMs: buckets.fromMs + (row.bucket + 1) * buckets.bucketMs };
    });
  return { variant, history };
}

export function outcomeQueries(ask: Ask): OutcomeQueries {
  return {
    async observedPeriod(experiment) {
      const [period] = await ask<Period>(OBSERVED_PERIOD, { experiment });
      return period ?? { firstAtMs: 0, lastAtMs: 0, storedRows: 0 };
    },
    async takeFractionOverTime(experiment, variants, buckets) {
      const { fromMs, bucketMs } = buckets;
      const rows = await ask<AddedRow>(TAKE_FRACTION_OVER_TIME, { experiment, variants, fromMs, bucketMs });
      return variants.map((variant) => historyOf(variant, rows, buckets));
    },
    mostDisplayedTitles: (experiment, variants, most) =>
      ask<DisplayedTitle>(MOST_DISPLAYED_TITLES, { experiment, variants, most }),
    artworkShareOverTime(experiment, variants, titleId, { fromMs, bucketMs }) {
      return ask<ArtworkCount>(ARTWORK_SHARE_OVER_TIME, { experiment, variants, titleId, fromMs, bucketMs });
    },
  };
}
