import type { ComparedVariant } from '../deps.js';

/** How a policy is named and coloured, the same everywhere it appears. The colours are the classes' in assets/marquee.css. */
export interface PolicyLook {
  readonly label: string;
  /** a sentence for people who do not know the policy */
  readonly meaning: string;
  readonly className: string;
}

const LOOKS: Readonly<Record<string, PolicyLook>> = {
  uniform: {
    label: 'Uniform',
    meaning: 'Any of a title’s pictures, with equal chance.',
    className: 'policy-uniform',
  },
  'best-unpersonalised': {
    label: 'Best for everyone',
    meaning: 'The picture that works best over all members, the same for each of them.',
    className: 'policy-best-unpersonalised',
  },
  'linear-thompson': {
    label: 'Contextual',
    meaning: 'The picture most likely to work for this member, learned from what members like them did.',
    className: 'policy-linear-thompson',
  },
  'epsilon-greedy': {
    label: 'Mostly the favourite',
    meaning: 'The picture predicted to work best for this member; now and then any other, to keep learning.',
    className: 'policy-epsilon-greedy',
  },
  softmax: {
    label: 'In proportion',
    meaning: 'The better a picture is predicted to work for this member, the more often it is drawn.',
    className: 'policy-softmax',
  },
  linucb: {
    label: 'Benefit of the doubt',
    meaning: 'The picture that would work best for this member if each were as good as it may well be.',
    className: 'policy-linucb',
  },
  squarecb: {
    label: 'Rarer if behind',
    meaning:
      'The picture predicted to work best for this member; each other the rarer, the further it is behind.',
    className: 'policy-squarecb',
  },
  regcb: {
    label: 'Still in the running',
    meaning: 'Any picture that may still be the best for this member; those that cannot be are left out.',
    className: 'policy-regcb',
  },
  'linucb-hybrid': {
    label: 'Shared doubt',
    meaning:
      'The picture that would work best for this member if each were as good as it may well be, judged by its theme while it is new.',
    className: 'policy-linucb-hybrid',
  },
  'hybrid-thompson': {
    label: 'Shared chance',
    meaning: 'A picture as often as it may be the best for this member, judged by its theme while it is new.',
    className: 'policy-hybrid-thompson',
  },
  'online-bagging': {
    label: 'Many opinions',
    meaning:
      'A picture as often as one of several models, each taught by other members, thinks it the best for this one.',
    className: 'policy-online-bagging',
  },
};

/** Policies that read who the member is: "Play one yourself" prefers a member of one of their variants. */
export const CONTEXTUAL_POLICIES: readonly string[] = [
  'linear-thompson',
  'epsilon-greedy',
  'softmax',
  'linucb',
  'squarecb',
  'regcb',
  'linucb-hybrid',
  'hybrid-thompson',
  'online-bagging',
];

export function policyLook(policy: string): PolicyLook {
  return LOOKS[policy] ?? { label: policy, meaning: `The policy “${policy}”.`, className: 'policy-other' };
}

/** The policy of a variant, or the variant itself when the experiment does not name it. */
export function policyOfVariant(
  variants: readonly ComparedVariant[],
  variant: string | undefined,
): string | undefined {
  return variants.find((compared) => compared.variant === variant)?.policy ?? variant;
}
