import type { Clock } from '../../core/clock.js';
import type { ComparedVariant, ExperimentOptions, HomeDeps } from '../deps.js';
import type {
  ExperimentLooks,
  ExperimentQueries,
  ExperimentQuestion,
  Look,
  SegmentMoments,
  VariantLooks,
} from '../queries/experiment-queries.js';
import { bucketsOf, type OutcomeQueries, type Period } from '../queries/outcome-queries.js';
import { NO_MOMENTS, type RatioMoments } from '../statistics/ratio-metric.js';
import {
  compareVariants,
  metricDifference,
  playsSample,
  type VariantComparison,
} from '../statistics/variant-comparison.js';
import { splitHealth, type SplitHealth } from './experiment-health.js';
import { noveltyOf, type Novelty } from './experiment-novelty.js';
import { sampleSizes, type SampleSize } from './experiment-sample-size.js';
import { segmentEffects, type SegmentResult } from './experiment-segments.js';

export interface ExperimentSettings extends ExperimentOptions {
  /** of the intervals, in (0, 1) */
  readonly confidence: number;
}

export interface ExperimentResultsQuestion {
  readonly home: Pick<HomeDeps, 'experiment' | 'variants'>;
  readonly clock: Clock;
  readonly outcomes: Pick<OutcomeQueries, 'observedPeriod'>;
  readonly queries: ExperimentQueries;
  readonly settings: ExperimentSettings;
  /** a variant's id; undefined: see {@link chosenControl} */
  readonly control: string | undefined;
}

export interface ExperimentVariant extends ComparedVariant {
  /** members whose window has closed */
  readonly moments: RatioMoments;
  /** members seen at least once, whether or not their window has closed */
  readonly exposed: number;
}

export interface TreatedVariant extends ExperimentVariant, VariantComparison {
  /** ascending; looks at which nothing could be said are left out. `members` of both groups */
  readonly looks: readonly {
    readonly untilMs: number;
    readonly members: number;
    readonly estimate: number;
    readonly low: number;
    readonly high: number;
  }[];
}

export interface ExperimentResults {
  readonly experiment: string;
  readonly settings: ExperimentSettings;
  readonly period: Period;
  /** members whose window closed later do not count yet; epoch milliseconds */
  readonly asOfMs: number;
  readonly control: ExperimentVariant;
  /** the others, in their order */
  readonly treated: readonly TreatedVariant[];
  readonly health: SplitHealth;
  readonly segments: readonly SegmentResult[];
  readonly novelty: Novelty;
  readonly sampleSizes: readonly SampleSize[];
}

/** Points of the lift over time. */
const LOOKS = 48;
const SEGMENTS = 5;

/** What the others are compared with: the first variant that is uniform, else the first that is the same for everybody, else the first. */
export function chosenControl(
  variants: readonly ComparedVariant[],
  wanted: string | undefined,
): ComparedVariant | undefined {
  return (
    variants.find(({ variant }) => variant === wanted) ??
    variants.find(({ policy }) => policy === 'uniform') ??
    variants.find(({ policy }) => policy === 'best-unpersonalised') ??
    variants[0]
  );
}

function countedVariant(compared: ComparedVariant, looks: VariantLooks): ExperimentVariant {
  const moments = looks.looks.at(-1) ?? NO_MOMENTS;
  return { ...compared, moments, exposed: moments.members + looks.open };
}

function liftLooks(
  control: VariantLooks,
  treated: VariantLooks,
  settings: ExperimentSettings,
): TreatedVariant['looks'] {
  const ofControl = new Map<number, Look>(control.looks.map((look) => [look.untilMs, look]));
  return treated.looks.flatMap((look) => {
    const base = ofControl.get(look.untilMs);
    const sequence = base && metricDifference(playsSample(base), playsSample(look), settings)?.sequence;
    if (sequence === undefined) return [];
    const { estimate, low, high } = sequence;
    return [{ untilMs: look.untilMs, members: base!.members + look.members, estimate, low, high }];
  });
}

const NO_LOOKS: ExperimentLooks = { variants: [], strayMembers: 0 };

/** What the tables say: every look, and the segments now. */
async function answers(
  { queries, settings }: ExperimentResultsQuestion,
  asked: ExperimentQuestion,
  period: Period,
): Promise<{ looks: ExperimentLooks; segments: readonly SegmentMoments[] }> {
  if (period.storedRows === 0) return { looks: NO_LOOKS, segments: [] };
  const firstAtMs = period.firstAtMs + settings.windowMs;
  const lastAtMs = Math.max(firstAtMs, asked.asOfMs);
  const buckets = bucketsOf({ ...period, firstAtMs, lastAtMs }, LOOKS);
  const [looks, segments] = await Promise.all([
    queries.looks(asked, buckets),
    queries.segments(asked, SEGMENTS),
  ]);
  return { looks, segments };
}

/** Everything the Experiment page says, as of the last answers of the queries. @throws AppError `analytics/*` */
export async function experimentResults(question: ExperimentResultsQuestion): Promise<ExperimentResults> {
  const { home, settings } = question;
  const { experiment, variants } = home;
  const control = chosenControl(variants, question.control) ?? { variant: '', policy: '' };
  const others = variants.filter(({ variant }) => variant !== control.variant);
  const period = await question.outcomes.observedPeriod(experiment);
  // Not later than the newest row: what the sink has not written yet would be missing. Not later than now: a device's clock may be ahead.
  const asOfMs = period.storedRows === 0 ? 0 : Math.min(period.lastAtMs, question.clock.nowMs());
  const ids = variants.map(({ variant }) => variant);
  const asked = { experiment, variants: ids, windowMs: settings.windowMs, asOfMs };
  const { looks, segments } = await answers(question, asked, period);
  const looksOf = ({ variant }: ComparedVariant): VariantLooks =>
    looks.variants.find((of) => of.variant === variant) ?? { variant, looks: [], open: 0 };
  const counted = (of: ComparedVariant): ExperimentVariant => countedVariant(of, looksOf(of));
  const health = splitHealth(variants.map(counted), looks, settings);
  const ofControl = counted(control);
  const moments = others.map((of) => counted(of).moments);
  const comparisons = compareVariants(ofControl.moments, moments, settings, health.fault);
  const treated = others.map((of, i) => ({
    ...{ ...counted(of), ...comparisons[i]! },
    looks: liftLooks(looksOf(control), looksOf(of), settings),
  }));
  const novelty = { queries: question.queries, asked, control: control.variant, treated: others, period };
  return {
    ...{ experiment, settings, period, asOfMs, control: ofControl, treated, health },
    segments: segmentEffects(segments, control.variant, others, settings),
    novelty: await noveltyOf({ ...novelty, settings }),
    sampleSizes: sampleSizes(ofControl, treated, asOfMs - period.firstAtMs, settings),
  };
}
