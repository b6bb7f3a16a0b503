import { sequentialDifference } from './confidence-sequence.js';
import { welchDifference, type Difference } from './difference.js';
import { holm } from './multiple-comparisons.js';
import type { RatioMoments } from './ratio-metric.js';
import { meanSample, ratioSample, type Sample } from './sample.js';
import { shipVerdict, type ShipVerdict } from './ship-rule.js';

export interface ComparisonOptions {
  /** in (0, 1) */
  readonly confidence: number;
  /** a group of fewer members is not compared */
  readonly minMembers: number;
  /** see {@link sequentialDifference} */
  readonly tightestAt: number;
  /** how much lower, relative, the take fraction may be */
  readonly guardrailMargin: number;
}

/** One metric's relative difference, to be looked at whenever one likes and at the one planned moment. */
export interface MetricDifference {
  readonly sequence: Difference;
  readonly welch: Difference;
}

/** A variant against the control; undefined metrics: too little data to say anything. */
export interface VariantComparison {
  /** good plays per member: what decides */
  readonly plays: MetricDifference | undefined;
  /** good plays per impression, by the delta method: what must not get worse */
  readonly takeFraction: MetricDifference | undefined;
  /** of `plays.sequence`, adjusted over all variants compared (Holm); 1 where there is none */
  readonly adjustedP: number;
  readonly verdict: ShipVerdict;
}

export const PLAYS = 'good plays per member';
export const TAKE_FRACTION = 'take fraction';

/** Good plays per member. */
export function playsSample({ members, plays, playsSquared }: RatioMoments): Sample {
  return meanSample({ n: members, sum: plays, sumSquares: playsSquared });
}

/** Good plays per impression. */
export function takeFractionSample(moments: RatioMoments): Sample {
  return ratioSample({
    n: moments.members,
    numerator: { sum: moments.plays, sumSquares: moments.playsSquared },
    denominator: { sum: moments.impressions, sumSquares: moments.impressionsSquared },
    sumProducts: moments.playsTimesImpressions,
  });
}

export function metricDifference(
  control: Sample,
  treated: Sample,
  options: Omit<ComparisonOptions, 'guardrailMargin'>,
): MetricDifference | undefined {
  if (Math.min(control.n, treated.n) < options.minMembers) return undefined;
  const { confidence, tightestAt } = options;
  const sequence = sequentialDifference(control, treated, { confidence, tightestAt });
  const welch = welchDifference(control, treated, { confidence });
  return sequence === undefined || welch === undefined ? undefined : { sequence, welch };
}

/**
 * Every treated variant against the control by the ship rule, on confidence sequences, so that looking again and again does no harm. A difference whose
 * Holm-adjusted p is above 1 − confidence counts as not known yet: of several variants none is found better by being the luckiest.
 *
 * @param treated at least two members a group, or nothing is said of it
 * @param unhealthy what is wrong with the data, if anything: then no variant is judged
 * @returns shape as `treated`
 */
export function compareVariants(
  control: RatioMoments,
  treated: readonly RatioMoments[],
  options: ComparisonOptions,
  unhealthy?: string,
): VariantComparison[] {
  const compared = treated.map((moments) => ({
    plays: metricDifference(playsSample(control), playsSample(moments), options),
    takeFraction: metricDifference(takeFractionSample(control), takeFractionSample(moments), options),
  }));
  const adjusted = holm(compared.map(({ plays }) => plays?.sequence.pValue ?? 1));
  return compared.map(({ plays, takeFraction }, i) => {
    const isKnown = adjusted[i]! <= 1 - options.confidence;
    const verdict = shipVerdict(
      [
        { name: PLAYS, role: 'primary', margin: 0, difference: isKnown ? plays?.sequence : undefined },
        {
          name: TAKE_FRACTION,
          role: 'guardrail',
          margin: options.guardrailMargin,
          difference: takeFraction?.sequence,
        },
      ],
      'superiority',
      unhealthy,
    );
    return { plays, takeFraction, adjustedP: adjusted[i]!, verdict };
  });
}
