import type { ComparedVariant } from '../deps.js';
import type { DayMoments, ExperimentQueries, ExperimentQuestion } from '../queries/experiment-queries.js';
import type { Period } from '../queries/outcome-queries.js';
import { noveltyTrend, type DayEffect, type NoveltyTrend } from '../statistics/novelty.js';
import { meanSample, type Sample } from '../statistics/sample.js';
import { metricDifference, type ComparisonOptions } from '../statistics/variant-comparison.js';

export interface VariantNovelty extends ComparedVariant {
  /** ascending; days of which nothing can be said are left out */
  readonly days: readonly (DayEffect & { readonly members: number })[];
  /** undefined: fewer than three days */
  readonly trend: NoveltyTrend | undefined;
}

export type Novelty =
  | { readonly kind: 'too-young'; readonly observedMs: number }
  | { readonly kind: 'known'; readonly variants: readonly VariantNovelty[] };

export interface NoveltyQuestion {
  readonly queries: Pick<ExperimentQueries, 'days'>;
  readonly asked: ExperimentQuestion;
  readonly control: string;
  readonly treated: readonly ComparedVariant[];
  readonly period: Period;
  readonly settings: ComparisonOptions;
}

const DAY_MS = 86_400_000;
const MIN_DAYS = 2;
const MOST_DAYS = 28;

function daySample(row: DayMoments | undefined): Sample {
  return meanSample({ n: row?.members ?? 0, sum: row?.plays ?? 0, sumSquares: row?.playsSquared ?? 0 });
}

/** Does the lift wear off or grow with the days since first exposure? Not asked before two days have been seen. */
export async function noveltyOf(question: NoveltyQuestion): Promise<Novelty> {
  const { asked, control, period, settings } = question;
  const observedMs = period.storedRows === 0 ? 0 : Math.max(0, asked.asOfMs - period.firstAtMs);
  if (observedMs < MIN_DAYS * DAY_MS) return { kind: 'too-young', observedMs };
  const rows = await question.queries.days(asked, MOST_DAYS);
  const variants = question.treated.map((compared) => {
    const own = rows.filter(({ variant }) => variant === compared.variant);
    const days = own.flatMap((row) => {
      const base = daySample(rows.find((r) => r.variant === control && r.day === row.day));
      const effect = metricDifference(base, daySample(row), settings)?.welch;
      if (effect === undefined) return [];
      const { estimate, standardError } = effect;
      return [{ day: row.day, estimate, standardError, members: base.n + row.members }];
    });
    return { ...compared, days, trend: noveltyTrend(days) };
  });
  return { kind: 'known', variants };
}
