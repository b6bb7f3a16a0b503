import { DEVICES } from '../../client/types.js';
import type { ComparedVariant } from '../deps.js';
import type { SegmentMoments } from '../queries/experiment-queries.js';
import { NO_MOMENTS } from '../statistics/ratio-metric.js';
import { shrinkSegments, type ShrunkEffect } from '../statistics/segments.js';
import { metricDifference, playsSample, type ComparisonOptions } from '../statistics/variant-comparison.js';

export interface SegmentResult extends ComparedVariant {
  readonly dimension: SegmentMoments['dimension'];
  /** in words */
  readonly segment: string;
  readonly controlMembers: number;
  readonly members: number;
  /** of good plays per member, drawn towards what the dimension's segments have in common; undefined: too little data */
  readonly effect: ShrunkEffect | undefined;
}

function segmentName({ dimension, segment }: SegmentMoments): string {
  return dimension === 'device' ? (DEVICES[Number(segment)] ?? `device ${segment}`) : segment;
}

/** Each variant's lift over the control by device and by country, in the order in which the rows come. */
export function segmentEffects(
  rows: readonly SegmentMoments[],
  control: string,
  treated: readonly ComparedVariant[],
  options: ComparisonOptions,
): SegmentResult[] {
  return treated.flatMap((compared) =>
    (['device', 'country'] as const).flatMap((dimension) => {
      const ofDimension = rows.filter((row) => row.dimension === dimension);
      const segments = [...new Set(ofDimension.map(({ segment }) => segment))].map((segment) => {
        const of = (variant: string): SegmentMoments =>
          ofDimension.find((row) => row.segment === segment && row.variant === variant) ?? {
            ...{ ...NO_MOMENTS, dimension, segment, variant },
          };
        const [base, moved] = [of(control), of(compared.variant)];
        const effect = metricDifference(playsSample(base), playsSample(moved), options)?.welch;
        return { base, moved, effect, name: segmentName(base) };
      });
      const shrunk = shrinkSegments(
        segments.flatMap(({ effect, name }) =>
          effect === undefined
            ? []
            : [{ segment: name, estimate: effect.estimate, standardError: effect.standardError }],
        ),
      );
      return segments.map(({ base, moved, name }) => ({
        ...{ ...compared, dimension, segment: name },
        ...{ controlMembers: base.members, members: moved.members },
        effect: shrunk.find(({ segment }) => segment === name),
      }));
    }),
  );
}
