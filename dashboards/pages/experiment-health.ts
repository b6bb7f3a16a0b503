import type { ComparedVariant } from '../deps.js';
import type { ExperimentLooks } from '../queries/experiment-queries.js';
import { sampleRatio, sequentialSampleRatio } from '../statistics/sample-ratio.js';
import { probabilityText } from './number-words.js';

export interface VariantShare extends ComparedVariant {
  /** members seen at least once */
  readonly exposed: number;
  /** share of the split, in [0, 1] */
  readonly expected: number;
}

export interface SplitHealth {
  readonly variants: readonly VariantShare[];
  /** χ², for one look */
  readonly fixedP: number;
  /** the least that any look gave, which may be watched: it is what judges */
  readonly sequentialP: number;
  /** members seen in several variants, left out everywhere */
  readonly strayMembers: number;
  /** why nothing else on the page is to be believed; undefined: nothing found */
  readonly fault: string | undefined;
}

/** How many members each variant had at every look, in the variants' order. */
function countsAtLooks(
  variants: readonly ComparedVariant[],
  { variants: found }: ExperimentLooks,
): number[][] {
  const moments = [...new Set(found.flatMap(({ looks }) => looks.map(({ untilMs }) => untilMs)))];
  return moments
    .sort((a, b) => a - b)
    .map((untilMs) =>
      variants.map(({ variant }) => {
        const looks = found.find((of) => of.variant === variant)?.looks ?? [];
        return looks.findLast((look) => look.untilMs <= untilMs)?.members ?? 0;
      }),
    );
}

/** Are there as many members in each variant as the split says, at any time so far? */
export function splitHealth(
  variants: readonly (ComparedVariant & { readonly exposed: number })[],
  looks: ExperimentLooks,
  { sampleRatioAlpha }: { readonly sampleRatioAlpha: number },
): SplitHealth {
  const weights = variants.map(({ weight }) => weight ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exposed = variants.map((of) => of.exposed);
  const { pValue: fixedP, excluded } = sampleRatio(exposed, weights);
  const sequentialP = Math.min(
    ...[...countsAtLooks(variants, looks), exposed].map(
      (counts) => sequentialSampleRatio(counts, weights).pValue,
    ),
  );
  const unwanted = excluded.filter((i) => exposed[i]! > 0).map((i) => variants[i]!.variant);
  const faults = [
    ...(sequentialP < sampleRatioAlpha ? [`the split is off (SRM p ${probabilityText(sequentialP)})`] : []),
    ...(unwanted.length > 0 ? [`members in ${unwanted.join(', ')}, which are to get none`] : []),
  ];
  return {
    variants: variants.map((of, i) => ({ ...of, expected: total > 0 ? weights[i]! / total : 0 })),
    ...{ fixedP, sequentialP, strayMembers: looks.strayMembers },
    fault: faults.length === 0 ? undefined : faults.join('; '),
  };
}
