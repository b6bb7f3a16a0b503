import type { Difference } from '../statistics/difference.js';
import { TAKE_FRACTION } from '../statistics/variant-comparison.js';
import type { ExperimentResults, TreatedVariant } from './experiment-results.js';
import { countText, durationText, effectText, liftText } from './number-words.js';
import { policyLook } from './policy-names.js';

export interface ExperimentVerdict {
  readonly kind: 'unhealthy' | 'ship' | 'do-not-ship' | 'undecided';
  /** a sentence */
  readonly headline: string;
  /** about the variants the headline is not about */
  readonly others: readonly string[];
}

const interval = ({ low, high }: Difference, results: ExperimentResults): string =>
  `${results.settings.confidence * 100} % sequence ${liftText(low)} to ${liftText(high)}`;

/** "earns 21 % more good plays per member than Uniform (95 % sequence +12 % to +31 %)" */
function earns(difference: Difference, results: ExperimentResults): string {
  const than = policyLook(results.control.policy).label;
  const more = difference.estimate < 0 ? 'fewer' : 'more';
  return `earns ${effectText(difference.estimate)} ${more} good plays per member than ${than} (${interval(difference, results)})`;
}

function tooFew(variant: TreatedVariant, results: ExperimentResults): string {
  const { control, settings, period } = results;
  const pair = [control, variant];
  const window = durationText(settings.windowMs);
  if (period.storedRows === 0) return 'nothing was displayed in this experiment so far';
  const unseen = pair.find(({ exposed }) => exposed === 0);
  if (unseen !== undefined) return `nobody has seen ${policyLook(unseen.policy).label} so far`;
  const small = pair.find(({ moments }) => moments.members < settings.minMembers);
  if (small === undefined)
    return `no good play of ${policyLook(control.policy).label} to compare with so far`;
  const { members } = small.moments;
  const counted = `${countText(members)} ${members === 1 ? 'member' : 'members'}`;
  return `the window of ${window} after first exposure is over for ${counted} of ${policyLook(small.policy).label}; ${settings.minMembers} are needed`;
}

function undecided(variant: TreatedVariant, results: ExperimentResults): string {
  const { settings, sampleSizes } = results;
  const { plays, takeFraction, adjustedP } = variant;
  const label = policyLook(variant.policy).label;
  if (plays === undefined) return `Not enough data yet for ${label}: ${tooFew(variant, results)}.`;
  const found = adjustedP <= 1 - settings.confidence;
  if (found && takeFraction !== undefined)
    return `${label} ${earns(plays.sequence, results)}, but its take fraction may still be more than ${effectText(settings.guardrailMargin)} lower (${interval(takeFraction.sequence, results)}): not enough data yet.`;
  const size = sampleSizes.find((of) => of.variant === variant.variant);
  const needed =
    size?.needed === undefined
      ? ''
      : ` ${countText(size.members)} members counted, ${countText(size.needed)} are needed to find ${effectText(settings.minEffect)} in one planned look.`;
  const than = policyLook(results.control.policy).label;
  return `Not enough data yet to tell ${label} from ${than}: good plays per member ${liftText(plays.sequence.estimate)} (${interval(plays.sequence, results)}).${needed}`;
}

/** What is known of one variant against the control, claiming no more than the ship rule does. */
export function variantSentence(variant: TreatedVariant, results: ExperimentResults): string {
  const { verdict, plays, takeFraction } = variant;
  const label = policyLook(variant.policy).label;
  if (verdict.kind === 'ship' && plays !== undefined)
    return `${label} ${earns(plays.sequence, results)}: it can be shipped.`;
  if (verdict.kind === 'do-not-ship') {
    if (verdict.metric === TAKE_FRACTION && takeFraction !== undefined)
      return `${label} lowers the take fraction by ${effectText(takeFraction.sequence.estimate)} (${interval(takeFraction.sequence, results)}), more than the ${effectText(results.settings.guardrailMargin)} allowed: do not ship it.`;
    if (plays !== undefined) return `${label} ${earns(plays.sequence, results)}: do not ship it.`;
  }
  return undecided(variant, results);
}

/** The better one first among those that can be shipped; else the one that is waited for; else what is not to be shipped. */
function leading(treated: readonly TreatedVariant[]): TreatedVariant | undefined {
  const rank = { ship: 0, undecided: 1, 'do-not-ship': 2, unhealthy: 3 } as const;
  const lift = ({ plays }: TreatedVariant): number => plays?.sequence.estimate ?? -Infinity;
  return [...treated].sort((a, b) => {
    const byKind = rank[a.verdict.kind] - rank[b.verdict.kind];
    return byKind !== 0 ? byKind : lift(a) === lift(b) ? 0 : lift(b) - lift(a);
  })[0];
}

export function experimentVerdict(results: ExperimentResults): ExperimentVerdict {
  const { fault } = results.health;
  if (fault !== undefined)
    return { kind: 'unhealthy', headline: `Health: ${fault}: do not read the rest.`, others: [] };
  const first = leading(results.treated);
  if (first === undefined)
    return {
      kind: 'undecided',
      headline: 'This experiment has one variant: there is nothing to compare it with.',
      others: [],
    };
  const others = results.treated.filter((variant) => variant !== first);
  return {
    kind: first.verdict.kind,
    headline: variantSentence(first, results),
    others: others.map((variant) => variantSentence(variant, results)),
  };
}
